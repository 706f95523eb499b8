import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONTROL } from '#src/layout/schema.js';
import { OldestSeen } from '#src/ring/oldest-seen.js';
import { TemporaryChannel } from '../../kit/temporary-channel.js';

const OLDEST = CONTROL.at.oldest;

describe('whether the oldest record is beyond a place', () => {
  it('is looked at whole when it has moved, in either half, and not while it stands', (t) => {
    const { control } = new TemporaryChannel(t).segment(true);
    const seen = new OldestSeen();
    assert.equal(seen.stands(control), false, 'nothing is known yet');
    for (const position of [0, 64, 128, 2 ** 20, 2 ** 33, 2 ** 33 + 64, 2 ** 45]) {
      control.putFloat64(OLDEST, position);
      assert.equal(seen.stands(control), false, `it has moved to ${position}`);
      assert.equal(seen.isBeyond(control, position), false);
      assert.equal(seen.stands(control), true);
    }
  });

  it('is asked again and again once it is', (t) => {
    const { control } = new TemporaryChannel(t).segment(true);
    const seen = new OldestSeen();
    control.putFloat64(OLDEST, 640);
    assert.equal(seen.isBeyond(control, 576), true);
    assert.equal(seen.stands(control), false);
    assert.equal(seen.isBeyond(control, 640), false);
  });

  it('is asked again when the place may be further back, and for what is no position', (t) => {
    const { control } = new TemporaryChannel(t).segment(true);
    const seen = new OldestSeen();
    control.putFloat64(OLDEST, 640);
    assert.equal(seen.isBeyond(control, 1024), false);
    seen.forget();
    assert.equal(seen.stands(control), false);
    control.putFloat64(OLDEST, NaN);
    for (let n = 0; n < 2; n++) {
      assert.equal(seen.stands(control), false);
      assert.equal(seen.isBeyond(control, 1024), true);
    }
  });
});
