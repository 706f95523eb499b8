import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { MessageBus, type BackpressureConfig, type ChannelType, type MessageView } from 'alphapulse-bus';
import { measureHotPathHeap, type HotPathHeap } from '../../bench/measure/hot-path-heap.js';
import { TemporaryChannel, temporaryDirectory } from '../kit/temporary-channel.js';

const MESSAGES = 400_000;
/**
 * The smallest object that V8 makes has 16 bytes, so this is one for four messages. What is below comes from V8's compiler,
 * whenever it happens to finish, from reading the heap's size, and from looks at the ring, of which there is one for 120 of
 * the longest messages here: it has doubles that a call returns, and makes objects of them where V8 did not inline the call.
 */
const BYTES_PER_MESSAGE_MAX = 4;
/**
 * A number that does not fit 32 bits and is returned by a function that V8 did not inline is an object of 16 bytes; a
 * sequence goes through the ring's return and the producer's.
 */
const RETURNED_BYTES_MAX = 2 * 16;

/** Both endpoints in this process, on a channel as users open it. */
async function measureOn(
  t: TestContext,
  type: ChannelType,
  handler: (message: MessageView) => void,
  backpressure: BackpressureConfig = {},
): Promise<HotPathHeap> {
  const sizes = { bufferSize: '1MB', messageSizeMax: 64 };
  const channels = { ticks: { type, producers: ['writer'], consumers: ['reader'], ...sizes, backpressure } };
  const directory = temporaryDirectory(t);
  const writing = await MessageBus.open({ service: 'writer', config: { channels }, directory });
  const reading = await MessageBus.open({ service: 'reader', config: { channels }, directory });
  t.after(() => Promise.all([writing.close(), reading.close()]));
  const consumer = reading.consumer('ticks', { from: 'oldest' });
  return measureHotPathHeap(writing.producer('ticks'), consumer, handler, MESSAGES);
}

function assertNothing({ messages, writeBytes, tryWriteBytes, pollBytes }: HotPathHeap): void {
  const most = messages * BYTES_PER_MESSAGE_MAX;
  assert.ok(writeBytes <= most, `write allocated ${writeBytes} bytes for ${messages} messages`);
  assert.ok(tryWriteBytes <= most, `tryWrite allocated ${tryWriteBytes} bytes for ${messages} messages`);
  assert.ok(pollBytes <= most, `poll allocated ${pollBytes} bytes for ${messages} messages`);
}

for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const) {
  test(`write, tryWrite and poll allocate nothing per message on ${type} channels`, async (t) => {
    const seen = new Float64Array(2);
    const heap = await measureOn(t, type, (message) => {
      seen[0] = message.view.getInt32(message.offset, true) + message.sequence;
      seen[1] = message.totalLatencyNs + message.busLatencyNs + message.queueLatencyNs;
    });
    assertNothing(heap);
    assert.ok(seen[0]! > 0 && seen[1]! > 0);
  });
}

for (const mode of ['DropNewest', 'DropOldest', 'AdaptiveThrottle', 'CircuitBreaker'] as const) {
  for (const type of ['SPSC', 'MPMC'] as const) {
    test(`write, tryWrite and poll allocate nothing per message in ${mode} on ${type} channels`, async (t) => {
      const seen = new Float64Array(1);
      const heap = await measureOn(t, type, (message) => void (seen[0] = message.sequence), { mode });
      assertNothing(heap);
      assert.ok(seen[0]! > 0);
    });
  }
}

for (const type of ['SPSC', 'MPMC'] as const) {
  const measureFrom = (t: TestContext, position: number, sequence: number): HotPathHeap => {
    const origin = { position, sequence };
    const channel = new TemporaryChannel(t, { type, capacity: 2 ** 20, messageSizeMax: 64, origin });
    const consumer = channel.consumer('oldest');
    const seen = new Float64Array(1);
    return measureHotPathHeap(channel.producer(), consumer, (message) => void (seen[0] = message.sequence), MESSAGES);
  };

  test(`nothing is allocated on ${type} channels when positions are beyond 32 bits`, (t) => {
    assertNothing(measureFrom(t, 2 ** 40, 0));
  });

  test(`on ${type} channels with sequences beyond 32 bits, returned sequences are all that write allocates`, (t) => {
    const heap = measureFrom(t, 0, 2 ** 33);
    const returned = heap.messages * RETURNED_BYTES_MAX;
    assertNothing({
      ...heap,
      writeBytes: Math.max(0, heap.writeBytes - returned),
      tryWriteBytes: Math.max(0, heap.tryWriteBytes - returned),
    });
  });
}

for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const) {
  test(`copying what may be overwritten allocates nothing per message on ${type} channels`, (t) => {
    const seen = new Float64Array(2);
    const channel = new TemporaryChannel(t, { type, mode: 'DropOldest', capacity: 2 ** 22, messageSizeMax: 1024 });
    for (const [bytes, name] of [
      [64, 'short'],
      [1024, 'long'],
    ] as const) {
      const consumer = channel.consumer('latest', name);
      const producer = channel.producer();
      const take = (message: MessageView): void => {
        seen[0] = message.view.getInt32(message.offset, true) + message.sequence;
        seen[1] = message.totalLatencyNs;
      };
      assertNothing(measureHotPathHeap(producer, consumer, take, MESSAGES / 2, bytes));
      assert.equal(consumer.lost, 0);
      producer.close();
    }
  });
}

for (const backpressure of [
  { mode: 'DropNewest' },
  { mode: 'AdaptiveThrottle', timeoutMs: 0, minDelayUs: 10, maxDelayUs: 1000 },
  { mode: 'CircuitBreaker', failureThreshold: 5, failureWindowMs: 1000, recoveryTimeoutMs: 5000 },
] as const) {
  test(`writing in mode ${backpressure.mode} allocates nothing per message`, (t) => {
    const marks = { highWaterMark: 0.8, lowWaterMark: 0.6 };
    const channel = new TemporaryChannel(t, {
      capacity: 2 ** 20,
      messageSizeMax: 64,
      backpressure: { ...backpressure, ...marks },
    });
    const consumer = channel.consumer();
    const seen = new Float64Array(1);
    const take = (message: MessageView): void => void (seen[0] = message.sequence);
    assertNothing(measureHotPathHeap(channel.producer(), consumer, take, MESSAGES / 2));
  });
}

test('a handler that allocates an object for each message is found out', async (t) => {
  let last: object | undefined;
  const { messages, pollBytes, writeBytes } = await measureOn(t, 'SPSC', (message) => {
    last = { length: message.length };
  });
  assert.ok(pollBytes >= messages * 16 * 0.9, `${pollBytes} bytes for ${messages} objects`);
  assert.ok(writeBytes <= messages * BYTES_PER_MESSAGE_MAX);
  assert.ok(last !== undefined);
});
