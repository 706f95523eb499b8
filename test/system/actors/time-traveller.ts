/*
 * An endpoint of channel `test` whose wall clock is set while it runs. Arguments: directory, role. `wait`: says after how
 * long a wait of 300 ms ended, `waited MS`, and how late the wall clock is by then, `shifted SECONDS`. `write`: says how
 * long a write to a full ring took before it gave up. `read`: says the latencies, in ms, of the messages it gets, one
 * each line: `latency MS`.
 */
import { writeSync } from 'node:fs';
import { setTimeout as later } from 'node:timers/promises';
import { Consumer } from '#src/channel/consumer.js';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';
import { numbered, blocking } from '../../kit/temporary-channel.js';

const [directory = '', role = 'wait'] = process.argv.slice(2);
const say = (line: string): void => void writeSync(1, `${line}\n`);
const wall = Date.now();
const start = process.hrtime.bigint();
const elapsedMs = (since: bigint): number => Number(process.hrtime.bigint() - since) / 1e6;

const segment = Segment.openExisting(directory, 'test', { ringWritable: role === 'write' })!;
if (role === 'write') {
  const producer = new Producer(segment, { service: 'traveller', timestamps: true, backpressure: blocking(900) });
  while (producer.tryWrite(numbered(0, 1000)) >= 0);
  const began = process.hrtime.bigint();
  try {
    producer.write(numbered(0, 1000));
  } catch {
    say(`waited ${elapsedMs(began)}`);
  }
} else {
  const consumer = new Consumer(segment, { name: 'traveller', from: 'latest' });
  say('attached');
  if (role === 'wait') {
    const began = process.hrtime.bigint();
    consumer.waitSync(900);
    say(`waited ${elapsedMs(began)}`);
  } else {
    await later(700);
    for (let n = 0; n < 3; n++) {
      consumer.waitSync(5000);
      consumer.poll((message) => say(`latency ${message.totalLatencyNs / 1e6}`));
    }
  }
}
say(`shifted ${Math.round((Date.now() - wall - elapsedMs(start)) / 1000)}`);
