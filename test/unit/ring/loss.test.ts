import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CONSUMER_SLOT } from '#src/layout/schema.js';
import { lossIn } from '#src/ring/loss.js';

const { lost: LOST, sequence: SEQUENCE } = CONSUMER_SLOT.at;

/** The two words of a slot, as its consumer has them before each load of somebody who looks on. */
function slot(...moments: readonly (readonly [lost: number, sequence: number])[]) {
  let at = 0;
  return {
    loadFloat64Acquire: (offset: number): number => {
      const [lost, sequence] = moments[Math.min(at++, moments.length - 1)]!;
      assert.ok(offset === LOST || offset === SEQUENCE);
      return offset === LOST ? lost : sequence;
    },
  };
}

// 100 are lost up to sequence 1000, then 50 more up to 1060: the distance is stored, the sequence, and then the total
const ANNOUNCED = 150 - 1060 + 0.5;

it('whoever looks on while a loss is counted sees the count before it, or after it, and nothing else', () => {
  assert.equal(lossIn(slot([100, 1000]), 0), 100);
  assert.equal(lossIn(slot([ANNOUNCED, 1010]), 0), 100);
  assert.equal(lossIn(slot([ANNOUNCED, 1010], [ANNOUNCED, 1060]), 0), 150);
  assert.equal(lossIn(slot([150, 1060]), 0), 150);
});

it('a sequence that the consumer has gone on from does not count with the distance of before', () => {
  assert.equal(lossIn(slot([ANNOUNCED, 1060], [150, 1075], [150, 1080]), 0), 150);
});

it('of a consumer that died while it counted a loss it is what it was about to say, again and again', () => {
  const dead = slot([ANNOUNCED, 1060]);
  for (let look = 0; look < 3; look++) assert.equal(lossIn(dead, 0), 150);
});
