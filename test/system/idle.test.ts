import assert from 'node:assert/strict';
import { setTimeout as later } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { Producer } from '#src/channel/producer.js';
import type { ChannelShape } from '#src/layout/geometry.js';
import { Segment } from '#src/layout/segment.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory, blocking } from '../kit/temporary-channel.js';
import { asleep, statOf } from './asleep.js';

const SHAPE: ChannelShape = { name: 'calm', type: 'MPMC', capacity: 65_536, messageSizeMax: 8192 };
/** How long processor time is measured: the same for all that are compared. */
const WINDOW_MS = 1000;
/** The same in the kernel's ticks. */
const WINDOW_TICKS = 100;
/** Who sleeps uses at most this part of what who spins uses meanwhile, or would if it had a processor. */
const SHARE_MAX = 0.1;

const LONG_WINDOW_MS = 10_000;
/** 2 % of it: the aim is a twentieth of that, but V8 collects garbage once when a process falls idle. */
const QUIET_TICKS_MAX = 20;

const READERS = ['subscribe', 'iterate', 'wait'] as const;
const WRITERS = ['write', 'writeAsync'] as const;

function idler(t: TestContext, directory: string, way: string): TestProcess {
  return startProcess(t, script(import.meta.url, './actors/idler.js'), [directory, way]);
}

function endpoints(
  t: TestContext,
  directory: string,
): { producer: () => Producer; consumer: (name?: string) => Consumer } {
  return {
    producer: () => {
      const segment = Segment.openOrCreate(directory, SHAPE, { ringWritable: true });
      const producer = new Producer(segment, { service: 'test', timestamps: true, backpressure: blocking(1000) });
      t.after(() => producer.close());
      return producer;
    },
    consumer: (name = 'test_reader') => {
      const consumer = new Consumer(Segment.openOrCreate(directory, SHAPE, { ringWritable: false }), {
        name,
        from: 'latest',
      });
      t.after(() => consumer.close());
      return consumer;
    },
  };
}

describe('who waits, sleeps', () => {
  for (const way of [...READERS, ...WRITERS]) {
    it(`${way}: next to no processor time, against a process that spins; and it wakes`, async (t) => {
      const [calm, busy] = [temporaryDirectory(t), temporaryDirectory(t)];
      const { producer, consumer } = endpoints(t, calm);
      const gate = way.startsWith('write') ? consumer() : undefined;
      const waiter = idler(t, calm, way);
      const spinner = idler(t, busy, 'spin');
      await Promise.all([waiter.line('waiting'), spinner.line('waiting')]);
      await asleep(waiter);
      const before = [waiter, spinner].map((process) => statOf(process).ticks);
      await later(WINDOW_MS);
      const [slept = 0, spun = 0] = [waiter, spinner].map((process, n) => statOf(process).ticks - before[n]!);
      t.diagnostic(`${way}: ${slept} ticks asleep, ${spun} ticks spinning`);
      assert.ok(spun > 10, `the spinning process must have run: ${spun} ticks`);
      // on a busy machine the spinning one gets less than its processor: the window is the measure then
      const most = Math.max(spun, WINDOW_TICKS) * SHARE_MAX;
      assert.ok(slept <= most, `${slept} ticks asleep, ${spun} ticks spinning`);
      assert.equal(waiter.exit, undefined);
      assert.ok(!waiter.lines.includes('woke'), 'nothing woke it yet');
      if (gate === undefined) producer().write(new Uint8Array(8));
      else gate.poll(() => {}, Infinity);
      await waiter.line('woke');
      await waiter.succeeded();
    });
  }

  it('and every sleeper wakes for every message, many times over, also when all sleep in different ways', async (t) => {
    const directory = temporaryDirectory(t);
    const producer = endpoints(t, directory).producer();
    for (let round = 0; round < 3; round++) {
      const sleepers = READERS.map((way) => idler(t, directory, way));
      await Promise.all(sleepers.map((process) => process.line('waiting')));
      await Promise.all(sleepers.map(asleep));
      producer.write(new Uint8Array(8));
      await Promise.all(sleepers.map((process) => process.succeeded()));
    }
  });
});

describe('a process in which nothing happens', () => {
  it('uses next to no processor time, also where it must look for dead claims by itself', async (t) => {
    const directory = temporaryDirectory(t);
    const sleepers = READERS.map((way) => idler(t, directory, way));
    await Promise.all(sleepers.map((process) => process.line('waiting')));
    await Promise.all(sleepers.map(asleep));
    const before = sleepers.map((process) => statOf(process).ticks);
    await later(LONG_WINDOW_MS);
    for (const [n, way] of READERS.entries()) {
      const ticks = statOf(sleepers[n]!).ticks - before[n]!;
      t.diagnostic(`${way}: ${ticks} ticks of 10 ms in ${LONG_WINDOW_MS / 1000} s`);
      assert.ok(ticks <= QUIET_TICKS_MAX, `${way}: ${ticks} ticks`);
    }
  });
});

describe('a producer that sleeps because of a consumer', () => {
  for (const way of WRITERS) {
    it(`goes on when that consumer is killed (${way})`, async (t) => {
      const directory = temporaryDirectory(t);
      const stalled = idler(t, directory, 'wait');
      await stalled.line('waiting');
      stalled.signal('SIGSTOP'); // or it would read what is written
      const writer = idler(t, directory, way);
      await writer.line('waiting');
      await asleep(writer);
      assert.ok(!writer.lines.includes('woke'), 'it waits for a consumer that is stopped, but alive');
      await stalled.kill();
      await writer.line('woke');
      await writer.succeeded();
    });
  }
});
