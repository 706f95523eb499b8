import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONTROL } from '#src/layout/schema.js';
import { BusError } from '#src/platform/bus-error.js';
import { RingHistory } from '#src/ring/join.js';
import type { RingStorage } from '#src/ring/storage.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';
import { withControl } from './interference.js';

const corrupt = (error: unknown): boolean => BusError.is(error, 'ERR_CORRUPT');

/** The same memory, in which `interfere` is called just before the second half of the tail is read. */
function betweenHalves(storage: RingStorage, interfere: () => void): RingStorage {
  return withControl(storage, {
    loadAcquire: (offset: number): number => {
      if (offset === CONTROL.at.tail + 4) interfere();
      return storage.control.loadAcquire(offset);
    },
  });
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

  for (const forged of [-0.5, -64, 1, 92_929, 0.1, NaN, Infinity, 2 ** 59, 2 ** 60]) {
    it(`is not looked for from a forged oldest position of ${forged}`, (t) => {
      const channel = new TemporaryChannel(t, { type: 'MPMC' });
      const producer = channel.producer();
      const consumer = channel.consumer();
      for (let n = 0; n < 5; n++) producer.write(numbered(n));
      channel.observer().control.putFloat64(CONTROL.at.oldest, forged);
      assert.throws(() => consumer.seek('latest'), corrupt);
      assert.throws(() => producer.utilization, corrupt);
      assert.throws(() => producer.tryWrite(numbered(5)), corrupt);
    });
  }
});

describe('a walk over records', () => {
  for (const type of ['SPSC', 'MPMC'] as const) {
    it(`of an ${type} channel does not go on where oldest is no number`, (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      for (let n = 0; n < 5; n++) producer.write(numbered(n));
      const storage = channel.observer();
      const history = new RingHistory(storage);
      const from = history.oldest();
      storage.control.putFloat64(CONTROL.at.oldest, NaN);
      assert.throws(() => history.find(from, (_, sequence) => sequence === 3), corrupt);
    });
  }
});
