import assert from 'node:assert/strict';
import type { BusConfig, ChannelType } from 'alphapulse-bus';

/** What the failover tests and their actors share. A message says its sequence and the generation of who wrote it. */
export const FAILOVER_CHANNEL = 'ticks';
export const MESSAGE_MAX = 512;

export function failoverConfig(type: ChannelType): BusConfig {
  return {
    channels: {
      [FAILOVER_CHANNEL]: {
        type,
        producers: ['primary', 'backup'],
        consumers: type.endsWith('SC') ? ['reader'] : ['reader', 'second'],
        bufferSize: '64KB',
        messageSizeMax: MESSAGE_MAX,
        backpressure: { mode: 'BlockProducer', timeoutMs: 30_000 },
      },
    },
  };
}

export function tickOf(sequence: number, generation: number): Uint8Array {
  const message = new Uint8Array(8 + ((sequence * 37) % (MESSAGE_MAX - 8))).fill(sequence & 0xff);
  const view = new DataView(message.buffer);
  view.setUint32(0, sequence, true);
  view.setUint32(4, generation, true);
  return message;
}

/** Notices a gap, a repetition, a torn message, and one of a producer whose successor has written already. */
export class TickWitness {
  next = 0;
  generation = 0;

  see(sequence: number, bytes: Uint8Array): void {
    assert.equal(sequence, this.next, 'sequence');
    const generation = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
    assert.deepEqual(new Uint8Array(bytes), tickOf(sequence, generation), `message ${sequence}`);
    assert.ok(generation >= this.generation, `generation ${generation} wrote after ${this.generation}`);
    this.generation = generation;
    this.next += 1;
  }
}
