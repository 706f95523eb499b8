/*
 * Creates channels on a file system that is one page short, two pages short, ... Arguments: a mounted, small file
 * system, the most pages to be short of. Says what came of each, as JSON; ends with 0 if it lived.
 */
import { mkdirSync, readdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BusError, type ChannelType } from 'alphapulse-bus';
import { Producer } from '#src/channel/producer.js';
import { fileBytes, segmentSizes } from '#src/layout/geometry.js';
import { segmentPath, takeoverPath } from '#src/layout/directory.js';
import { Segment } from '#src/layout/segment.js';
import { blocking } from '../../kit/temporary-channel.js';

const [root = '', most = '64'] = process.argv.slice(2);
const PAGE = 4096;
const directory = join(root, 'bus');
const filler = join(root, 'filler');
mkdirSync(directory, { mode: 0o700 });
writeFileSync(filler, '');

/** Leaves exactly so many pages free. */
function leaveFree(pages: number): void {
  truncateSync(filler, 0);
  const free = statfsSync(root).bfree;
  writeFileSync(filler, Buffer.alloc((free - pages) * PAGE));
}

/** Creates the channel, touches every page of it, and removes it; or says what went wrong. */
function create(type: ChannelType): string {
  const shape = { name: 'tight', type, capacity: 262_144, messageSizeMax: 8192 };
  try {
    const segment = Segment.openOrCreate(directory, shape, { ringWritable: true });
    const producer = new Producer(segment, { service: 'me', timestamps: true, backpressure: blocking(1) });
    for (let n = 0; n < 200; n++) producer.write(new Uint8Array(4000).fill(n));
    producer.close();
    rmSync(segmentPath(directory, 'tight'));
    rmSync(takeoverPath(directory, 'tight'), { force: true });
    return 'made';
  } catch (error) {
    if (!BusError.is(error)) throw error;
    return `${error.code} ${error.message}`;
  }
}

for (const type of ['SPSC', 'MPMC'] as const) {
  const needed = fileBytes(segmentSizes(type, 262_144)) / PAGE;
  for (let short = Number(most); short >= 0; short--) {
    leaveFree(needed - short);
    const outcome = create(type);
    const files = readdirSync(directory).filter((name) => name !== '.lock');
    console.log(
      JSON.stringify({ type, short, outcome, files, free: statfsSync(root).bfree, expectedFree: needed - short }),
    );
  }
}
