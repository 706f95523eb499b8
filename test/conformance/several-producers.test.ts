import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TemporaryChannel, numberOf, numbered } from '../kit/temporary-channel.js';

for (const type of ['MPSC', 'MPMC'] as const) {
  describe(`several producers of a ${type} ring`, () => {
    it('share one total order, each with its own id', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producers = [channel.producer(), channel.producer(), channel.producer()];
      const consumers = [channel.consumer('latest', 'a'), channel.consumer('latest', 'b')];
      assert.deepEqual(
        producers.map((producer) => producer.id),
        [0, 1, 2],
      );
      for (let n = 0; n < 3000; n++) {
        assert.equal(producers[n % 3]!.write(numbered(n, 20 + (n % 300))), n);
        if (n % 50 !== 49) continue;
        for (const consumer of consumers) {
          consumer.poll((message) => {
            assert.equal(numberOf(message.buffer, message.offset, message.length), message.sequence);
            assert.equal(message.producerId, message.sequence % 3);
          });
        }
      }
      for (const consumer of consumers) assert.equal(consumer.sequence, 3000);
    });

    it('wait for an open claim of another without losing what comes after it', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const [first, second] = [channel.producer(), channel.producer()];
      const consumer = channel.consumer();
      const claim = first.tryClaim(8)!;
      second.write(numbered(1));
      assert.equal(
        consumer.poll(() => {}),
        0,
      );
      claim.buffer.set(numbered(0), claim.offset);
      claim.commit();
      const seen: number[] = [];
      consumer.poll((message) => seen.push(numberOf(message.buffer, message.offset, message.length)));
      assert.deepEqual(seen, [0, 1]);
    });

    it('let a consumer resume before an open claim of another', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const [first, second] = [channel.producer(), channel.producer()];
      const before = channel.consumer('latest', 'me');
      for (let n = 0; n < 5; n++) second.write(numbered(n));
      before.poll(() => {});
      before.close();
      const claim = first.tryClaim(8)!;
      second.write(numbered(6));
      const again = channel.consumer('resume', 'me');
      assert.deepEqual([again.sequence, again.lost, again.read()], [5, 0, undefined]);
      claim.buffer.set(numbered(5), claim.offset);
      claim.commit();
      const seen: number[] = [];
      again.poll((message) => seen.push(message.sequence, numberOf(message.buffer, message.offset, message.length)));
      assert.deepEqual(seen, [5, 5, 6, 6]);
    });

    it('abort claims that are lost only where they were overwritten, when nobody can tell them from messages', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const before = channel.consumer('latest', 'me');
      before.close();
      for (let n = 0; n < 5; n++) producer.tryClaim(8)!.abort();
      const early = channel.consumer('resume', 'me');
      producer.write(numbered(5));
      assert.deepEqual([early.read()!.sequence, early.lost], [5, 0], 'stepped over');
      early.close();
      producer.tryClaim(8)!.abort();
      for (let n = 7; n < 2000; n++) producer.write(numbered(n, 200));
      const late = channel.consumer('resume', 'me');
      assert.equal(late.lost, late.sequence - 6, 'the aborted one is counted');
    });
  });
}
