/*
 * A consumer that is made to be killed: resumes and says `seen N` inside the handler, for every message. With `stall`
 * it reads nothing, and says `full` when the ring is. Arguments: directory, type, [stall].
 */
import { writeSync } from 'node:fs';
import { MessageBus, type ChannelType } from 'alphapulse-bus';
import { ORDER_CHANNEL, orderConfig } from '../order-channel.js';

const [directory = '', type = 'SPSC', stall] = process.argv.slice(2);
const RING_BYTES = 256 * 1024;
const bus = await MessageBus.open({ service: 'consumer_0', directory, config: orderConfig(type as ChannelType) });
const consumer = bus.consumer(ORDER_CHANNEL, { from: 'resume' });
writeSync(1, `attached ${consumer.sequence}\n`);
if (stall === undefined) {
  for (;;) {
    consumer.waitSync(1000);
    consumer.poll((message) => writeSync(1, `seen ${message.sequence}\n`), 10);
  }
}
// Within one of the longest records of the end, no further message may fit.
while (consumer.lag.bytes < RING_BYTES - 4096) consumer.waitSync(1);
writeSync(1, 'full\n');
for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
