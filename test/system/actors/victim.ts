/*
 * A producer of channel `test` that is going to be killed, most likely inside a claim: it fills claims slowly, and writes
 * now and then. Messages say whose they are (a number) and count from 0. Says the number of each message that was
 * accepted. Arguments: directory, number.
 */
import { writeSync } from 'node:fs';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';
import { loadNative } from '#src/platform/load-native.js';
import { numbered, blocking } from '../../kit/temporary-channel.js';

const [directory = '', life = '0'] = process.argv.slice(2);
const segment = Segment.openExisting(directory, 'test', { ringWritable: true })!;
const producer = new Producer(segment, { service: 'victim', timestamps: true, backpressure: blocking(30_000) });

function accept(message: Uint8Array, n: number): boolean {
  if (n % 5 === 0) return producer.write(message) >= 0;
  const claim = producer.tryClaim(message.length);
  if (claim === undefined) return producer.write(message) >= 0;
  for (let byte = 0; byte < message.length; byte++) {
    claim.buffer[claim.offset + byte] = message[byte]!;
    loadNative().pause(20);
  }
  return claim.commit() >= 0;
}

for (let n = 0; ; n++) {
  const message = numbered(n, 8 + ((n * 37) % 200));
  new DataView(message.buffer).setUint32(4, Number(life), true);
  accept(message, n);
  writeSync(1, `${n}\n`);
}
