import assert from 'node:assert/strict';
import { test } from 'node:test';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type Consumer, MessageBus, type Producer } from 'alphapulse-bus';
import { RelayDomain, TlvMessageBuilder } from 'alphapulse-bus/protocol';
import { traceConsumer, traceProducer } from 'alphapulse-bus/tracing';
import { measureHotPathHeap } from '../../bench/measure/hot-path-heap.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

const MESSAGES = 200_000;
/** Far below the smallest object; what is there comes from V8's compiler. */
const BYTES_PER_MESSAGE_MAX = 1;

/** Messages that are looked at: they follow the protocol. */
const MESSAGE = new TlvMessageBuilder(RelayDomain.MarketData, 4).addTlv(3, new Uint8Array(30)).build();

test('a traced producer and consumer allocate nothing for messages that get no span', async (t) => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const channels = {
    ticks: { type: 'SPMC' as const, producer: 'writer', consumer: 'reader', bufferSize: '1MB', messageSizeMax: 256 },
  };
  const directory = temporaryDirectory(t);
  const writing = await MessageBus.open({ service: 'writer', config: { channels }, directory });
  const reading = await MessageBus.open({ service: 'reader', config: { channels }, directory });
  t.after(() => Promise.all([writing.close(), reading.close()]));
  const consumer = traceConsumer(reading.consumer('ticks', { from: 'oldest' }), { sampling: 'parent' });
  const producer = traceProducer(writing.producer('ticks'), { sampling: { oneIn: 2 ** 40 } });
  const seen = new Float64Array(1);
  // the measurement writes bytes of its own
  const sending = {
    write: () => producer.write(MESSAGE),
    tryWrite: () => producer.tryWrite(MESSAGE),
  } as unknown as Producer;
  const receiving = consumer as unknown as Consumer;
  const heap = measureHotPathHeap(sending, receiving, (message) => void (seen[0] = message.sequence), MESSAGES);
  const most = heap.messages * BYTES_PER_MESSAGE_MAX;
  assert.ok(heap.writeBytes <= most, `write allocated ${heap.writeBytes} bytes for ${heap.messages} messages`);
  assert.ok(heap.tryWriteBytes <= most, `tryWrite allocated ${heap.tryWriteBytes} bytes for ${heap.messages} messages`);
  assert.ok(heap.pollBytes <= most, `poll allocated ${heap.pollBytes} bytes for ${heap.messages} messages`);
  assert.ok(seen[0]! > 0);
});
