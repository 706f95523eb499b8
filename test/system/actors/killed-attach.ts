/*
 * Attaches as consumer `me` with `resume`, and is killed, as by SIGKILL from outside, before one of its stores into the
 * control region. Arguments: directory, and before which store, counted from 0. Says `attached` when it lived to see it.
 */
import { writeSync } from 'node:fs';
import { Consumer } from '#src/channel/consumer.js';
import { Segment } from '#src/layout/segment.js';
import { MappedBuffer } from '#src/memory/mapped-buffer.js';

const [directory = '', storesToLive = '0'] = process.argv.slice(2);
const segment = Segment.openExisting(directory, 'test', { ringWritable: false })!;
let left = Number(storesToLive);

for (const store of ['putInt32', 'putFloat64', 'storeRelease', 'storeFloat64Release', 'storeVolatile'] as const) {
  const original = MappedBuffer.prototype[store];
  MappedBuffer.prototype[store] = function (this: MappedBuffer, offset: number, value: number): void {
    if (this === segment.control && left-- === 0) process.kill(process.pid, 'SIGKILL');
    original.call(this, offset, value);
  };
}

const consumer = new Consumer(segment, { name: 'me', from: 'resume' });
writeSync(1, 'attached\n');
consumer.close();
