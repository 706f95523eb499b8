import { systemClock } from '#src/platform/clock.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { DEFAULT_WATER_MARKS } from '#src/channel/backpressure/settings.js';
import { Consumer } from '#src/channel/consumer.js';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';

/*
 * A process that has many channels with many endpoints, each of which has timed messages, and keeps them attached until its
 * standard input ends: what `apbus serve` is measured with. For each piece of input all of them go on for a while, so that no figure
 * is as it was at the last scrape.
 */

const [directory = '', channels = '', endpoints = ''] = process.argv.slice(2);
const CAPACITY = 65_536;
const MESSAGES = 200;
let turn = 0;
const message = new Uint8Array(64);
const backpressure = { mode: 'DropOldest', timeoutMs: 0, ...DEFAULT_WATER_MARKS } as const;

const exchanges = Array.from({ length: Number(channels) }, (_, i) => open(`channel-${i}`, Number(endpoints)));
for (const exchange of exchanges) exchange(MESSAGES);
process.stdout.write('ready\n');
process.stdin.on('data', () => {
  for (const exchange of exchanges) exchange(MESSAGES / 10);
  process.stdout.write('done\n');
});
process.stdin.on('end', () => process.exit());

/** Half of the endpoints are producers. Answers what has all of them write and read, each of its messages timed. */
function open(name: string, count: number): (messages: number) => void {
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
  return (messages) => {
    for (let i = 0; i < messages; i++) {
      producers[i % producers.length]!.write(message);
      if (i % 10 === 9) for (const consumer of consumers) consumer.poll(handle);
    }
  };
}

/** Takes a little longer each time, so that the counts are spread. */
function handle(): void {
  const untilNs = systemClock().monotonicNs() + (turn++ % 20) * 100;
  while (systemClock().monotonicNs() < untilNs);
}
