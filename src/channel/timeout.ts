import { BusError } from '../platform/bus-error.js';

/** Throws unless it is a time to wait: 0 ms or more, Infinity included. */
export function checkTimeout(channel: string, timeoutMs: number): void {
  if (typeof timeoutMs === 'number' && timeoutMs >= 0) return;
  throw new BusError(
    'ERR_INVALID_ARGUMENT',
    `channel ${channel}: a time-out is a number of ms from 0, not ${String(timeoutMs)}`,
    {
      channel,
    },
  );
}
