/*
 * A consumer of channel `test` that comes to a dead claim, and is killed, as by SIGKILL from outside, before one of its
 * stores or swaps after it attached. Arguments: directory, and before which, counted from 0. Says `passed` when it lived
 * to pass the claim.
 */
import { writeSync } from 'node:fs';
import { Consumer } from '#src/channel/consumer.js';
import { Segment } from '#src/layout/segment.js';
import { MappedBuffer } from '#src/memory/mapped-buffer.js';

const [directory = '', storesToLive = '0'] = process.argv.slice(2);
const segment = Segment.openExisting(directory, 'test', { ringWritable: false })!;
const consumer = new Consumer(segment, { name: 'repairer', from: 'oldest' });
let left = Number(storesToLive);

function count(): void {
  if (left-- === 0) process.kill(process.pid, 'SIGKILL');
}

for (const store of ['putInt32', 'putFloat64', 'storeRelease', 'storeFloat64Release', 'storeVolatile'] as const) {
  const original = MappedBuffer.prototype[store];
  MappedBuffer.prototype[store] = function (this: MappedBuffer, offset: number, value: number): void {
    count();
    original.call(this, offset, value);
  };
}
// oxlint-disable-next-line typescript/unbound-method -- called with `.call` only
const swap = MappedBuffer.prototype.compareAndSwap64;
MappedBuffer.prototype.compareAndSwap64 = function (this: MappedBuffer, ...words): boolean {
  count();
  return swap.call(this, ...words);
};

while (consumer.lost === 0) {
  consumer.waitSync();
  consumer.poll(() => {});
}
writeSync(1, 'passed\n');
consumer.close();
