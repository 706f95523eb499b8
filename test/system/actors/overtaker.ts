/*
 * A producer of channel `test` that never waits. Arguments: directory, service, count, seed. Each message: its number (u32),
 * the seed of its producer (u32), a filling that both decide, of 8 to some 1,500 bytes, and a CRC32 of all that (u32). Says
 * `wrote` and how many.
 */
import { writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';
import { randomSource } from '../../kit/random.js';

const [directory = '', service = 'writer', count = '1', seed = '1'] = process.argv.slice(2);
const segment = Segment.openExisting(directory, 'test', { ringWritable: true })!;
const producer = new Producer(segment, { service, timestamps: true, timeoutMs: 10_000 });
const random = randomSource(Number(seed));
const message = Buffer.alloc(2048);
for (let n = 0; n < Number(count); n++) {
  const length = 20 + random(1500);
  message.writeUInt32LE(n, 0);
  message.writeUInt32LE(Number(seed), 4);
  message.fill((n * 31 + Number(seed)) & 0xff, 8, length - 4);
  message.writeUInt32LE(crc32(message.subarray(0, length - 4)), length - 4);
  producer.write(message.subarray(0, length));
  if (n % 5000 === 0) await nextTurn();
}
writeSync(1, `wrote ${count}\n`);
