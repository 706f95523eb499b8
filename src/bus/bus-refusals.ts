import { BusError } from '../platform/bus-error.js';
import type { ResolvedChannel, ResolvedConfig } from './config/index.js';

export function closedBus(): BusError {
  return new BusError('ERR_CLOSED', 'this bus is closed; open another one');
}

export function aborted(channel: string, signal: AbortSignal): BusError {
  const what = `channel ${channel}: attaching was aborted before it began`;
  return new BusError('ERR_ABORTED', what, { channel, cause: signal.reason });
}

export function unknownChannel(channel: string, { channels }: ResolvedConfig): BusError {
  const names = [...channels.keys()].join(', ');
  return new BusError('ERR_UNKNOWN_CHANNEL', `no channel "${channel}" is configured; there are: ${names}`, { channel });
}

export function notDeclaredAs(
  as: 'producers' | 'consumers',
  service: string,
  channel: ResolvedChannel,
  { source }: ResolvedConfig,
): BusError {
  const { name, [as]: declared } = channel;
  return new BusError(
    'ERR_NOT_DECLARED',
    `service "${service}" is not among the ${as} of channel ${name} (${declared.join(', ')}); add it in ${source}`,
    { channel: name },
  );
}

export function notRecorded(channel: string): BusError {
  const what = `channel ${channel} is not recorded: it has no table [channels.${channel}.persistence]`;
  return new BusError('ERR_JOURNAL', what, { channel });
}

/** @throws BusError `ERR_NOT_DECLARED` for a service that no channel names */
export function checkService(service: string, { channels }: ResolvedConfig): void {
  const known = new Set([...channels.values()].flatMap((channel) => [...channel.producers, ...channel.consumers]));
  if (known.has(service)) return;
  const names = [...known].join(', ');
  throw new BusError('ERR_NOT_DECLARED', `service "${service}" is declared for no channel; declared are: ${names}`);
}
