/*
 * An endpoint of channel `test` that dies in a way of its own. Arguments: directory, role (`claim`: a producer inside a
 * claim; `hold`: a consumer that holds everything up), way of dying. Says `ready`, and dies when it is told to `die`.
 */
import { writeSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { Consumer } from '#src/channel/consumer.js';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';
import { commands } from '../../kit/processes.js';
import { blocking } from '../../kit/temporary-channel.js';

const [directory = '', role = 'claim', way = 'exit'] = process.argv.slice(2);
const segment = Segment.openExisting(directory, 'test', { ringWritable: role === 'claim' })!;

if (role === 'claim') {
  const producer = new Producer(segment, { service: 'mortal', timestamps: true, backpressure: blocking(1000) });
  producer.tryClaim(8)!;
} else {
  void new Consumer(segment, { name: 'mortal', from: 'latest' });
}

const WAYS: Record<string, () => void> = {
  exit: () => process.exit(0),
  'uncaught exception': () => {
    throw new Error('nobody catches this');
  },
  'unhandled rejection': () => void Promise.reject(new Error('nor this')),
  abort: () => process.abort(),
  // with a small heap (--max-old-space-size) this is soon over
  'heap limit': () => {
    const kept: object[] = [];
    for (;;) kept.push(Array.from({ length: 1000 }, () => 1));
  },
  // a signal from outside: nothing to do here
  signal: () => {},
  // its child keeps what a child inherits, and outlives it
  'leaving a child': () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
    child.unref();
    writeSync(1, `child ${child.pid}\n`);
  },
};

writeSync(1, `ready ${process.pid}\n`);
for await (const command of commands()) if (command === 'die') WAYS[way]!();
