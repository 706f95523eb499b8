import { once } from 'node:events';
import { MessageBus } from '../../bus/message-bus.js';
import type { ChannelConfig } from '../../bus/config/index.js';
import type { MessageView } from '../../ring/message-view.js';
import { systemClock } from '../../platform/clock.js';
import type { BenchAnswer, BenchTask } from './measurements.js';

/*
 * One process of `apbus bench`, started by processes.ts. It attaches, says so, begins at the time that it is told, and
 * answers what it has measured.
 */

/** V8 compiles the hot path in this time; nothing is counted yet. */
const WARMUP_NS = 3e8;
/** Producers write a little longer than consumers measure, so that no drying channel is measured. */
const AFTER_NS = 2e7;
const BATCH = 256;
/** A round trip is not shorter than this: bounds the memory for samples. */
const SHORTEST_NS = 200;
/** First byte of a producer's last message. */
const LAST = 1;

const task = JSON.parse(process.argv[2] ?? '{}') as BenchTask;
const { directory, measurement, idle, number, durationNs } = task;
const clock = systemClock();
// Ctrl-C reaches every process of the terminal; the command ends its own
process.on('SIGINT', () => {});

const bus = await openBus();
const work = { producer, consumer, ping, pong }[task.role]();
const told = once(process, 'message') as Promise<[{ startNs: number }]>;
process.send?.({ ready: true });
const [{ startNs }] = await told;
const answer = work(startNs);
await bus.close();
process.send?.({ answer }, () => process.disconnect());

type Work = (startNs: number) => BenchAnswer;

/** A channel there, and one back for round trips: two services, because one alone may not read what it writes. */
function openBus(): Promise<MessageBus> {
  const service = task.role === 'producer' || task.role === 'ping' ? 'near' : 'far';
  const channels = { there: channelFrom('near', 'far'), back: channelFrom('far', 'near') };
  return MessageBus.open({ service, directory, config: { channels } });
}

function channelFrom(from: string, to: string): ChannelConfig {
  const { type, messageBytes } = measurement;
  return {
    type,
    ...(type.startsWith('S') ? { producer: from } : { producers: [from] }),
    ...(type.endsWith('SC') ? { consumer: to } : { consumers: [to] }),
    bufferSize: '4MB',
    messageSizeMax: Math.max(messageBytes, 64),
    // longer than anyone is ever kept waiting here
    backpressure: { mode: 'BlockProducer', timeoutMs: 30_000 },
  };
}

function spinUntil(ns: number): void {
  while (clock.monotonicNs() < ns);
}

function producer(): Work {
  const endpoint = bus.producer('there', { idle });
  const message = new Uint8Array(measurement.messageBytes);
  return (start) => {
    const endNs = start + WARMUP_NS + durationNs + AFTER_NS;
    let written = 0;
    spinUntil(start);
    while (clock.monotonicNs() < endNs) {
      for (let i = 0; i < BATCH; i++) endpoint.write(message);
      written += BATCH;
    }
    message[0] = LAST;
    endpoint.write(message);
    return { written: written + 1 };
  };
}

function consumer(): Work {
  const endpoint = bus.consumer('there', { name: `bench-${number}`, from: 'oldest', idle });
  let ended = 0;
  const handler = (message: MessageView): void => {
    if (message.buffer[message.offset] === LAST) ended += 1;
  };
  const readUntil = (endNs: number): number => {
    let received = 0;
    while (ended < measurement.producers && clock.monotonicNs() < endNs) {
      const count = endpoint.poll(handler, 1024);
      received += count;
      if (count === 0) endpoint.waitSync(1000);
    }
    return received;
  };
  return (start) => {
    spinUntil(start);
    const before = readUntil(start + WARMUP_NS);
    const fromNs = clock.monotonicNs();
    const counted = readUntil(fromNs + durationNs);
    const perSecond = (counted / (clock.monotonicNs() - fromNs)) * 1e9;
    return { perSecond, received: before + counted + readUntil(Infinity) };
  };
}

function ping(): Work {
  const there = bus.producer('there', { idle });
  const back = bus.consumer('back', { from: 'oldest', idle });
  const message = new Uint8Array(measurement.messageBytes);
  const samples = new Float64Array(Math.ceil(durationNs / SHORTEST_NS));
  const handler = (): void => {};
  const exchange = (): void => {
    there.write(message);
    while (back.poll(handler, 1) === 0) back.waitSync(1000);
  };
  return (start) => {
    const fromNs = start + WARMUP_NS;
    const endNs = fromNs + durationNs;
    let trips = 0;
    spinUntil(start);
    for (let sentNs = start; sentNs < endNs && trips < samples.length;) {
      sentNs = clock.monotonicNs();
      exchange();
      if (sentNs >= fromNs) samples[trips++] = clock.monotonicNs() - sentNs;
    }
    message[0] = LAST;
    exchange();
    const sorted = samples.subarray(0, trips).sort();
    const at = (share: number): number => sorted[Math.min(trips - 1, Math.floor(trips * share))] ?? 0;
    return { trips, p50Ns: at(0.5), p99Ns: at(0.99), maxNs: at(1) };
  };
}

function pong(): Work {
  const there = bus.consumer('there', { from: 'oldest', idle });
  const back = bus.producer('back', { idle });
  const message = new Uint8Array(measurement.messageBytes);
  let last = false;
  const handler = (view: MessageView): void => {
    last = view.buffer[view.offset] === LAST;
    back.write(message);
  };
  return () => {
    while (!last) if (there.poll(handler, 1) === 0) there.waitSync(1000);
    return { echoed: true };
  };
}
