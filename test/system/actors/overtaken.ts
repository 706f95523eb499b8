/*
 * A consumer of channel `test` that is overtaken. Arguments: directory, name, how many turns of a loop it idles after each
 * message. Checks each message, their order, and that what is missing is what it counts as lost. Says `attached`; when it
 * is told to `end`, reads to the end and says `end`, then delivered, lost, and the sequence it stands at.
 */
import { writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { Segment } from '#src/layout/segment.js';
import type { MessageView } from '#src/ring/message-view.js';
import { commands } from '../../kit/processes.js';

const [directory = '', name = 'reader', idle = '0'] = process.argv.slice(2);
const segment = Segment.openExisting(directory, 'test', { ringWritable: false })!;
const policy = { ...DEFAULT_POLICY, gating: false };
const consumer = new Consumer(segment, { name, from: 'oldest', policy });
const last = new Map<number, number>();
let next = consumer.sequence;
const start = next;
let delivered = 0;
let missed = 0;
let isEnding = false;

function take({ bytes, sequence }: MessageView): void {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sum = message.readUInt32LE(message.length - 4);
  if (crc32(message.subarray(0, -4)) !== sum) throw new Error(`message ${sequence} is torn`);
  const [n, producer] = [message.readUInt32LE(0), message.readUInt32LE(4)];
  if (n <= (last.get(producer) ?? -1)) throw new Error(`message ${n} of ${producer} after ${last.get(producer)}`);
  last.set(producer, n);
  if (sequence < next) throw new Error(`sequence ${sequence} after ${next - 1}`);
  missed += sequence - next;
  next = sequence + 1;
  delivered += 1;
  for (let turn = 0; turn < Number(idle); turn++);
}

void (async () => {
  for await (const command of commands()) if (command === 'end') isEnding = true;
})();
writeSync(1, 'attached\n');
while (!isEnding) {
  consumer.poll(take, 256);
  await nextTurn();
}
while (consumer.poll(take) > 0);
missed += consumer.sequence - next;
if (missed !== consumer.lost) throw new Error(`${missed} are missing, ${consumer.lost} are counted`);
writeSync(1, `end ${delivered} ${consumer.lost} ${consumer.sequence - start}\n`);
process.exit(0);
