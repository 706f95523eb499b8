import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Producer } from '#src/channel/producer.js';
import { PRODUCER_SLOT, SlotState, producerSlotOffset, type ChannelType } from '#src/layout/schema.js';
import { BusError } from '#src/platform/bus-error.js';
import { loadNative } from '#src/platform/load-native.js';
import { TemporaryChannel, numbered, blocking } from '../../kit/temporary-channel.js';

const SLOT = producerSlotOffset(0);

/** A producer that has lost its token though it lives, and the one that has its slot since. */
function fenced(t: TestContext, type: ChannelType, before: (former: Producer) => void = () => {}) {
  const channel = new TemporaryChannel(t, { type });
  const consumer = channel.consumer();
  const segment = channel.segment(true);
  const former = new Producer(segment, { service: 'former', timestamps: true, backpressure: blocking(20) });
  t.after(() => former.close());
  before(former);
  assert.equal(loadNative().unlockByte(segment.fd, SLOT), 0);
  const successor = channel.producer(true, 'successor');
  assert.equal(successor.id, former.id);
  return { channel, consumer, former, successor };
}

const shutOut = (error: unknown): boolean =>
  BusError.is(error, 'ERR_PRODUCER_TAKEN') &&
  error.channel === 'test' &&
  /lost its place to "successor"/.test(error.message) &&
  error.message.includes(`process ${process.pid}`);

const WRITES: Readonly<Record<string, (former: Producer) => unknown>> = {
  write: (former) => former.write(numbered(9)),
  tryWrite: (former) => former.tryWrite(numbered(9)),
  writeBatch: (former) => former.writeBatch([numbered(9), numbered(9)]),
  writeAsync: (former) => former.writeAsync(numbered(9)),
  tryClaim: (former) => former.tryClaim(8),
};

for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const) {
  describe(`a producer of an ${type} channel whose slot another one has taken`, () => {
    for (const [name, write] of Object.entries(WRITES)) {
      it(`is refused by ${name}, each time, and nothing of it reaches the ring`, async (t) => {
        const { consumer, former, successor } = fenced(t, type, (producer) => producer.write(numbered(0)));
        for (let attempt = 0; attempt < 2; attempt++) await assert.rejects(async () => write(former), shutOut);
        assert.equal(successor.write(numbered(1)), 1);
        await assert.rejects(async () => write(former), shutOut);
        assert.equal(successor.write(numbered(2)), 2);
        assert.deepEqual([consumer.read()?.sequence, consumer.read()?.sequence, consumer.read()?.sequence], [0, 1, 2]);
        assert.equal(consumer.read(), undefined);
      });
    }

    it('leaves the slot and the token to its successor when it is closed', (t) => {
      const { channel, former, successor } = fenced(t, type);
      former.close();
      former.close();
      const { control, fd } = channel.observer();
      assert.equal(control.getInt32(SLOT + PRODUCER_SLOT.at.state), SlotState.ACTIVE);
      assert.equal(loadNative().isByteLocked(fd, SLOT), 1);
      assert.equal(successor.write(numbered(1)), 0);
      successor.close();
      assert.equal(control.getInt32(SLOT + PRODUCER_SLOT.at.state), SlotState.DETACHED);
      assert.equal(loadNative().isByteLocked(fd, SLOT), 0);
    });

    it('counts nothing in the slot of its successor', (t) => {
      const { channel, former } = fenced(t, type);
      assert.throws(() => former.write(numbered(1)), shutOut);
      assert.throws(() => former.writeBatch([new Uint8Array(0)]));
      const { control } = channel.observer();
      assert.equal(control.getFloat64(SLOT + PRODUCER_SLOT.at.rejected), 0);
    });
  });
}

for (const type of ['SPSC', 'SPMC'] as const) {
  it(`a claim of a former producer of an ${type} channel cannot be committed`, (t) => {
    let claim: ReturnType<Producer['tryClaim']>;
    const { consumer, former, successor } = fenced(t, type, (producer) => {
      claim = producer.tryClaim(8);
    });
    assert.equal(successor.write(numbered(1)), 0);
    assert.throws(() => claim!.commit(), shutOut);
    assert.throws(() => former.write(numbered(1)), shutOut);
    former.close();
    assert.equal(successor.write(numbered(2)), 1);
    assert.deepEqual([consumer.read()?.sequence, consumer.read()?.sequence, consumer.read()], [0, 1, undefined]);
  });
}

it('a producer that lost its token, and whose slot nobody took, closes in order', (t) => {
  const channel = new TemporaryChannel(t, { type: 'SPSC' });
  const segment = channel.segment(true);
  const producer = new Producer(segment, { service: 'writer', timestamps: true, backpressure: blocking(20) });
  loadNative().unlockByte(segment.fd, SLOT);
  assert.equal(producer.write(numbered(1)), 0);
  producer.close();
  const { control } = channel.observer();
  assert.equal(control.getInt32(SLOT + PRODUCER_SLOT.at.state), SlotState.DETACHED);
  assert.equal(channel.producer().takeover, undefined);
});

it('whoever follows a dead producer is told, also when it did not wait', (t) => {
  const channel = new TemporaryChannel(t, { type: 'SPSC' });
  channel.deadProducer((producer) => void producer.write(numbered(0)));
  assert.deepEqual(channel.producer().takeover, { generation: 2, previousPid: process.pid, sequence: 1 });
});
