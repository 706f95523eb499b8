import { systemClock } from '#src/platform/clock.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { DEFAULT_WATER_MARKS } from '#src/channel/backpressure/settings.js';
import { Consumer } from '#src/channel/consumer.js';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';

/*
 * A process that has many channels with many endpoints, each of which has timed messages, and keeps them attached until its
 * standard input ends: what `apbus serve` is measured with.
 */

const [directory = '', channels = '', endpoints = ''] = process.argv.slice(2);
const CAPACITY = 65_536;
const MESSAGES = 200;
let turn = 0;
const message = new Uint8Array(64);
const backpressure = { mode: 'DropOldest', timeoutMs: 0, ...DEFAULT_WATER_MARKS } as const;

for (let channel = 0; channel < Number(channels); channel++) open(`channel-${channel}`, Number(endpoints));
process.stdout.write('ready\n');
process.stdin.resume();
process.stdin.on('end', () => process.exit());

/** Half of the endpoints are producers, all of them with histograms that have something in them. */
function open(name: string, count: number): void {
  const shape = { name, type: 'MPMC', capacity: CAPACITY, messageSizeMax: 1024, mode: 'DropOldest' } as const;
  const segment = (ringWritable: boolean): Segment => Segment.openOrCreate(directory, shape, { ringWritable });
  const producers = Array.from(
    { length: Math.ceil(count / 2) },
    (_, i) =>
      new Producer(segment(true), { service: `producer-${i}`, timestamps: true, backpressure, latencySampling: 1 }),
  );
  const consumers = Array.from(
    { length: Math.floor(count / 2) },
    (_, i) =>
      new Consumer(segment(false), {
        name: `consumer-${i}`,
        from: 'latest',
        policy: DEFAULT_POLICY,
        latencySampling: 1,
      }),
  );
  for (let i = 0; i < MESSAGES; i++) {
    producers[i % producers.length]!.write(message);
    if (i % 10 === 9) for (const consumer of consumers) consumer.poll(handle);
  }
}

/** Takes a little longer each time, so that the counts are spread. */
function handle(): void {
  const untilNs = systemClock().monotonicNs() + (turn++ % 20) * 100;
  while (systemClock().monotonicNs() < untilNs);
}
