/*
 * An endpoint of channel `test` whose wall clock is set while it runs. Arguments: directory, role. Says `began` when it is
 * time for that, and in the end how late the wall clock is by then, `shifted SECONDS`. Between them `waited MS`, which is how
 * long it took
 *
 * - `wait`: a consumer that waits for 900 ms
 * - `write`: until a write to a full ring gave up, with a time-out of 900 ms
 * - `breaker`: until a breaker that opened let a write through, with a recovery time of 900 ms
 * - `throttle`: three writes that are held back for 300 ms each
 *
 * or, for `read`, the latencies of the messages it gets in ms, one each line: `latency MS`.
 */
import { writeSync } from 'node:fs';
import { setTimeout as later } from 'node:timers/promises';
import { DEFAULT_WATER_MARKS, type BackpressureSettings } from '#src/channel/backpressure/settings.js';
import { Consumer } from '#src/channel/consumer.js';
import { Producer } from '#src/channel/producer.js';
import { Segment } from '#src/layout/segment.js';
import { BusError } from '#src/platform/bus-error.js';
import { CIRCUIT_OPEN } from '#src/ring/codes.js';
import { numbered, blocking } from '../../kit/temporary-channel.js';

const [directory = '', role = 'wait'] = process.argv.slice(2);
const say = (line: string): void => void writeSync(1, `${line}\n`);
const wall = Date.now();
const start = process.hrtime.bigint();
const elapsedMs = (since: bigint): number => Number(process.hrtime.bigint() - since) / 1e6;
const big = numbered(0, 1000);
const open = (ringWritable: boolean): Segment => Segment.openExisting(directory, 'test', { ringWritable })!;

function producer(backpressure: BackpressureSettings): Producer {
  return new Producer(open(true), { service: 'traveller', timestamps: true, backpressure });
}

function fillTo(writer: Producer, utilization: number): void {
  while (writer.utilization < utilization && writer.tryWrite(big) >= 0);
}

async function timed(work: () => void | Promise<void>): Promise<void> {
  say('began');
  const began = process.hrtime.bigint();
  await work();
  say(`waited ${elapsedMs(began)}`);
}

const ROLES: Record<string, () => Promise<void>> = {
  wait: () => {
    const consumer = new Consumer(open(false), { name: 'traveller', from: 'latest' });
    return timed(() => void consumer.waitSync(900));
  },
  write: () => {
    const writer = producer(blocking(900));
    fillTo(writer, 1);
    return timed(() => {
      try {
        writer.write(big);
      } catch (error) {
        if (!BusError.is(error, 'ERR_BACKPRESSURE')) throw error;
      }
    });
  },
  breaker: () => {
    const times = { failureThreshold: 1, failureWindowMs: 1000, recoveryTimeoutMs: 900 };
    const writer = producer({ mode: 'CircuitBreaker', ...times, ...DEFAULT_WATER_MARKS });
    fillTo(writer, 1);
    return timed(async () => {
      while (writer.tryWrite(big) === CIRCUIT_OPEN) await later(1);
    });
  },
  throttle: () => {
    const delays = { minDelayUs: 300_000, maxDelayUs: 300_000 };
    const writer = producer({ mode: 'AdaptiveThrottle', timeoutMs: 10_000, ...delays, ...DEFAULT_WATER_MARKS });
    fillTo(writer, 0.85);
    return timed(() => {
      for (let n = 0; n < 3; n++) writer.write(big);
    });
  },
  read: async () => {
    const consumer = new Consumer(open(false), { name: 'traveller', from: 'latest' });
    say('began');
    for (let seen = 0; seen < 3; consumer.waitSync(5000))
      seen += consumer.poll((message) => say(`latency ${message.totalLatencyNs / 1e6}`));
  },
};

await ROLES[role]!();
say(`shifted ${Math.round((Date.now() - wall - elapsedMs(start)) / 1000)}`);
