import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import type { StartFrom } from '#src/channel/start-from.js';
import { BusError } from '#src/platform/bus-error.js';
import { BACKPRESSURE } from '#src/ring/codes.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

const refused = (error: unknown): boolean => BusError.is(error, 'ERR_INVALID_ARGUMENT');

/** Starts that do not exist; what JavaScript callers may pass as well. */
const NONE: readonly unknown[] = [
  null,
  7,
  '',
  'first',
  'LATEST',
  [],
  {},
  true,
  Symbol('latest'),
  () => 'latest',
  { x: 1n },
  { sequence: -1 },
  { sequence: 1.5 },
  { sequence: NaN },
  { sequence: '3' },
  { sequence: 3n },
  { sequence: 21 },
  { sequence: 2 ** 53 },
  { timeNs: 5 },
  { timeNs: '5' },
];

for (const type of ['SPSC', 'MPMC'] as const) {
  describe(`where a consumer of a ${type} channel starts`, () => {
    it('must exist: anything else is ERR_INVALID_ARGUMENT, at attach and at seek', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer('latest', 'seeker');
      for (let n = 0; n < 20; n++) producer.write(numbered(n));
      for (const from of NONE) {
        const segment = channel.segment(false);
        assert.throws(() => new Consumer(segment, { name: 'new', from: from as StartFrom }), refused, String(from));
        segment.close();
        assert.throws(() => consumer.seek(from as StartFrom), refused, String(from));
      }
      assert.throws(() => consumer.seek(undefined as unknown as StartFrom), refused);
      assert.equal(consumer.sequence, 0);
    });

    it('is kept for its name by an attach that is refused', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const before = channel.consumer('latest', 'me');
      for (let n = 0; n < 20; n++) producer.write(numbered(n));
      before.poll(() => {}, 15);
      before.close();
      const segment = channel.segment(false);
      assert.throws(() => new Consumer(segment, { name: 'me', from: { sequence: 1e9 } }), refused);
      segment.close();
      assert.equal(channel.consumer('resume', 'me').sequence, 15);
    });

    it('is not moved, for producers either, by a seek that is refused', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      for (let n = 0; n < 200; n++) {
        producer.write(numbered(n, 8192));
        consumer.read();
      }
      assert.throws(() => consumer.seek({ sequence: 1e9 }), refused);
      assert.equal(consumer.sequence, 200);
      assert.notEqual(producer.tryWrite(numbered(200, 8192)), BACKPRESSURE, 'everything was read: there is room');
      assert.equal(consumer.read()!.sequence, 200);
    });

    it('can be any sequence still in the ring, again and again, and every one from there on comes', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      for (let n = 0; n < 100; n++) producer.write(numbered(n, 10 + n));
      for (const sequence of [99, 0, 50, 100, 1, 98]) {
        consumer.seek({ sequence });
        let due = sequence;
        consumer.poll((message) => assert.equal(message.sequence, due++), 1000);
        assert.equal(due, 100);
        assert.equal(consumer.lost, 0);
      }
    });

    it('can be a time: the first message received then or later', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer('oldest');
      const times: bigint[] = [];
      for (let n = 0; n < 10; n++) producer.write(numbered(n));
      consumer.poll((message) => times.push(message.busReceivedNs));
      consumer.seek({ timeNs: 0n });
      assert.equal(consumer.sequence, 0);
      consumer.seek({ timeNs: times[5]! });
      // a double holds such a time to 256 ns
      assert.ok(times[consumer.sequence]! >= times[5]! - 256n && consumer.sequence <= 5, `at ${consumer.sequence}`);
      consumer.seek({ timeNs: times[9]! + 1_000_000_000n });
      assert.equal(consumer.sequence, 10);
    });
  });
}
