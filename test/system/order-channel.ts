import type { BusConfig, ChannelType } from 'alphapulse-bus';

/** What the order tests and their actors share: the channel, and messages that say who wrote them and are whole. */
export const ORDER_CHANNEL = 'order';
export const LENGTH_MAX = 2000;
const HEADER = 8;

export function orderConfig(type: ChannelType, timeoutMs = 30_000): BusConfig {
  const named = (role: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${role}_${n}`);
  return {
    channels: {
      [ORDER_CHANNEL]: {
        type,
        producers: named('producer', type.startsWith('M') ? 3 : 1),
        consumers: named('consumer', type.endsWith('MC') ? 3 : 1),
        bufferSize: '256KB',
        messageSizeMax: LENGTH_MAX,
        backpressure: { mode: 'BlockProducer', timeoutMs },
      },
    },
  };
}

/** Length of message `n` of a producer: all residues of a cell, and now and then a long one. */
export function orderLength(producer: number, n: number): number {
  return n % 61 === 0 ? LENGTH_MAX : HEADER + ((n * 7 + producer * 13) % 190);
}

/** Writes message `n` of a producer into `buffer` from `offset` on. */
export function putOrdered(buffer: Uint8Array, offset: number, producer: number, n: number): void {
  const length = orderLength(producer, n);
  const view = new DataView(buffer.buffer, buffer.byteOffset + offset, length);
  view.setUint32(0, producer, true);
  view.setUint32(4, n, true);
  for (let i = HEADER; i < length; i++) buffer[offset + i] = (producer * 31 + n + i) & 0xff;
}

/** Checks every byte of a message and says who wrote it as which. */
export function readOrdered(bytes: Uint8Array): { producer: number; n: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const producer = view.getUint32(0, true);
  const n = view.getUint32(4, true);
  if (bytes.length !== orderLength(producer, n))
    throw new Error(`message ${n} of ${producer} has ${bytes.length} bytes`);
  for (let i = HEADER; i < bytes.length; i++) {
    if (bytes[i] !== ((producer * 31 + n + i) & 0xff))
      throw new Error(`byte ${i} of message ${n} of ${producer} is ${bytes[i]}`);
  }
  return { producer, n };
}

/** What one consumer saw: checks order as it comes, and condenses it, so that consumers can be compared. */
export class OrderWitness {
  count = 0;
  nextSequence: number;
  private hash = 0x811c9dc5;
  private readonly next: number[] = [];

  constructor(nextSequence: number) {
    this.nextSequence = nextSequence;
  }

  see(sequence: number, bytes: Uint8Array): void {
    if (sequence !== this.nextSequence) throw new Error(`sequence ${sequence} came where ${this.nextSequence} was due`);
    const { producer, n } = readOrdered(bytes);
    const due = this.next[producer] ?? 0;
    if (n !== due) throw new Error(`message ${n} of producer ${producer} came where ${due} was due`);
    this.next[producer] = n + 1;
    this.nextSequence = sequence + 1;
    this.count++;
    this.hash = Math.imul(this.hash ^ (producer * 0x10001 + n), 0x01000193) >>> 0;
  }

  get summary(): string {
    return `${this.count} ${this.hash.toString(16)} ${this.next.join('/')}`;
  }
}
