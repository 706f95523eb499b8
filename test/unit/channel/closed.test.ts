import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Consumer } from '#src/channel/consumer.js';
import type { Producer } from '#src/channel/producer.js';
import { CLOSED } from '#src/ring/codes.js';
import { BusError } from '#src/platform/bus-error.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

/** What a use after close does: throws (or rejects with) that code, or answers that. */
type Outcome = { readonly code: 'ERR_CLOSED' | 'ERR_CLAIM_STATE' } | { readonly answer: unknown };

async function check(use: () => unknown, outcome: Outcome): Promise<void> {
  if ('answer' in outcome) {
    assert.deepEqual(await use(), outcome.answer);
    return;
  }
  await assert.rejects(
    async () => use(),
    (error) => BusError.is(error, outcome.code) && error.message.length > 20,
  );
}

function wordsOf(outcome: Outcome): string {
  return 'code' in outcome ? outcome.code : `answers ${JSON.stringify(outcome.answer)}`;
}

const closedError: Outcome = { code: 'ERR_CLOSED' };

/** Every public member of a producer, and what it does when the producer is closed. */
const PRODUCER: Readonly<Record<string, readonly [(producer: Producer) => unknown, Outcome]>> = {
  channel: [(producer) => producer.channel, { answer: 'test' }],
  id: [(producer) => producer.id, { answer: 0 }],
  write: [(producer) => producer.write(numbered(1)), closedError],
  tryWrite: [(producer) => producer.tryWrite(numbered(1)), { answer: CLOSED }],
  writeAsync: [(producer) => producer.writeAsync(numbered(1)), closedError],
  writeBatch: [(producer) => producer.writeBatch([numbered(1)]), closedError],
  tryClaim: [(producer) => producer.tryClaim(8), closedError],
  utilization: [(producer) => producer.utilization, { answer: 0 }],
  waitDurable: [(producer) => producer.waitDurable(0), closedError],
  breaker: [(producer) => producer.breaker, { answer: undefined }],
  statistics: [(producer) => producer.statistics, closedError],
  close: [(producer) => producer.close(), { answer: undefined }],
};

const CONSUMER: Readonly<Record<string, readonly [(consumer: Consumer) => unknown, Outcome]>> = {
  channel: [(consumer) => consumer.channel, { answer: 'test' }],
  name: [(consumer) => consumer.name, { answer: 'reader' }],
  poll: [(consumer) => consumer.poll(() => {}), closedError],
  read: [(consumer) => consumer.read(), closedError],
  waitSync: [(consumer) => consumer.waitSync(1), closedError],
  subscribe: [(consumer) => consumer.subscribe(() => {}), closedError],
  seek: [(consumer) => consumer.seek('latest'), closedError],
  sequence: [(consumer) => consumer.sequence, { answer: 3 }],
  lag: [(consumer) => consumer.lag, { answer: { messages: 0, bytes: 0 } }],
  lost: [(consumer) => consumer.lost, { answer: 0 }],
  close: [(consumer) => consumer.close(), { answer: undefined }],
};

/** Names of the public members: methods and getters of the class, and fields that it shows. */
function membersOf(endpoint: object): string[] {
  const classes = [Object.getPrototypeOf(endpoint) as object];
  classes.push(Object.getPrototypeOf(classes[0]!) as object);
  return [...classes.flatMap((prototype) => Object.getOwnPropertyNames(prototype)), ...Object.keys(endpoint)];
}

for (const type of ['SPSC', 'MPMC'] as const) {
  describe(`a closed endpoint of a ${type} channel`, () => {
    for (const [member, [use, outcome]] of Object.entries(PRODUCER)) {
      it(`producer.${member}: ${wordsOf(outcome)}`, async (t) => {
        const producer = new TemporaryChannel(t, { type }).producer();
        assert.ok(membersOf(producer).includes(member));
        producer.write(numbered(1));
        producer.close();
        await check(() => use(producer), outcome);
        await check(() => use(producer), outcome);
      });
    }

    for (const [member, [use, outcome]] of Object.entries(CONSUMER)) {
      it(`consumer.${member}: ${wordsOf(outcome)}`, async (t) => {
        const channel = new TemporaryChannel(t, { type });
        const producer = channel.producer();
        const consumer = channel.consumer();
        producer.writeBatch([numbered(1), numbered(2), numbered(3), numbered(4)]);
        consumer.poll(() => {}, 3);
        consumer.close();
        await check(() => use(consumer), outcome);
        await check(() => use(consumer), outcome);
      });
    }

    it('a claim of it: commit and abort are refused, writing into its memory harms nobody', (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      const consumer = channel.consumer();
      const claim = producer.tryClaim(64)!;
      const { buffer, offset } = claim;
      producer.close();
      assert.throws(
        () => claim.commit(),
        (error) => BusError.is(error, 'ERR_CLAIM_STATE'),
      );
      assert.throws(
        () => claim.abort(),
        (error) => BusError.is(error, 'ERR_CLAIM_STATE'),
      );
      buffer.fill(0xff, offset, offset + 64);
      assert.equal(channel.producer().write(numbered(9)), consumer.sequence + (type === 'SPSC' ? 0 : 1));
      assert.equal(consumer.read()!.bytes.length, 8);
    });

    it('an iteration over it ends', async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const consumer = channel.consumer();
      consumer.close();
      for await (const message of consumer) assert.fail(`came ${message.sequence}`);
    });

    it('`using` closes both', (t) => {
      const channel = new TemporaryChannel(t, { type });
      let kept: Producer | undefined;
      {
        using producer = channel.producer();
        using consumer = channel.consumer();
        assert.equal(consumer.read(), undefined);
        kept = producer;
      }
      assert.equal(kept.tryWrite(numbered(1)), CLOSED);
      channel.consumer();
    });
  });
}

it('the matrix knows every public method', (t) => {
  const channel = new TemporaryChannel(t);
  const hidden =
    /^(constructor|accepts|examine|refuse|endClaim|writeFull|writeHeld|(tryW|w)riteTimed|put$|(begin|end)Timed|writeTurning|tryFull|retry$|full|giveUp|counted|count$|is(Current|Refused)$|release$|offerRoom$|hasWork$|comeBack$|afterVainPolls$|endPoll$|pollPast$|refuseWaiting$|beginWaiting$)/;
  const missing = (endpoint: object, known: object): string[] =>
    Object.getOwnPropertyNames(Object.getPrototypeOf(endpoint)).filter(
      (name) => !(name in known) && !hidden.test(name),
    );
  assert.deepEqual(missing(channel.producer(), PRODUCER), []);
  assert.deepEqual(missing(channel.consumer(), CONSUMER), []);
});
