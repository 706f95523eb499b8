/*
 * An endpoint of channel `test` that waits by a given strategy. Arguments: directory, way, strategy.
 *
 * Readers (`wait`, `subscribe`, `iterate`, `pollOnTurns`, `pollOnTimer`) say `waiting`, then `got` and the sequence of each
 * message, and `lost 1` when a record was repaired, and end then. `wait` says `over` first, when a first short wait is.
 * Writers (`write`, `writeAsync`) fill the ring, say `over` when a first short wait is, then `waiting` and `wrote`.
 */
import { writeSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as later } from 'node:timers/promises';
import { BACKPRESSURE, BusError } from 'alphapulse-bus';
import { Consumer } from '#src/channel/consumer.js';
import type { IdleStrategy } from '#src/channel/idle.js';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';
import { PATIENCE_MS } from '../../kit/processes.js';

const [directory = '', way = 'wait', strategy = 'park'] = process.argv.slice(2);
const idle = strategy as IdleStrategy;
const SHORT_MS = 30;
const LOOK_MS = 5;
const say = (line: string): void => void writeSync(1, `${line}\n`);
const got = ({ sequence }: { sequence: number }): void => say(`got ${sequence}`);
const segmentOf = (ringWritable: boolean): Segment => Segment.openExisting(directory, 'test', { ringWritable })!;

async function read(): Promise<void> {
  const consumer = new Consumer(segmentOf(false), { name: 'waiter', from: 'latest', idle });
  if (way === 'wait' && !consumer.waitSync(SHORT_MS)) say('over');
  say('waiting');
  if (way === 'subscribe') await subscribe(consumer);
  else if (way === 'iterate') await iterate(consumer);
  else {
    while (consumer.lost === 0) {
      if (way === 'wait') consumer.waitSync();
      else if (way === 'pollOnTurns') await nextTurn();
      else await later(10);
      consumer.poll(got);
    }
  }
  say(`lost ${consumer.lost}`);
  consumer.close();
}

/** A repaired record is delivered to nobody: somebody else has to see that it was lost. */
function whenLost(consumer: Consumer, act: () => void): void {
  const timer = setInterval(() => {
    if (consumer.lost === 0) return;
    clearInterval(timer);
    act();
  }, LOOK_MS);
}

async function subscribe(consumer: Consumer): Promise<void> {
  const stop = new AbortController();
  whenLost(consumer, () => stop.abort());
  await consumer.subscribe(got, { signal: stop.signal });
}

async function iterate(consumer: Consumer): Promise<void> {
  whenLost(consumer, () => consumer.close());
  for await (const message of consumer) got(message);
}

async function write(): Promise<void> {
  const message = new Uint8Array(1000);
  const opened = (timeoutMs: number): Producer =>
    new Producer(segmentOf(true), { service: 'waiter', timestamps: true, timeoutMs, idle });
  const attempt = async (producer: Producer): Promise<unknown> =>
    way === 'write' ? producer.write(message) : producer.writeAsync(message);
  const hasty = opened(SHORT_MS);
  while (hasty.tryWrite(message) !== BACKPRESSURE);
  try {
    await attempt(hasty);
  } catch (error) {
    if (!BusError.is(error, 'ERR_BACKPRESSURE')) throw error;
    say('over');
  }
  hasty.close();
  const patient = opened(PATIENCE_MS);
  say('waiting');
  await attempt(patient);
  say('wrote');
  patient.close();
}

await (way.startsWith('write') ? write() : read());
