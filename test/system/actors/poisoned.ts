/*
 * A consumer `reader` of channel `test` that sets messages aside and dies at some. Arguments: directory, the number of the
 * message at which it dies, how often a message may fail, count. Says `got` and the number of each, `done` after `count`.
 */
import { writeSync } from 'node:fs';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { Segment } from '#src/layout/segment.js';
import { numberOf } from '../../kit/temporary-channel.js';

const [directory = '', bad = '', quarantineAfter = '3', count = '1'] = process.argv.slice(2);
const segment = Segment.openExisting(directory, 'test', { ringWritable: false })!;
const policy = { ...DEFAULT_POLICY, quarantineAfter: Number(quarantineAfter) };
const consumer = new Consumer(segment, { name: 'reader', from: 'resume', policy });
const say = (line: string): void => void writeSync(1, `${line}\n`);
let left = Number(count);

while (left > 0) {
  consumer.waitSync(1000);
  consumer.poll(({ buffer, offset, length }) => {
    const n = numberOf(buffer, offset, length);
    if (n === Number(bad)) process.kill(process.pid, 'SIGKILL');
    say(`got ${n}`);
    left -= 1;
  });
}
say('done');
