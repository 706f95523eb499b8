import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONTROL } from '#src/layout/schema.js';
import { BusError } from '#src/platform/bus-error.js';
import { MultiProducerRing } from '#src/ring/multi-producer.js';
import type { RingStorage } from '#src/ring/storage.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';
import { withControl } from './interference.js';

/** The same memory, in which one load of `oldest`, the `n`th from now, gives a forged value. */
function forgedOnce(storage: RingStorage, n: number, forged: number): RingStorage {
  let loads = 0;
  return withControl(storage, {
    loadFloat64Acquire: (offset) =>
      offset === CONTROL.at.oldest && loads++ === n ? forged : storage.control.loadFloat64Acquire(offset),
  });
}

/** The loads of `oldest` until room was made for the second lap, and some more. */
const LOADS = 12;

describe('a producer that is short of room', () => {
  for (const forged of [NaN, 0.5, -64, 2 ** 60]) {
    it(`refuses an oldest position of ${forged}, and never takes the ring for full by it`, (t) => {
      let refused = 0;
      for (let n = 0; n < LOADS; n++) {
        const channel = new TemporaryChannel(t, { type: 'MPMC', capacity: 65_536 });
        const storage = forgedOnce(channel.observer(), n, forged);
        try {
          const ring = new MultiProducerRing(storage, 0, false);
          for (let message = 0; message < 2000; message++)
            assert.equal(ring.tryWrite(numbered(message)), message, `load ${n}`);
        } catch (error) {
          if (!BusError.is(error, 'ERR_CORRUPT')) throw error;
          refused += 1;
        }
      }
      // All but those that are only compared with what was read before.
      assert.ok(refused > LOADS / 2, `${refused} of ${LOADS}`);
    });
  }
});
