/*
 * Creates, attaches to, uses, closes and removes one channel over and over, until it is killed. Arguments: directory,
 * channel type, seed, and whether it removes the segment now and then. Says `turn` at the first turn.
 */
import { rmSync } from 'node:fs';
import { BusError } from 'alphapulse-bus';
import { Consumer } from '#src/channel/consumer.js';
import { Producer } from '#src/channel/producer.js';
import type { ChannelType } from '#src/layout/schema.js';
import { Segment } from '#src/layout/segment.js';
import { segmentPath } from '#src/layout/directory.js';
import { lifecycleShape } from '../lifecycle-channel.js';
import { randomSource } from '../../kit/random.js';
import { blocking } from '../../kit/temporary-channel.js';

const [directory = '', type = 'MPMC', seed = '0', removes = 'no'] = process.argv.slice(2);
const random = randomSource(Number(seed));
const shape = lifecycleShape(type as ChannelType);
/** What peers that hold the one place, or that remove the file under our hands, may cause. */
const EXPECTED = ['ERR_PRODUCER_TAKEN', 'ERR_CONSUMER_TAKEN', 'ERR_SLOTS_EXHAUSTED', 'ERR_BACKPRESSURE'];

function isExpected(error: unknown): boolean {
  if (!BusError.is(error)) return false;
  return EXPECTED.includes(error.code) || /was removed while it was being created/.test(error.message);
}

function turn(): void {
  const produces = random(2) === 0;
  let segment: Segment | undefined;
  try {
    segment = Segment.openOrCreate(directory, shape, { ringWritable: produces });
    if (produces) produce(segment);
    else consume(segment);
  } catch (error) {
    segment?.close();
    if (!isExpected(error)) throw error;
  }
}

function produce(segment: Segment): void {
  const producer = new Producer(segment, { service: `maker_${seed}`, timestamps: true, backpressure: blocking(5) });
  for (let n = random(20); n > 0; n--) producer.tryWrite(new Uint8Array(1 + random(900)));
  producer.close();
}

function consume(segment: Segment): void {
  const from = (['latest', 'oldest', 'resume'] as const)[random(3)]!;
  const consumer = new Consumer(segment, { name: `taker_${random(4)}`, from });
  consumer.poll(() => {}, random(50));
  consumer.close();
}

for (let n = 0; ; n++) {
  turn();
  if (n === 0) console.log('turn');
  if (removes === 'yes' && random(3) === 0) rmSync(segmentPath(directory, shape.name), { force: true });
}
