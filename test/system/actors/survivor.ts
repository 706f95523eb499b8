/*
 * Uses a channel while a vandal writes over it: takes errors of the bus as they come, does what they advise (removes
 * the segment, attaches again), and goes on until it is told to stop. Arguments: directory, type, role, number. Says
 * `beat OPERATIONS ERRORS` as it goes, and ends with 1 at anything but a BusError, or a call that takes a second.
 */
import { rmSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BusError, MessageBus, type BusConfig, type ChannelType, type Consumer, type Producer } from 'alphapulse-bus';
import { segmentPath } from '#src/layout/directory.js';
import { randomSource } from '../../kit/random.js';

const [directory = '', type = 'SPSC', role = 'producer', number = '0'] = process.argv.slice(2);
const CALL_CPU_US = 1_000_000;
const random = randomSource(Number(number) + 77);
const many = type.startsWith('M');
const config: BusConfig = {
  channels: {
    live: {
      type: type as ChannelType,
      ...(many ? { producers: ['producer_0', 'producer_1'] } : { producer: 'producer_0' }),
      ...(type.endsWith('MC') ? { consumers: ['consumer_0', 'consumer_1'] } : { consumer: 'consumer_0' }),
      bufferSize: '64KB',
      backpressure: { mode: 'BlockProducer', timeoutMs: 2 },
    },
  },
};
const payload = new Uint8Array(3000).fill(7);
let stopped = false;
process.stdin.once('data', () => {
  stopped = true;
  process.stdin.destroy();
});

function produce(producer: Producer): void {
  const message = payload.subarray(0, 1 + random(payload.length));
  const choice = random(12);
  if (choice === 0) producer.write(message);
  else if (choice === 1) producer.tryClaim(message.length)?.abort();
  else if (choice === 2) void producer.utilization;
  else producer.tryWrite(message);
}

function consume(consumer: Consumer): void {
  const choice = random(20);
  if (choice < 2) void consumer.lag;
  else if (choice < 4) consumer.waitSync(1);
  else if (choice === 4) consumer.seek('oldest');
  else if (choice < 10) consumer.read()?.bytes.at(-1);
  else consumer.poll((message) => void message.bytes.at(-1), 100);
}

async function life(): Promise<number> {
  const bus = await MessageBus.open({ service: `${role}_${number}`, directory, config });
  let operations = 0;
  try {
    const use =
      role === 'producer'
        ? bound(bus.producer('live'), produce)
        : bound(bus.consumer('live', { from: 'oldest' }), consume);
    while (!stopped && operations < 2000) {
      const before = process.cpuUsage();
      operations++;
      use();
      const { user, system } = process.cpuUsage(before);
      if (user + system > CALL_CPU_US) throw new Error(`one call took ${user + system} us of processor time`);
      if (operations % 50 === 0) await nextTurn();
    }
  } catch (error) {
    if (!BusError.is(error)) throw error;
    errors++;
    if (error.code !== 'ERR_BACKPRESSURE' && !error.code.endsWith('_TAKEN'))
      rmSync(segmentPath(directory, 'live'), { force: true });
  }
  await bus.close();
  return operations;
}

function bound<Endpoint>(endpoint: Endpoint, use: (endpoint: Endpoint) => void): () => void {
  return () => use(endpoint);
}

let errors = 0;
let operations = 0;
for (let lives = 0; !stopped; lives++) {
  operations += await life();
  if (lives % 5 === 0) console.log(`beat ${operations} ${errors}`);
  if (lives % 100 === 0) globalThis.gc?.();
  await nextTurn();
}
console.log(`end ${operations} ${errors}`);
