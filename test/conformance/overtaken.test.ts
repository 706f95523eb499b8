import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Consumer } from '#src/channel/consumer.js';
import type { Producer } from '#src/channel/producer.js';
import type { MessageView } from '#src/ring/message-view.js';
import { randomSource } from '../kit/random.js';
import { TemporaryChannel, numberOf, numbered } from '../kit/temporary-channel.js';

const TYPES = ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const;
/** Two ways to be a consumer that nobody waits for. */
const KINDS = [
  { kind: 'of a DropOldest channel', mode: 'DropOldest', policy: {} },
  { kind: 'that does not gate', mode: 'BlockProducer', policy: { gating: false } },
] as const;

/** What a consumer got, each message whole and in order. */
class Seen {
  readonly sequences: number[] = [];
  readonly take = ({ buffer, offset, length, sequence }: MessageView): void => {
    assert.equal(numberOf(buffer, offset, length), sequence, 'the message that belongs to this sequence, whole');
    assert.ok(sequence > (this.sequences.at(-1) ?? -1), 'in order, and once');
    this.sequences.push(sequence);
  };
}

for (const type of TYPES) {
  for (const { kind, mode, policy } of KINDS) {
    const open = (t: TestContext): { channel: TemporaryChannel; producer: Producer; consumer: Consumer } => {
      const channel = new TemporaryChannel(t, { type, mode, timeoutMs: 0 });
      return { channel, producer: channel.producer(), consumer: channel.consumer('latest', 'reader', policy) };
    };

    describe(`a consumer ${kind}, ${type}`, () => {
      it('never holds a producer up, and goes on at the oldest whole message, with the exact loss', (t) => {
        const { producer, consumer } = open(t);
        for (let n = 0; n < 5000; n++) assert.equal(producer.tryWrite(numbered(n, 4 + ((n * 37) % 900))), n);
        const seen = new Seen();
        while (consumer.poll(seen.take) > 0);
        const { sequences } = seen;
        assert.equal(consumer.lost, sequences[0], 'lost is what came before the first that is there');
        assert.equal(sequences.at(-1), 4999);
        assert.equal(sequences.length + consumer.lost, 5000);
        assert.ok(sequences.length > 50, 'most of a ring is still there');
      });

      it('loses nothing as long as it keeps up', (t) => {
        const { producer, consumer } = open(t);
        const seen = new Seen();
        for (let n = 0; n < 5000; n++) {
          producer.write(numbered(n, 4 + ((n * 61) % 2000)));
          if (n % 7 === 0) consumer.poll(seen.take);
        }
        consumer.poll(seen.take);
        assert.equal(seen.sequences.length, 5000);
        assert.equal(consumer.lost, 0);
      });

      it('may be overtaken inside a handler: what the handler has stays as it is', (t) => {
        const { producer, consumer } = open(t);
        let n = 0;
        const writeSome = (count: number): void => {
          for (const end = n + count; n < end; n++) producer.write(numbered(n, 500));
        };
        writeSome(3);
        const seen = new Seen();
        for (let round = 0; round < 20; round++) {
          consumer.poll((message) => {
            const before = message.copy();
            writeSome(round % 3 === 0 ? 400 : 7);
            assert.deepEqual(message.bytes, before.bytes, 'a copy of its own');
            seen.take(message);
          }, 3);
        }
        while (consumer.poll(seen.take) > 0);
        assert.equal(seen.sequences.length + consumer.lost, n);
        assert.ok(consumer.lost > 0);
      });

      it('gets a message again at which its handler threw, unless that is overwritten meanwhile', (t) => {
        const { producer, consumer } = open(t);
        for (let n = 0; n < 3; n++) producer.write(numbered(n, 100));
        const refuse = (): void => {
          throw new Error('no');
        };
        for (let again = 0; again < 3; again++) assert.throws(() => consumer.poll(refuse), /no/);
        const seen = new Seen();
        assert.equal(consumer.poll(seen.take, 1), 1);
        assert.deepEqual(seen.sequences, [0]);
        assert.throws(() => consumer.poll(refuse), /no/);
        for (let n = 3; n < 1000; n++) producer.write(numbered(n, 1000));
        while (consumer.poll(seen.take) > 0);
        assert.equal(seen.sequences[1], 1 + consumer.lost);
        assert.equal(seen.sequences.length + consumer.lost, 1000);
      });

      it('knows that there is something to read when all that it had to read was overwritten', (t) => {
        const { producer, consumer } = open(t);
        for (let n = 0; n < 1000; n++) producer.write(numbered(n, 1000));
        assert.equal(consumer.waitSync(0), true);
        assert.ok(consumer.read()!.sequence > 900);
        assert.deepEqual(consumer.lag.messages, 1000 - consumer.sequence);
      });

      it('starts at the oldest, at a sequence and where it was, counting what is not there any more', (t) => {
        const { channel, producer, consumer } = open(t);
        for (let n = 0; n < 10; n++) producer.write(numbered(n, 300));
        const seen = new Seen();
        consumer.poll(seen.take, 4);
        consumer.close();
        for (let n = 10; n < 1000; n++) producer.write(numbered(n, 300));
        const back = channel.consumer('resume', 'reader', policy);
        const first = back.sequence;
        assert.equal(back.lost, first - 4);
        back.seek({ sequence: 998 });
        assert.equal(back.read()!.sequence, 998);
        back.seek('oldest');
        assert.equal(back.sequence, first);
        assert.equal(channel.consumer({ sequence: 0 }, 'other', policy).lost, first);
      });

      it('gets messages of every size whole, next to every end of the ring', (t) => {
        const { producer, consumer } = open(t);
        const random = randomSource(7);
        const seen = new Seen();
        for (let n = 0; n < 20_000; n++) {
          producer.write(numbered(n, 4 + random(random(4) === 0 ? 8188 : 200)));
          if (random(40) === 0) consumer.poll(seen.take, 1 + random(20));
        }
        while (consumer.poll(seen.take) > 0);
        assert.equal(seen.sequences.length + consumer.lost, 20_000);
        assert.ok(seen.sequences.length > 500 && consumer.lost > 500);
      });
    });
  }

  describe(`beside a consumer that gates, ${type.replace('SC', 'MC')}`, () => {
    it('one that does not loses for itself alone', (t) => {
      const channel = new TemporaryChannel(t, { type: type.startsWith('SP') ? 'SPMC' : 'MPMC', timeoutMs: 0 });
      const producer = channel.producer();
      const gating = channel.consumer('latest', 'careful');
      const other = channel.consumer('latest', 'careless', { gating: false });
      const all = new Seen();
      const some = new Seen();
      for (let n = 0; n < 3000; n++) {
        producer.write(numbered(n, 700));
        if (n % 20 === 0) gating.poll(all.take);
      }
      gating.poll(all.take);
      while (other.poll(some.take) > 0);
      assert.equal(all.sequences.length, 3000);
      assert.equal(gating.lost, 0);
      assert.equal(some.sequences.length + other.lost, 3000);
      assert.ok(other.lost > 0);
    });
  });
}

describe('a producer of a DropOldest channel', () => {
  it('is held up by an open claim of another one, and by nothing else', (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPMC', mode: 'DropOldest', timeoutMs: 0 });
    const claimer = channel.producer(true, 'claimer');
    const producer = channel.producer(true, 'writer');
    channel.consumer();
    const claim = claimer.tryClaim(4)!;
    let written = 0;
    while (producer.tryWrite(numbered(0, 1000)) >= 0) written++;
    assert.ok(written > 40);
    claim.commit();
    assert.ok(producer.tryWrite(numbered(0, 1000)) > 0);
  });
});
