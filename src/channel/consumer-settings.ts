import type { GapHandler } from '../ring/gaps.js';
import type { ConsumerPolicy } from './consumer-policy.js';
import type { IdleStrategy } from './idle.js';
import type { OpenPast } from './past.js';
import type { StartFrom } from './start-from.js';

/** What a consumer is made with. */
export interface ConsumerSettings {
  readonly name: string;
  readonly from: StartFrom;
  /** How the channel treats it; default: producers wait for it while it is attached. */
  readonly policy?: ConsumerPolicy;
  /** One message in so many is timed; default 0: none. */
  readonly latencySampling?: number | undefined;
  /** How it waits; default `park`. */
  readonly idle?: IdleStrategy;
  /** Told of messages that this consumer will never see. */
  readonly onGap?: GapHandler | undefined;
  /** Opens what was before the ring, of a channel that is recorded. */
  readonly openPast?: OpenPast | undefined;
  /** Called once, when the consumer is closed. */
  readonly onClose?: () => void;
}
