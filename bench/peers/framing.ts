import type { Receive } from './link.js';

const LENGTH_BYTES = 4;

/** A message with its length before it, as a stream needs it. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + message.length);
  frame.writeUInt32LE(message.length, 0);
  frame.set(message, LENGTH_BYTES);
  return frame;
}

/** Collects frames into one buffer, to write many at once. */
export class FrameBatch {
  private buffer: Buffer;
  private used = 0;

  constructor(bytes: number) {
    this.buffer = Buffer.allocUnsafe(bytes);
  }

  /** False when the message does not fit any more. */
  add(message: Uint8Array): boolean {
    const end = this.used + LENGTH_BYTES + message.length;
    if (end > this.buffer.length) return false;
    this.buffer.writeUInt32LE(message.length, this.used);
    this.buffer.set(message, this.used + LENGTH_BYTES);
    this.used = end;
    return true;
  }

  /** What was collected; the batch is empty afterwards. */
  take(): Buffer {
    const full = this.buffer.subarray(0, this.used);
    this.buffer = Buffer.allocUnsafe(this.buffer.length);
    this.used = 0;
    return full;
  }
}

/** Cuts a stream into the messages that {@link framed} made, wherever its chunks end. */
export class Unframer {
  private rest: Buffer = Buffer.alloc(0);
  private readonly receive: Receive;

  constructor(receive: Receive) {
    this.receive = receive;
  }

  feed(chunk: Buffer): void {
    const data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    while (at + LENGTH_BYTES <= data.length) {
      const end = at + LENGTH_BYTES + data.readUInt32LE(at);
      if (end > data.length) break;
      this.receive(data.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    this.rest = data.subarray(at);
  }
}
