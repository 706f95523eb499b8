import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Segment } from '#src/layout/segment.js';
import { CONTROL } from '#src/layout/schema.js';
import type { Gap } from '#src/ring/gaps.js';
import type { MessageView } from '#src/ring/message-view.js';
import { RingObserver } from '#src/ring/observer.js';
import { randomSource } from '../../kit/random.js';
import { TemporaryChannel, numberOf, numbered } from '../../kit/temporary-channel.js';

/** What an observer got, each message whole and in order, and what it was told is missing. */
class Seen {
  readonly sequences: number[] = [];
  readonly gaps: Gap[] = [];
  readonly take = ({ buffer, offset, length, sequence }: MessageView): void => {
    assert.equal(numberOf(buffer, offset, length), sequence, 'the message that belongs to this sequence, whole');
    assert.ok(sequence > (this.sequences.at(-1) ?? -1), 'in order, and once');
    this.sequences.push(sequence);
  };
  readonly miss = (gap: Gap): void => {
    this.gaps.push({ ...gap });
  };
}

for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const) {
  describe(`an observer, ${type}`, () => {
    it('is held up for by nobody, and accounts exactly for what was overwritten', (t) => {
      const channel = new TemporaryChannel(t, { type, mode: 'DropOldest', timeoutMs: 0 });
      const producer = channel.producer();
      const random = randomSource(11);
      const seen = new Seen();
      const observer = new RingObserver(channel.observer(), seen.miss);
      for (let n = 0; n < 20_000; n++) {
        assert.equal(producer.tryWrite(numbered(n, 4 + random(random(4) === 0 ? 8188 : 200))), n);
        if (random(40) === 0) observer.poll(seen.take, 1 + random(20));
      }
      while (observer.poll(seen.take, 100) > 0);
      assert.equal(seen.sequences.length + observer.lost, 20_000);
      assert.equal(
        seen.gaps.reduce((sum, { lost }) => sum + lost, 0),
        observer.lost,
      );
      assert.ok(seen.gaps.every(({ reason }) => reason === 'overwritten'));
      assert.ok(seen.sequences.length > 500 && observer.lost > 500);
    });

    it('may be overtaken inside a handler: what the handler has stays as it is', (t) => {
      const channel = new TemporaryChannel(t, { type, mode: 'DropOldest', timeoutMs: 0 });
      const producer = channel.producer();
      const seen = new Seen();
      const observer = new RingObserver(channel.observer(), seen.miss);
      let n = 0;
      for (; n < 3; n++) producer.write(numbered(n, 500));
      for (let round = 0; round < 20; round++) {
        observer.poll((message) => {
          const before = message.copy();
          for (const end = n + 200; n < end; n++) producer.write(numbered(n, 500));
          assert.deepEqual(message.bytes, before.bytes, 'a copy of its own');
          seen.take(message);
        }, 3);
      }
      while (observer.poll(seen.take, 100) > 0);
      assert.equal(seen.sequences.length + observer.lost, n);
      assert.ok(observer.lost > 0);
    });

    it('changes not one byte of the segment', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      for (let n = 0; n < 50; n++) producer.write(numbered(n, 100));
      producer.close();
      const before = readFileSync(channel.path);
      const segment = Segment.openExisting(channel.directory, 'test', { ringWritable: false })!;
      const seen = new Seen();
      const observer = new RingObserver(segment, seen.miss);
      observer.moveTo('oldest');
      assert.equal(observer.poll(seen.take, 1000), 50);
      segment.close();
      assert.ok(readFileSync(channel.path).equals(before));
    });

    it('starts at the oldest, the end, a sequence or a time, and does not leave what is there', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      for (let n = 0; n < 30; n++) producer.write(numbered(n, 100));
      const observer = new RingObserver(channel.observer());
      assert.equal(observer.sequence, 30, 'the end, unless it is told');
      const startsAt = (to: Parameters<RingObserver['moveTo']>[0]): number => {
        observer.moveTo(to);
        return observer.sequence;
      };
      assert.equal(startsAt('oldest'), 0);
      assert.equal(startsAt('latest'), 30);
      assert.equal(startsAt({ sequence: 17 }), 17);
      assert.equal(startsAt({ sequence: 1000 }), 30);
      assert.equal(startsAt({ timeNs: 0n }), 0);
      assert.equal(startsAt({ timeNs: 2n ** 63n }), 30);
      let receivedNs = 0n;
      observer.moveTo({ sequence: 20 });
      observer.poll((message) => (receivedNs = message.busReceivedNs), 1);
      const first = startsAt({ timeNs: receivedNs });
      assert.ok(first <= 20, 'no message of that time is left out');
    });

    it('gives damage a name instead of reading for ever', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      for (let n = 0; n < 5; n++) producer.write(numbered(n, 100));
      const segment = channel.observer();
      const observer = new RingObserver(segment);
      observer.moveTo('oldest');
      segment.windows[0]!.putInt32(4, -7);
      segment.control.putFloat64(CONTROL.at.oldest, 12.5);
      assert.throws(() => observer.poll(() => undefined, 10), { code: 'ERR_CORRUPT' });
    });
  });
}
