import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChannelType } from '#src/layout/schema.js';
import { BACKPRESSURE, CLOSED } from '#src/ring/codes.js';
import { BusError } from '#src/platform/bus-error.js';
import { TemporaryChannel, numberOf, numbered, type ChannelOptions } from '../kit/temporary-channel.js';

const TYPES: readonly ChannelType[] = ['SPSC', 'SPMC', 'MPSC', 'MPMC'];
/** Where counting may begin: also just before the places where 32-bit halves and doubles would go wrong. */
const ORIGINS = [
  { name: 'a new channel', position: 0, sequence: 0 },
  { name: '2^31 cells', position: 2 ** 31 * 64 - 64 * 40, sequence: 2 ** 31 - 20 },
  { name: '2^32 cells', position: 2 ** 32 * 64 - 64 * 40, sequence: 2 ** 32 - 20 },
  { name: '2^53 bytes', position: 2 ** 53 - 64 * 40, sequence: 2 ** 46 },
  // the last at which a double still counts in cells
  { name: '16 MiB before 2^59 bytes', position: 2 ** 59 - 2 ** 24, sequence: 2 ** 51 },
];

function code(expected: string): (error: unknown) => boolean {
  return (error) => BusError.is(error) && error.code === expected;
}

for (const type of TYPES) {
  describe(`a ${type} ring`, () => {
    for (const { name, ...origin } of ORIGINS) {
      const options: ChannelOptions = { type, origin };

      describe(`counting from ${name}`, () => {
        it('delivers messages of every size, in order, with gap-free sequences, over many laps', (t) => {
          const channel = new TemporaryChannel(t, options);
          const producer = channel.producer();
          const consumer = channel.consumer();
          const lengths = [4, 8, 23, 24, 25, 63, 64, 65, 88, 89, 500, 1000, 4096, 8191, 8192];
          let expected = 0;
          let written = 0;
          for (let round = 0; round < 400; round++) {
            const batch = 1 + (round % 6);
            for (let i = 0; i < batch; i++) {
              const length = lengths[written % lengths.length]!;
              assert.equal(producer.write(numbered(written, length)), origin.sequence + written);
              written++;
            }
            consumer.poll((message) => {
              assert.equal(message.length, lengths[expected % lengths.length]);
              assert.equal(numberOf(message.buffer, message.offset, message.length), expected);
              assert.equal(message.sequence, origin.sequence + expected);
              expected++;
            });
          }
          assert.equal(expected, written);
          assert.equal(consumer.lost, 0);
        });

        it('answers BACKPRESSURE when full, loses nothing, and goes on when there is room', (t) => {
          const channel = new TemporaryChannel(t, options);
          const producer = channel.producer();
          const consumer = channel.consumer();
          let written = 0;
          let read = 0;
          for (let round = 0; round < 20; round++) {
            while (producer.tryWrite(numbered(written, 1000)) >= 0) written++;
            assert.equal(producer.tryWrite(numbered(written, 1000)), BACKPRESSURE);
            assert.ok(
              written - read >= 55,
              `a ring of 64 KiB holds at least 55 records of 1088 bytes, not ${written - read}`,
            );
            consumer.poll((message) => assert.equal(numberOf(message.buffer, message.offset, 1000), read++), 7 + round);
          }
          consumer.poll(() => read++, Infinity);
          assert.equal(read, written);
        });

        it('lets consumers join at the oldest message, at a sequence, and at the end', (t) => {
          const channel = new TemporaryChannel(t, options);
          const producer = channel.producer();
          for (let n = 0; n < 1000; n++) producer.write(numbered(n, 200));
          const oldest = channel.consumer('oldest', 'oldest');
          const first = oldest.sequence;
          assert.ok(
            first > origin.sequence && first < origin.sequence + 900,
            `the ring keeps about 200 of 1000, from ${first}`,
          );
          const middle = channel.consumer({ sequence: origin.sequence + 950 }, 'middle');
          const latest = channel.consumer('latest', 'latest');
          assert.equal(middle.sequence, origin.sequence + 950);
          assert.equal(latest.sequence, origin.sequence + 1000);
          for (const consumer of [oldest, middle]) {
            let expected = consumer.sequence - origin.sequence;
            consumer.poll((message) => assert.equal(numberOf(message.buffer, message.offset, 200), expected++), 5000);
            assert.equal(expected, 1000);
          }
          assert.equal(
            latest.poll(() => assert.fail('nothing new'), 10),
            0,
          );
        });

        it('hands over to the next producer without a gap', (t) => {
          const channel = new TemporaryChannel(t, options);
          const consumer = channel.consumer();
          for (let life = 0; life < 5; life++) {
            const producer = channel.producer();
            for (let i = 0; i < 30; i++)
              assert.equal(producer.write(numbered(life * 30 + i)), origin.sequence + life * 30 + i);
            producer.close();
          }
          let expected = 0;
          consumer.poll((message) =>
            assert.equal(numberOf(message.buffer, message.offset, message.length), expected++),
          );
          assert.equal(expected, 150);
        });
      });
    }

    it('is gated by the slowest of its consumers', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const fast = channel.consumer('latest', 'fast');
      const slow = channel.consumer('latest', 'slow');
      let written = 0;
      while (producer.tryWrite(numbered(written, 1000)) >= 0) written++;
      fast.poll(() => {}, Infinity);
      assert.equal(producer.tryWrite(numbered(0, 1000)), BACKPRESSURE);
      assert.ok(producer.utilization > 0.8, `utilization ${producer.utilization}`);
      slow.close();
      assert.ok(producer.tryWrite(numbered(0, 1000)) >= 0, 'a consumer that left gates no more');
    });

    it('never blocks the producer when nobody consumes', (t) => {
      const producer = new TemporaryChannel(t, { type }).producer();
      for (let n = 0; n < 5000; n++) assert.equal(producer.tryWrite(numbered(n, 300)), n);
      assert.equal(producer.utilization, 0);
    });

    it('resumes at the cursor of the name, or at the oldest message with an exact count of what was missed', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const before = channel.consumer('latest', 'me');
      for (let n = 0; n < 10; n++) producer.write(numbered(n, 100));
      before.poll(() => {}, 4);
      before.close();
      const again = channel.consumer('resume', 'me');
      assert.equal(again.sequence, 4);
      again.close();
      for (let n = 10; n < 2000; n++) producer.write(numbered(n, 100));
      const late = channel.consumer('resume', 'me');
      assert.ok(late.lost > 0);
      assert.equal(late.sequence, 4 + late.lost);
    });

    it('writes through claims, and skips an aborted one without loss', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      for (let n = 0; n < 300; n++) {
        const claim = producer.tryClaim(12);
        assert.ok(claim !== undefined);
        claim.view.setUint32(claim.offset, n, true);
        claim.buffer.fill(n & 0xff, claim.offset + 4, claim.offset + 12);
        if (n % 3 === 0) claim.abort();
        else claim.commit();
        if (n % 3 === 0) continue;
        let seen = -1;
        consumer.poll((message) => (seen = numberOf(message.buffer, message.offset, message.length)));
        assert.equal(seen, n);
      }
      assert.equal(consumer.lost, 0);
    });

    it('leaves the cursor before a message whose handler throws', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      producer.writeBatch([numbered(0), numbered(1), numbered(2)]);
      assert.throws(
        () =>
          consumer.poll((message) => {
            if (message.sequence === 1) throw new Error('mine');
          }),
        /mine/,
      );
      assert.equal(consumer.sequence, 1);
      const seen: number[] = [];
      consumer.poll((message) => seen.push(message.sequence));
      assert.deepEqual(seen, [1, 2]);
    });

    it('stays whole when a handler polls, seeks or closes', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      producer.writeBatch([numbered(0), numbered(1), numbered(2)]);
      consumer.poll(() => {
        assert.throws(() => consumer.poll(() => {}), code('ERR_CLAIM_STATE'));
        assert.throws(() => consumer.seek('oldest'), code('ERR_CLAIM_STATE'));
      }, 1);
      assert.equal(consumer.sequence, 1);
      assert.equal(
        consumer.poll(() => consumer.close()),
        1,
      );
      assert.throws(() => consumer.poll(() => {}), code('ERR_CLOSED'));
      const again = channel.consumer('resume');
      assert.equal(again.sequence, 2);
    });

    it('refuses messages of 0 and of max + 1 bytes, and takes 1 and max', (t) => {
      const channel = new TemporaryChannel(t, { type, messageSizeMax: 100 });
      const producer = channel.producer();
      const consumer = channel.consumer();
      for (const call of ['write', 'tryWrite'] as const) {
        assert.throws(() => producer[call](new Uint8Array(0)), code('ERR_MESSAGE_EMPTY'));
        assert.throws(() => producer[call](new Uint8Array(101)), code('ERR_MESSAGE_TOO_LARGE'));
        assert.ok(producer[call](new Uint8Array(1)) >= 0);
        assert.ok(producer[call](new Uint8Array(100)) >= 0);
        for (const wrong of ['text', 7, null, undefined, {}, [1], new Uint16Array(4), new ArrayBuffer(4)]) {
          assert.throws(() => producer[call](wrong as Uint8Array), code('ERR_INVALID_ARGUMENT'));
        }
      }
      for (const [length, expected] of [
        [0, 'ERR_MESSAGE_EMPTY'],
        [101, 'ERR_MESSAGE_TOO_LARGE'],
        [-1, 'ERR_INVALID_ARGUMENT'],
        [1.5, 'ERR_INVALID_ARGUMENT'],
        [NaN, 'ERR_INVALID_ARGUMENT'],
        [2 ** 32 + 1, 'ERR_MESSAGE_TOO_LARGE'],
      ] as const) {
        assert.throws(() => producer.tryClaim(length), code(expected), `length ${length}`);
      }
      const lengths: number[] = [];
      consumer.poll((message) => lengths.push(message.length));
      assert.deepEqual(lengths, [1, 100, 1, 100]);
    });

    it('refuses use after close, double commit, commit after abort, and a write inside a claim', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const claim = producer.tryClaim(8);
      assert.ok(claim !== undefined);
      assert.throws(() => producer.write(numbered(1)), code('ERR_CLAIM_STATE'));
      assert.throws(() => producer.tryClaim(8), code('ERR_CLAIM_STATE'));
      claim.buffer.set(numbered(5), claim.offset);
      claim.commit();
      assert.throws(() => claim.commit(), code('ERR_CLAIM_STATE'));
      assert.throws(() => claim.abort(), code('ERR_CLAIM_STATE'));
      producer.tryClaim(8)!.abort();
      assert.throws(() => claim.commit(), code('ERR_CLAIM_STATE'));
      producer.write(numbered(6));
      const open = producer.tryClaim(8)!;
      producer.close();
      producer.close();
      assert.throws(() => open.commit(), code('ERR_CLAIM_STATE'));
      assert.throws(() => producer.write(numbered(1)), code('ERR_CLOSED'));
      assert.equal(producer.tryWrite(numbered(1)), CLOSED);
      assert.throws(() => producer.tryClaim(8), code('ERR_CLOSED'));
      const seen: number[] = [];
      consumer.poll((message) => seen.push(numberOf(message.buffer, message.offset, message.length)));
      assert.deepEqual(seen, [5, 6]);
      consumer.close();
      consumer.close();
      assert.throws(() => consumer.read(), code('ERR_CLOSED'));
      assert.throws(() => consumer.waitSync(1), code('ERR_CLOSED'));
      assert.throws(() => consumer.seek('latest'), code('ERR_CLOSED'));
    });

    it('stamps every message: sent, received, dequeued, in that order, and near the wall clock', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      producer.write(numbered(1));
      const message = consumer.read();
      assert.ok(message !== undefined);
      assert.equal(message.busReceivedNs, message.producerSentNs);
      assert.ok(message.consumerDequeuedNs >= message.busReceivedNs);
      assert.equal(message.totalLatencyNs, Number(message.consumerDequeuedNs - message.producerSentNs));
      assert.equal(message.busLatencyNs, 0);
      assert.equal(message.queueLatencyNs, message.totalLatencyNs);
      const wall = BigInt(Date.now()) * 1_000_000n;
      assert.ok(wall - message.producerSentNs < 60_000_000_000n && message.producerSentNs - wall < 1_000_000_000n);
    });

    it('leaves timestamps out when the producer does', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const consumer = channel.consumer();
      channel.producer(false).write(numbered(1));
      const message = consumer.read();
      assert.ok(message !== undefined);
      assert.deepEqual(
        [message.producerSentNs, message.busReceivedNs, message.consumerDequeuedNs, message.totalLatencyNs],
        [0n, 0n, 0n, 0],
      );
    });

    it('throws ERR_BACKPRESSURE after the time-out and has written nothing', async (t) => {
      const channel = new TemporaryChannel(t, { type, timeoutMs: 30 });
      const producer = channel.producer();
      const consumer = channel.consumer();
      let written = 0;
      while (producer.tryWrite(numbered(written, 1000)) >= 0) written++;
      assert.throws(() => producer.write(numbered(0, 1000)), code('ERR_BACKPRESSURE'));
      await assert.rejects(producer.writeAsync(numbered(0, 1000)), code('ERR_BACKPRESSURE'));
      await assert.rejects(
        producer.writeAsync(numbered(0, 1000), { signal: AbortSignal.abort() }),
        code('ERR_ABORTED'),
      );
      let read = 0;
      consumer.poll(() => read++, Infinity);
      assert.equal(read, written);
      assert.equal(await producer.writeAsync(numbered(1)), written);
    });
  });
}
