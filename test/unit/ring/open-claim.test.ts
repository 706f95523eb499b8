import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CELL_BYTES, CONTROL } from '#src/layout/schema.js';
import { BusError } from '#src/platform/bus-error.js';
import { firstOpenClaim } from '#src/ring/open-claim.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

describe('the first open claim', () => {
  it('is placed by the oldest position, which is refused when it cannot be one', (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPMC' });
    const storage = channel.observer();
    const producer = channel.producer();
    producer.write(numbered(0));
    const claim = producer.tryClaim(8);
    assert.deepEqual(firstOpenClaim(storage), { slot: 0, position: CELL_BYTES });
    for (const forged of [NaN, Infinity, -64, 0.5, 2 ** 60]) {
      storage.control.putFloat64(CONTROL.at.oldest, forged);
      assert.throws(
        () => firstOpenClaim(storage),
        (error) => BusError.is(error, 'ERR_CORRUPT'),
        `${forged}`,
      );
    }
    storage.control.putFloat64(CONTROL.at.oldest, 0);
    claim?.abort();
    assert.equal(firstOpenClaim(storage), undefined);
  });
});
