/*
 * A consumer of channel `test` that waits in one of the ways of the bus. Arguments: directory, way (`poll`, `wait`,
 * `subscribe`, `iterate`), count. Says `attached`, `got` and the sequence of each message, and, after `count` of them,
 * `lost` and how many.
 */
import { writeSync } from 'node:fs';
import { Consumer } from '#src/channel/consumer.js';
import { Segment } from '#src/layout/segment.js';

const [directory = '', way = 'poll', count = '1'] = process.argv.slice(2);
const segment = Segment.openExisting(directory, 'test', { ringWritable: false })!;
const consumer = new Consumer(segment, { name: `${way}-reader`, from: 'oldest' });
const say = (line: string): void => void writeSync(1, `${line}\n`);
let left = Number(count);

function take({ sequence }: { sequence: number }): void {
  say(`got ${sequence}`);
  left -= 1;
}

say('attached');
if (way === 'subscribe') {
  const enough = new AbortController();
  const handler = (message: { sequence: number }): void => {
    take(message);
    if (left === 0) enough.abort();
  };
  await consumer.subscribe(handler, { signal: enough.signal });
} else if (way === 'iterate') {
  for await (const message of consumer) {
    take(message);
    if (left === 0) break;
  }
} else {
  while (left > 0) {
    if (way === 'wait') consumer.waitSync();
    consumer.poll(take);
  }
}
say(`lost ${consumer.lost}`);
