import type { BackpressureConfig, Consumer, MessageBus, MessageView, Producer } from 'alphapulse-bus';
import { Consumer as BareConsumer } from '#src/channel/consumer.js';
import { hasClaims } from '#src/layout/geometry.js';
import { Segment } from '#src/layout/segment.js';
import { MultiProducerRing } from '#src/ring/multi-producer.js';
import type { ProducerRing } from '#src/ring/producer-ring.js';
import { SingleProducerRing } from '#src/ring/single-producer.js';
import { nowNs, runWorker, spinUntil } from '../run/worker.js';
import { median } from '../statistics/spread.js';
import { openBus, type BenchChannel } from './channel.js';

/** The modes of backpressure, and the ring without any producer around it. */
export const SUBJECTS = [
  'ring alone',
  'BlockProducer',
  'DropNewest',
  'DropOldest',
  'AdaptiveThrottle',
  'CircuitBreaker',
] as const;
export type Subject = (typeof SUBJECTS)[number];

export interface ModesSettings {
  readonly directory: string;
  readonly channel: Pick<BenchChannel, 'type' | 'ringBytes' | 'messageBytes'>;
  readonly timestamps: boolean;
  readonly warmupNs: number;
  readonly measureNs: number;
}

/** Of each subject the median of one call of `write`, ns. */
export type ModesResult = Readonly<Record<Subject, number>>;

/** Calls that are timed together. */
const BATCH = 128;

/*
 * All subjects are in one process and take turns, a batch each: so they run the same compiled code, on the same processor,
 * at the same time, and what is between them is the modes.
 */

interface Lane {
  readonly subject: Subject;
  readonly producer: Producer | undefined;
  readonly consumer: Consumer;
  readonly samples: number[];
}

// Two loops, so that each calls one thing.
function writeBatch(producer: Producer, message: Uint8Array): void {
  for (let n = 0; n < BATCH; n++) producer.write(message);
}

function writeToRing(ring: ProducerRing, message: Uint8Array): void {
  for (let n = 0; n < BATCH; n++) ring.tryWrite(message);
}

function openRing(directory: string, { type, ringBytes, messageBytes }: ModesSettings['channel'], timestamps: boolean) {
  const shape = { name: 'alone', type, capacity: ringBytes, messageSizeMax: Math.max(messageBytes, 64) };
  const segment = Segment.openOrCreate(directory, shape, { ringWritable: true });
  const consumer = new BareConsumer(Segment.openOrCreate(directory, shape, { ringWritable: false }), {
    name: 'consumer',
    from: 'oldest',
  });
  const ring = hasClaims(type)
    ? new MultiProducerRing(segment, 0, timestamps)
    : new SingleProducerRing(segment, 0, 0, timestamps);
  return { ring, consumer };
}

await runWorker<ModesSettings>(async ({ directory, channel, timestamps, warmupNs, measureNs }) => {
  const modes = SUBJECTS.filter((subject) => subject !== 'ring alone');
  const channels = modes.map((mode): BenchChannel => ({
    ...channel,
    directory,
    name: mode.toLowerCase(),
    backpressure: { mode } satisfies BackpressureConfig,
  }));
  const [writing, reading]: [MessageBus, MessageBus] = [
    await openBus('producer', channels),
    await openBus('consumer', channels),
  ];
  const alone = openRing(directory, channel, timestamps);
  const lanes: Lane[] = [
    { subject: 'ring alone', producer: undefined, consumer: alone.consumer, samples: [] },
    ...modes.map((subject): Lane => {
      const name = subject.toLowerCase();
      const consumer = reading.consumer(name, { from: 'oldest' });
      return { subject, producer: writing.producer(name, { timestamps }), consumer, samples: [] };
    }),
  ];
  const message = new Uint8Array(channel.messageBytes);
  let seen = 0;
  const handler = (view: MessageView): void => void (seen += view.length);

  return async ({ startNs }): Promise<ModesResult> => {
    const fromNs = startNs + warmupNs;
    const endNs = fromNs + measureNs;
    spinUntil(startNs);
    for (let now = startNs, turn = 0; now < endNs; turn++) {
      const { producer, consumer, samples } = lanes[turn % lanes.length]!;
      const before = nowNs();
      if (producer === undefined) writeToRing(alone.ring, message);
      else writeBatch(producer, message);
      now = nowNs();
      if (before >= fromNs) samples.push((now - before) / BATCH);
      for (let polled = 0; polled < BATCH;) polled += consumer.poll(handler);
    }
    if (seen === 0) throw new Error('nothing came');
    await writing.close();
    await reading.close();
    return Object.fromEntries(lanes.map(({ subject, samples }) => [subject, median(samples)])) as Record<
      Subject,
      number
    >;
  };
});
