import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONTROL } from '#src/layout/schema.js';
import { BusError } from '#src/platform/bus-error.js';
import { locateTail } from '#src/ring/join.js';
import { SingleProducerRing } from '#src/ring/single-producer.js';
import { TemporaryChannel } from '../../kit/temporary-channel.js';

describe('a producer that takes over a single-producer ring', () => {
  const origin = { position: 2 ** 50, sequence: 2 ** 40 };
  for (const forged of [0, origin.position - 65_536 - 64, origin.position + 64, NaN, 0.5, 2 ** 60]) {
    it(`does not begin with an oldest position of ${forged}, forged since it found the tail`, (t) => {
      const channel = new TemporaryChannel(t, { type: 'SPSC', capacity: 65_536, origin });
      const storage = channel.observer();
      const { position, sequence } = locateTail(storage);
      storage.control.putFloat64(CONTROL.at.oldest, forged);
      assert.throws(
        () => new SingleProducerRing(storage, position, sequence, false),
        (error) => BusError.is(error, 'ERR_CORRUPT'),
      );
    });
  }
});
