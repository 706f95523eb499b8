import { compareLooks, emptyLook, withEndsKept, type Look } from '../liveness/events.js';
import { hasClaims } from '../layout/geometry.js';
import type { ChannelType } from '../layout/schema.js';
import type { ChannelFigures } from '../observe/channel-figures.js';
import { LatencyRoom } from '../observe/latencies.js';
import { checkHealth, type HealthSurroundings } from '../observe/health/check-health.js';
import type { HealthThresholds } from '../observe/health/thresholds.js';
import { WatchedChannels, type SeenChannel } from '../observe/watched-channels.js';
import { BusError } from '../platform/bus-error.js';
import { ChannelViewer, unusableView } from './channel-view.js';
import { eventView, lossView, segmentView } from './event-view.js';
import { History } from './history.js';
import type { ChannelView, EventView, HealthView, LookMessage } from './wire.js';

/** More are counted, and not shown. */
export const CHANNELS_MAX = 500;
/** And of one look so many events are told. */
const EVENTS_MAX = 200;
/** So many of the last ones are kept for who comes later. */
const EVENTS_KEPT = 300;
/** And so many findings, the worst first. */
const FINDINGS_MAX = 50;

export interface LooksSettings {
  readonly directory: string;
  readonly intervalMs: number;
  /** The channels that there are now. */
  readonly names: () => Promise<readonly string[]>;
  /** Of the findings; what is not said is as usual. */
  readonly thresholds?: Partial<HealthThresholds>;
  readonly surroundings?: HealthSurroundings;
}

/** When a look is, and whether those before it are too long ago. */
export interface Moment {
  /** Monotonic. */
  readonly nowMs: number;
  /** Since the epoch. */
  readonly wallMs: number;
  readonly isAfterGap: boolean;
}

interface Shown {
  readonly viewer: ChannelViewer;
  look: Look | undefined;
  createdNs: bigint;
  view: ChannelView;
  /** The same as JSON, to see whether anything has changed. */
  json: string;
}

/** Looks at all channels, for all who watch, and keeps what it saw for those who come; stores nothing in the channels. */
export class Looks implements Disposable {
  /** Of the channels, over time. */
  readonly history = new History(CHANNELS_MAX);
  private readonly settings: LooksSettings;
  private readonly watched: WatchedChannels;
  /** Of the last look, and of the one before it, whose place the next one takes. */
  private rooms: [LatencyRoom, LatencyRoom] = [new LatencyRoom(), new LatencyRoom()];
  private readonly shown = new Map<string, Shown>();
  private last: LookMessage;
  /** Where the channels are, in words. */
  private place: string;
  /** The newest last. */
  private readonly events: EventView[] = [];
  private began = 0;
  /** The first look finds things as they are: nothing of it is an event. */
  private isFirst = true;

  constructor(settings: LooksSettings) {
    this.settings = settings;
    this.place = settings.directory;
    this.watched = new WatchedChannels(settings.directory);
    this.last = this.message(0, { isWhole: true });
  }

  /** What somebody who comes now has to be told first. */
  whole(): LookMessage {
    const channels = [...this.shown.values()].map(({ view }) => view);
    return { ...this.last, isWhole: true, channels, gone: [], events: this.events };
  }

  /** Looks, and answers what has changed since the last look. */
  async look({ nowMs, wallMs, isAfterGap }: Moment): Promise<LookMessage> {
    if (this.began === 0) this.began = wallMs;
    let names: readonly string[];
    try {
      names = await this.settings.names();
    } catch (error) {
      if (!BusError.is(error)) throw error;
      this.history.begin(wallMs, isAfterGap);
      return (this.last = this.message(wallMs, { isAfterGap, fault: `${error.message} (${error.code})` }));
    }
    const wanted = names.slice(0, CHANNELS_MAX);
    this.rooms = [this.rooms[1], this.rooms[0]];
    this.rooms[0].clear();
    const seen = this.watched.look(wanted, this.rooms[0]);
    this.place = placeOf(seen) ?? this.settings.directory;
    const events: EventView[] = [];
    const channels = seen.flatMap((one) => this.note(one, nowMs, wallMs, events) ?? []);
    const there = new Set(seen.map(({ channel }) => channel));
    const gone = [...this.shown.keys()].filter((name) => !there.has(name));
    for (const name of gone) {
      this.shown.delete(name);
      events.push(segmentView(name, 'removed', wallMs));
    }
    this.history.begin(wallMs, isAfterGap);
    for (const { view } of this.shown.values()) if (view.isMeasured) this.history.note(view);
    const told = this.isFirst ? [] : events.slice(0, EVENTS_MAX);
    this.events.push(...told);
    this.events.splice(0, this.events.length - EVENTS_KEPT);
    const health = healthOf(seen, this.settings);
    this.isFirst = false;
    const omitted = names.length - wanted.length;
    this.last = this.message(wallMs, { isAfterGap, channels, gone, events: told, health, omitted });
    return this.last;
  }

  [Symbol.dispose](): void {
    this.watched[Symbol.dispose]();
    this.shown.clear();
  }

  /** What is shown of a channel, if that has changed; tells what has happened to it. */
  private note(seen: SeenChannel, nowMs: number, wallMs: number, events: EventView[]): ChannelView | undefined {
    const name = seen.channel;
    const before = this.shown.get(name);
    // one that could not be looked at the last time has nothing to compare with
    const viewer = before === undefined || before.view.state === 'unusable' ? new ChannelViewer() : before.viewer;
    let { look, createdNs } = before ?? { look: undefined, createdNs: 0n };
    let view: ChannelView;
    if ('reason' in seen) view = unusableView(name, seen.code, seen.reason);
    else {
      view = viewer.view(seen, nowMs);
      if (look !== undefined && createdNs !== seen.createdNs) {
        events.push(segmentView(name, 'remade', wallMs));
        look = undefined;
      }
      const then = look ?? emptyLook(name);
      look = withEndsKept(then, lookOf(seen, wallMs));
      createdNs = seen.createdNs;
      for (const event of compareLooks(then, look)) events.push(eventView(event, wallMs));
      for (const loss of lossesIn(then, look, wallMs)) events.push(loss);
    }
    const json = JSON.stringify(view);
    this.shown.set(name, { viewer, look, createdNs, view, json });
    return json === before?.json ? undefined : view;
  }

  private message(at: number, parts: Partial<LookMessage>): LookMessage {
    const { place: directory, settings, began } = this;
    const { intervalMs } = settings;
    const empty = { isWhole: false, isAfterGap: false, channels: [], gone: [], events: [], omitted: 0 };
    return { at, began, intervalMs, directory, ...empty, ...parts };
  }
}

/** Of a capture: its directory is a temporary one of this process, and what is in it is not of now. */
function placeOf(seen: readonly SeenChannel[]): string | undefined {
  const moment = seen.find((one) => 'captured' in one && one.captured !== undefined) as ChannelFigures | undefined;
  if (moment?.captured === undefined) return undefined;
  const { file, takenMs, machine } = moment.captured;
  return `${file}, captured ${new Date(takenMs).toISOString()} on ${machine}: all of this is as of then`;
}

/** The same as `apbus health` says. */
function healthOf(seen: readonly SeenChannel[], { thresholds, surroundings }: LooksSettings): HealthView {
  const { status, findings } = checkHealth(seen, thresholds, surroundings);
  const shown = findings.slice(0, FINDINGS_MAX).map(({ severity, code, channel, endpoint, found, advice }) => ({
    severity,
    code,
    channel,
    endpoint: endpoint?.name,
    found,
    advice,
  }));
  return { status, findings: shown, omitted: findings.length - shown.length };
}

function lookOf({ channel, type, repairs, producers, consumers }: ChannelFigures, wallMs: number): Look {
  const hasOneProducer = !hasClaims(type as ChannelType);
  const atNs = BigInt(Math.floor(wallMs)) * 1_000_000n;
  return { channel, atNs, hasOneProducer, repairs, endpoints: [...producers, ...consumers] };
}

function lossesIn(then: Look, now: Look, wallMs: number): EventView[] {
  return now.endpoints.flatMap(({ role, slot, generation, name, pid, lost = 0 }) => {
    const before = then.endpoints.find((one) => one.role === role && one.slot === slot);
    const more = lost - (before?.lost ?? 0);
    return before?.generation === generation && more > 0 ? [lossView(now.channel, name, pid, more, wallMs)] : [];
  });
}
