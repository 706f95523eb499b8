import type { ChannelView, EndpointView, EventView, LookMessage } from '../wire.js';
import type { ChannelHistory } from '../channel-history.js';

const EVENTS_MAX = 300;

/** All that the page knows: the channels as they are now, what they were, and what the user has chosen. */
export class Model {
  readonly channels = new Map<string, ChannelView>();
  /** Newest first. */
  readonly events: EventView[] = [];
  /** Channels that were removed while they were shown, and when (ms since the epoch). */
  readonly removed = new Map<string, number>();
  /** Of the chosen channel. */
  readonly history: ChannelHistory;
  look: LookMessage | undefined;
  filter = '';

  constructor(history: ChannelHistory) {
    this.history = history;
  }

  get selected(): string | undefined {
    return this.history.channel;
  }

  choose(channel: string): void {
    this.history.choose(channel);
  }

  apply(look: LookMessage): void {
    const isOtherServer = this.look !== undefined && this.look.began !== look.began;
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
    // what another server told stays, but of one that tells all that it knows nothing is needed twice
    if (look.isWhole && !isOtherServer) this.events.splice(0);
    this.events.unshift(...look.events.toReversed());
    this.events.splice(EVENTS_MAX);
    if (this.selected === undefined) {
      const busiest = this.busiest();
      if (busiest !== undefined) this.choose(busiest.name);
    } else if (look.isWhole) this.history.resume(isOtherServer);
    else this.history.add(look, this.channels.get(this.selected));
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
