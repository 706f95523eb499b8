import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CELL_BYTES, CONTROL, PRODUCER_SLOT, producerSlotOffset } from '#src/layout/schema.js';
import { BusError } from '#src/platform/bus-error.js';
import { openClaimOf } from '#src/ring/open-claim.js';
import { repairClaim } from '#src/ring/repair.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

const CAPACITY = 65_536;
/** No multiple of a cell less a header: the longest payload of the longest record would be longer than this. */
const LENGTH_MAX = 1000;

describe('a repaired claim', () => {
  for (const [where, origin] of Object.entries({
    'at the beginning': { position: 0, sequence: 0 },
    'across the end of the ring': { position: CAPACITY - CELL_BYTES, sequence: 9 },
    'across 2^32 cells and sequences': { position: 2 ** 32 * CELL_BYTES - CELL_BYTES, sequence: 2 ** 32 - 1 },
    'far into the life of a channel': { position: 2 ** 50 - CELL_BYTES, sequence: 2 ** 45 },
  })) {
    it(`${where} takes exactly the cells that were claimed, whatever its length`, (t) => {
      const channel = new TemporaryChannel(t, { type: 'MPMC', messageSizeMax: LENGTH_MAX, origin });
      const consumer = channel.consumer();
      const storage = channel.observer();
      let expected = origin.sequence;
      let lost = 0;
      for (let length = 1; length <= LENGTH_MAX; length += 37) {
        channel.deadProducer((dead) => dead.tryClaim(length));
        const claim = openClaimOf(storage, 0)!;
        const before = storage.control.loadVolatile(CONTROL.at.tail);
        assert.equal(repairClaim(storage, claim), true);
        assert.equal(repairClaim(storage, claim), false, 'once');
        assert.equal(storage.control.loadVolatile(CONTROL.at.tail), before);
        const producer = channel.producer();
        assert.deepEqual([producer.id, producer.write(numbered(7, 100))], [0, expected + 1]);
        producer.close();
        assert.equal(consumer.read()?.sequence, expected + 1);
        assert.equal(consumer.lost, ++lost);
        expected += 2;
      }
    });
  }

  it('is not believed when the intent of its slot cannot be true', (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPMC', messageSizeMax: LENGTH_MAX });
    const storage = channel.observer();
    const { control } = storage;
    channel.deadProducer((dead) => dead.tryClaim(8));
    const claim = openClaimOf(storage, 0)!;
    for (const cells of [0, -1, 18, 2 ** 31 - 1]) {
      control.putInt32(producerSlotOffset(0) + PRODUCER_SLOT.at.intentCells, cells);
      assert.throws(
        () => repairClaim(storage, claim),
        (error) => BusError.is(error, 'ERR_CORRUPT'),
      );
    }
    control.putInt32(producerSlotOffset(0) + PRODUCER_SLOT.at.intentCells, 2);
    assert.throws(
      () => repairClaim(storage, claim),
      (error) => BusError.is(error, 'ERR_CORRUPT'),
      'beyond the tail',
    );
  });
});
