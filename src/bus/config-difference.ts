import { shownValue } from '../layout/agreement.js';
import { differingKeys } from '../layout/geometry.js';
import type { ChannelType, BackpressureMode } from '../layout/schema.js';
import type { ChannelFigures } from '../observe/channel-figures.js';
import { BusError } from '../platform/bus-error.js';
import { agreementOf } from './config/agreement.js';
import type { ResolvedChannel } from './config/index.js';

/** Why a running channel refuses every service with this configuration: `ERR_CONFIG_MISMATCH`; undefined: it does not. */
export function configDifference(running: ChannelFigures, configured: ResolvedChannel): BusError | undefined {
  const { channel: name, capacityBytes: capacity, messageSizeMax, agreement } = running;
  const theirs = { name, type: running.type as ChannelType, capacity, messageSizeMax, agreement };
  const { type, bufferSize, backpressure } = configured;
  const ours = { type, capacity: bufferSize, messageSizeMax: configured.messageSizeMax, mode: backpressure.mode };
  const differences = differingKeys(
    { ...theirs, mode: running.mode as BackpressureMode },
    { ...ours, agreement: agreementOf(configured) },
  ).map((one) => `${one.key} is ${shownValue(one.theirs)}, configured is ${shownValue(one.ours)}`);
  if (differences.length === 0) return undefined;
  return new BusError('ERR_CONFIG_MISMATCH', `the running channel differs: ${differences.join('; ')}`, {
    channel: name,
  });
}
