import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONTROL } from '#src/layout/schema.js';
import { BusError } from '#src/platform/bus-error.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

describe('a consumer that producers do not wait for', () => {
  for (const type of ['SPSC', 'MPMC'] as const) {
    it(`of an ${type} channel believes no copy while oldest is no number: nothing says that it is whole`, (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer('latest', 'reader', { gating: false });
      for (let n = 0; n < 5; n++) producer.write(numbered(n));
      channel.observer().control.putFloat64(CONTROL.at.oldest, NaN);
      assert.throws(
        () => consumer.poll(() => assert.fail('a message was delivered')),
        (error) => BusError.is(error, 'ERR_CORRUPT'),
      );
    });
  }
});
