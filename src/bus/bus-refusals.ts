import { BusError } from '../platform/bus-error.js';

export function closedBus(): BusError {
  return new BusError('ERR_CLOSED', 'this bus is closed; open another one');
}

export function aborted(channel: string, signal: AbortSignal): BusError {
  const what = `channel ${channel}: attaching was aborted before it began`;
  return new BusError('ERR_ABORTED', what, { channel, cause: signal.reason });
}
