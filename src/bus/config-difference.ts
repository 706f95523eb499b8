import { BusError } from '../platform/bus-error.js';
import type { ChannelFigures } from '../observe/channel-figures.js';
import { differenceFrom, type ExpectedChannel } from '../observe/health/expected-channel.js';
import { agreementOf } from './config/agreement.js';
import type { ResolvedChannel } from './config/index.js';

/** What a configuration expects of a running channel. */
export function expectedChannel(configured: ResolvedChannel): ExpectedChannel {
  const { producers, consumers, type, bufferSize: capacityBytes, messageSizeMax, backpressure } = configured;
  const agreement = agreementOf(configured);
  return { producers, consumers, type, capacityBytes, messageSizeMax, mode: backpressure.mode, agreement };
}

/** Why a running channel refuses every service with this configuration: `ERR_CONFIG_MISMATCH`; undefined: it does not. */
export function configDifference(running: ChannelFigures, configured: ResolvedChannel): BusError | undefined {
  const difference = differenceFrom(running, expectedChannel(configured));
  if (difference === undefined) return undefined;
  return new BusError('ERR_CONFIG_MISMATCH', difference, { channel: running.channel });
}
