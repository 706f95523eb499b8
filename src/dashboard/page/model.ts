import type { ChannelView, EndpointView, EventView, LookMessage } from '../wire.js';

/** Points of the charts that are kept: five minutes of two a second. */
const POINTS_MAX = 600;
const EVENTS_MAX = 300;

/** What the charts show of one channel: columns of equal length; null where nothing was measured. */
export interface Series {
  /** Seconds since the epoch. */
  readonly at: number[];
  readonly perSecond: number[];
  readonly used: number[];
  readonly lag: number[];
  readonly p50: (number | null)[];
  readonly p99: (number | null)[];
  readonly p999: (number | null)[];
}

/** All that the page knows: the channels as they are now, what they were, and what the user has chosen. */
export class Model {
  readonly channels = new Map<string, ChannelView>();
  /** Newest first. */
  readonly events: EventView[] = [];
  /** Channels that were removed while they were shown, and when (ms since the epoch). */
  readonly removed = new Map<string, number>();
  look: LookMessage | undefined;
  filter = '';
  selected: string | undefined;
  private readonly series = new Map<string, Series>();

  apply(look: LookMessage): void {
    this.look = look;
    if (look.isWhole) this.channels.clear();
    for (const name of look.gone) {
      this.channels.delete(name);
      this.removed.set(name, look.at);
    }
    for (const channel of look.channels) {
      this.channels.set(channel.name, channel);
      this.removed.delete(channel.name);
    }
    this.events.unshift(...look.events.toReversed());
    this.events.splice(EVENTS_MAX);
    if (look.at > 0 && look.fault === undefined)
      for (const channel of this.channels.values()) this.note(channel, look.at);
    for (const name of this.series.keys()) {
      if (!this.channels.has(name) && name !== this.selected) this.series.delete(name);
    }
    if (this.selected === undefined) this.selected = this.busiest()?.name;
  }

  history(channel: string): Series {
    const series = this.series.get(channel) ?? { at: [], perSecond: [], used: [], lag: [], p50: [], p99: [], p999: [] };
    this.series.set(channel, series);
    return series;
  }

  /** Those whose name, or that of one of their services, contains what was typed. */
  shown(): ChannelView[] {
    const wanted = this.filter.toLowerCase();
    const holds = (name: string): boolean => name.toLowerCase().includes(wanted);
    return [...this.channels.values()].filter(
      ({ name, endpoints }) => holds(name) || endpoints.some((one) => holds(one.name)),
    );
  }

  private busiest(): ChannelView | undefined {
    return [...this.channels.values()].sort((a, b) => b.written - a.written)[0];
  }

  private note({ name, perSecond, used, lag, latency }: ChannelView, atMs: number): void {
    const series = this.history(name);
    if (series.at.at(-1) === atMs / 1000) return;
    series.at.push(atMs / 1000);
    series.perSecond.push(perSecond);
    series.used.push(used * 100);
    series.lag.push(lag);
    series.p50.push(latency.p50 ?? null);
    series.p99.push(latency.p99 ?? null);
    series.p999.push(latency.p999 ?? null);
    if (series.at.length > POINTS_MAX) for (const column of Object.values(series) as unknown[][]) column.shift();
  }
}

/** The recorder of a journal, and the like, have names that begin with a dot: no service has. */
export function isService({ name }: EndpointView): boolean {
  return !name.startsWith('.');
}

export type Mood = 'good' | 'warn' | 'bad' | 'quiet';

/** How an endpoint is doing. The words beside the colour say the same. */
export function moodOf({ state }: Pick<EndpointView, 'state'>): Mood {
  if (state === 'alive') return 'good';
  if (state === 'dead') return 'bad';
  return state === 'detached' ? 'quiet' : 'warn';
}

export function channelMood({ state, endpoints, journal, waitsFor, used, breaker }: ChannelView): Mood {
  if (state === 'unusable' || journal?.state === 'stopped') return 'bad';
  if (endpoints.some((one) => moodOf(one) === 'bad')) return 'bad';
  if (waitsFor !== undefined || used > 0.9 || journal?.state === 'skipping' || breaker === 'open') return 'warn';
  if (endpoints.some((one) => moodOf(one) === 'warn')) return 'warn';
  return state === 'idle' ? 'quiet' : 'good';
}

/** In words, for a channel. */
export function channelCondition(channel: ChannelView): string {
  const { state, fault, endpoints, waitsFor, journal } = channel;
  if (fault !== undefined) return `unusable: ${fault.message} (${fault.code})`;
  const of = (kind: string): number => endpoints.filter((one) => one.state === kind).length;
  const troubles = ['dead', 'suspect', 'stalled'].filter((kind) => of(kind) > 0).map((kind) => `${of(kind)} ${kind}`);
  if (waitsFor !== undefined) troubles.push(`waits for ${waitsFor}`);
  if (journal?.state === 'stopped' || journal?.state === 'skipping') troubles.push(`journal ${journal.state}`);
  return troubles.length === 0 ? state : troubles.join(', ');
}
