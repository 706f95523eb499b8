import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Consumer } from '#src/channel/consumer.js';
import { Producer } from '#src/channel/producer.js';
import { segmentPath } from '#src/layout/directory.js';
import type { ChannelShape } from '#src/layout/geometry.js';
import { recordBytes } from '#src/layout/record.js';
import type { ChannelType } from '#src/layout/schema.js';
import { Segment } from '#src/layout/segment.js';
import { numbered, blocking } from '../../kit/temporary-channel.js';

/** Written before the forgery: nothing, a little, several laps, and laps of equal records that divide the ring. */
export const FILLS = ['empty', 'few', 'laps', 'even'] as const;
export type Fill = (typeof FILLS)[number];

/** A sound segment as bytes, to be forged: one consumer left in order, one died attached, the producer left. */
export interface Base {
  readonly shape: ChannelShape;
  readonly bytes: Buffer;
  /** Where records start that are still in the ring, from the oldest on. */
  readonly records: readonly number[];
  readonly tail: number;
}

export function makeBase(directory: string, type: ChannelType, fill: Fill): Base {
  const shape: ChannelShape = { name: 'forged', type, capacity: 65_536, messageSizeMax: 8192 };
  const home = join(directory, `${type}-${fill}`);
  mkdirSync(home, { mode: 0o700 });
  const open = (ringWritable: boolean): Segment => Segment.openOrCreate(home, shape, { ringWritable });
  const producer = new Producer(open(true), { service: 'writer', timestamps: true, backpressure: blocking(1) });
  const starts: number[] = [];
  let tail = 0;
  const write = (count: number): void => {
    for (let n = 0; n < count; n++) {
      const length = fill === 'even' ? 88 : 1 + ((starts.length * 37) % 900);
      producer.write(numbered(starts.length, Math.max(length, 4)));
      starts.push(tail);
      tail += recordBytes(Math.max(length, 4));
    }
  };
  if (fill === 'laps' || fill === 'even') write(1200);
  const reader = new Consumer(open(false), { name: 'reader', from: 'latest' });
  const dead = new Consumer(open(false), { name: 'dead', from: 'latest' });
  if (fill !== 'empty') write(20);
  reader.poll(() => {}, 10);
  reader.close();
  const path = segmentPath(home, shape.name);
  const bytes = readFileSync(path);
  dead.close();
  producer.close();
  rmSync(home, { recursive: true });
  const whole = starts.filter((start) => start >= tail - shape.capacity + 8192);
  return { shape, bytes, records: whole, tail };
}
