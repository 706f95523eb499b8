import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONTROL } from '#src/layout/schema.js';
import type { AtomicBuffer } from '#src/memory/atomic-buffer.js';
import { RingHistory } from '#src/ring/join.js';
import type { RingStorage } from '#src/ring/storage.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

/** The same memory, in which `interfere` is called just before the second half of the tail is read. */
function betweenHalves(storage: RingStorage, interfere: () => void): RingStorage {
  const control = Object.create(storage.control, {
    loadAcquire: {
      value: (offset: number): number => {
        if (offset === CONTROL.at.tail + 4) interfere();
        return storage.control.loadAcquire(offset);
      },
    },
  }) as AtomicBuffer;
  const { channel, capacity, messageSizeMax, claims, windows, windowBytes, scratch } = storage;
  return { channel, capacity, messageSizeMax, control, claims, windows, windowBytes, scratch };
}

describe('the end of a multi-producer channel', () => {
  it('is a position and the sequence that belongs to it, also when a producer moves it while it is read', (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPMC' });
    const producer = channel.producer();
    for (let n = 0; n < 5; n++) producer.write(numbered(n));
    const segment = channel.segment(false);
    t.after(() => segment.close());
    let writes = 0;
    const history = new RingHistory(betweenHalves(segment, () => void (writes-- > 0 && producer.write(numbered(5)))));
    writes = 1;
    const { position, sequence } = history.tail();
    assert.deepEqual({ position, sequence }, { position: 6 * 64, sequence: 6 });
  });
});
