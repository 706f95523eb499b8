import { types } from 'node:util';
import { BusError } from '../platform/bus-error.js';

/** Whether a value can be copied into a ring: a Uint8Array (or Buffer), also from another realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return types.isUint8Array(value);
}

/** The error for a message that no channel, or not this one, can carry; undefined when there is nothing wrong with it. */
export function messageFault(channel: string, message: unknown, messageSizeMax: number): BusError | undefined {
  if (!isBytes(message)) {
    const found = message === null ? 'null' : typeof message === 'object' ? message.constructor?.name : typeof message;
    return new BusError('ERR_INVALID_ARGUMENT', `a message must be a Uint8Array or Buffer, not ${found}`, { channel });
  }
  return lengthFault(channel, message.length, messageSizeMax);
}

export function lengthFault(channel: string, length: number, messageSizeMax: number): BusError | undefined {
  if (length === 0) {
    return new BusError('ERR_MESSAGE_EMPTY', `channel ${channel}: a message needs at least 1 byte`, { channel });
  }
  if (!Number.isInteger(length) || length < 0) {
    return new BusError('ERR_INVALID_ARGUMENT', `a length must be a whole number from 1, not ${length}`, { channel });
  }
  if (length <= messageSizeMax) return undefined;
  return new BusError(
    'ERR_MESSAGE_TOO_LARGE',
    `channel ${channel}: the message has ${length} bytes, at most ${messageSizeMax} are allowed; ` +
      'raise message_size_max (up to an eighth of buffer_size) or split the message',
    { channel },
  );
}
