import { BusError } from '../platform/bus-error.js';

/*
 * Why a producer refuses to write, beside what is wrong with a message.
 */

export function refuseClosed(channel: string, isClosed: boolean): void {
  if (!isClosed) return;
  throw new BusError('ERR_CLOSED', `the producer of channel ${channel} is closed; open another one`, { channel });
}

export function refuseClaimed(channel: string, isClaimed: boolean): void {
  if (!isClaimed) return;
  throw new BusError('ERR_CLAIM_STATE', `channel ${channel}: a claim is open; commit or abort it first`, { channel });
}

export function refuseAborted(channel: string, signal: AbortSignal | undefined): void {
  if (signal === undefined || !signal.aborted) return;
  throw new BusError('ERR_ABORTED', `channel ${channel}: the write was aborted; nothing was written`, {
    channel,
    cause: signal.reason,
  });
}
