/*
 * Takes a place in one of several ways, and is killed, as by SIGKILL from outside, before one of its stores into the
 * control region. Arguments: directory, before which store, counted from 0, and the way:
 *
 *   attach   as consumer `me`, with `resume`
 *   keep     makes the slot of a consumer `me` that is to get everything
 *   evicted  as consumer `me` that was evicted, and overtaken by 2,000 messages
 *
 * Says `attached` when it lived to see it.
 */
import { writeSync } from 'node:fs';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { keepSlots } from '#src/channel/kept-slot.js';
import { Producer } from '#src/channel/producer.js';
import { Reaper } from '#src/channel/reaper.js';
import { Segment } from '#src/layout/segment.js';
import { MappedBuffer } from '#src/memory/mapped-buffer.js';
import { numbered, blocking } from '../../kit/temporary-channel.js';

const [directory = '', storesToLive = '0', way = 'attach'] = process.argv.slice(2);
const segment = Segment.openExisting(directory, 'test', { ringWritable: false })!;
let left = Infinity;

for (const store of ['putInt32', 'putFloat64', 'storeRelease', 'storeFloat64Release', 'storeVolatile'] as const) {
  const original = MappedBuffer.prototype[store];
  MappedBuffer.prototype[store] = function (this: MappedBuffer, offset: number, value: number): void {
    if (this === segment.control && left-- === 0) process.kill(process.pid, 'SIGKILL');
    original.call(this, offset, value);
  };
}

/** From here on it is killed. */
function arm(): void {
  left = Number(storesToLive);
}

function attach(): void {
  arm();
  const consumer = new Consumer(segment, { name: 'me', from: 'resume' });
  writeSync(1, 'attached\n');
  consumer.close();
}

function keep(): void {
  arm();
  keepSlots(segment, new Map([['me', { ...DEFAULT_POLICY, gating: 'always' as const }]]));
  writeSync(1, 'attached\n');
}

function comeBack(): void {
  const consumer = new Consumer(segment, {
    name: 'me',
    from: 'resume',
    policy: { ...DEFAULT_POLICY, evictAfterMs: 1 },
  });
  const other = Segment.openExisting(directory, 'test', { ringWritable: true })!;
  const reaper = new Reaper(other);
  if (reaper.reap(1e9) + reaper.reap(2e9) !== 1) throw new Error('it was not evicted');
  const producer = new Producer(other, { service: 'writer', timestamps: true, backpressure: blocking(1000) });
  for (let n = 0; n < 2000; n++) producer.write(numbered(n, 200));
  producer.close();
  arm();
  consumer.poll(() => {}, 0);
  writeSync(1, 'attached\n');
  consumer.close();
}

if (way === 'attach') attach();
else if (way === 'keep') keep();
else comeBack();
