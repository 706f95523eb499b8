import { shownValue, type Agreement } from '../../layout/agreement.js';
import { differingKeys } from '../../layout/geometry.js';
import type { BackpressureMode, ChannelType } from '../../layout/schema.js';
import type { ChannelFigures } from '../channel-figures.js';

/** What a configuration says of a channel: who uses it, and what all of them must have alike. */
export interface ExpectedChannel {
  /** The services that produce; of several in an SPSC or SPMC channel one does at a time. */
  readonly producers: readonly string[];
  /** The services that consume, each under its own name. */
  readonly consumers: readonly string[];
  /** What is left out is not compared. */
  readonly type?: ChannelType | undefined;
  readonly capacityBytes?: number | undefined;
  readonly messageSizeMax?: number | undefined;
  readonly mode?: BackpressureMode | undefined;
  /** The other settings that must be alike: keys as in the configuration file, dotted, and their values. */
  readonly agreement?: Agreement | undefined;
}

/** Why a running channel refuses every service with this configuration; undefined: it does not. */
export function differenceFrom(running: ChannelFigures, expected: ExpectedChannel): string | undefined {
  const { channel: name, capacityBytes: capacity, messageSizeMax, agreement } = running;
  const theirs = { name, type: running.type as ChannelType, capacity, messageSizeMax, agreement };
  const { capacityBytes, producers: _producers, consumers: _consumers, ...ours } = expected;
  const differences = differingKeys(
    { ...theirs, mode: running.mode as BackpressureMode },
    { ...ours, capacity: capacityBytes },
  ).map((one) => `${one.key} is ${shownValue(one.theirs)}, configured is ${shownValue(one.ours)}`);
  return differences.length === 0 ? undefined : `the running channel differs: ${differences.join('; ')}`;
}
