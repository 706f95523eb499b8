import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { TemporaryChannel, numbered } from '../kit/temporary-channel.js';
import { asleep } from './asleep.js';

const STRATEGIES = ['spin', 'yield', 'backoff', 'park'] as const;
const READERS = ['wait', 'subscribe', 'iterate'] as const;
const POLLERS = ['pollOnTurns', 'pollOnTimer'] as const;
const WRITERS = ['write', 'writeAsync'] as const;

async function waiter(
  t: TestContext,
  { directory }: TemporaryChannel,
  way: string,
  idle: string,
): Promise<TestProcess> {
  const process = startProcess(t, script(import.meta.url, './actors/waiter.js'), [directory, way, idle]);
  await process.line('waiting');
  if (idle === 'park') await asleep(process);
  return process;
}

/** Delivers one message, then has a producer die inside a claim behind which nobody writes; the reader must notice. */
async function readsAndRepairs(t: TestContext, way: string, idle: string): Promise<TestProcess> {
  const channel = new TemporaryChannel(t, { type: 'MPMC' });
  const producer = channel.producer();
  const reads = await waiter(t, channel, way, idle);
  producer.write(numbered(1));
  await reads.line('got 0');
  producer.close();
  if (idle === 'park') await asleep(reads);
  const claims = startProcess(t, script(import.meta.url, './actors/claimer.js'), [channel.directory, 'claimant']);
  await claims.line('claimed');
  await claims.kill();
  const killed = performance.now();
  await reads.line('lost 1');
  t.diagnostic(`${way}, ${idle}: noticed ${(performance.now() - killed).toFixed(0)} ms after the death`);
  await reads.succeeded();
  return reads;
}

for (const idle of STRATEGIES) {
  describe(`who waits by ${idle}`, () => {
    for (const way of READERS) {
      it(`${way}: gets messages, ends at its time-out, and repairs a claim that was made and died while it waited`, async (t) => {
        const { lines } = await readsAndRepairs(t, way, idle);
        assert.equal(lines.includes('over'), way === 'wait');
      });
    }

    for (const way of WRITERS) {
      it(`${way}: ends at its time-out, and goes on when the consumer that it waits for is killed`, async (t) => {
        const channel = new TemporaryChannel(t, { type: 'MPMC' });
        channel.observer();
        const reader = await waiter(t, channel, 'wait', 'park');
        reader.signal('SIGSTOP'); // or it would read what is written
        const writes = await waiter(t, channel, way, idle);
        assert.ok(!writes.lines.includes('wrote'));
        await reader.kill();
        const killed = performance.now();
        await writes.line('wrote');
        t.diagnostic(`${way}, ${idle}: went on ${(performance.now() - killed).toFixed(0)} ms after the death`);
        await writes.succeeded();
        assert.deepEqual(writes.lines, ['over', 'waiting', 'wrote']);
      });

      it(`${way}: goes on when there is room`, async (t) => {
        const channel = new TemporaryChannel(t, { type: 'SPSC' });
        const consumer = channel.consumer();
        const writes = await waiter(t, channel, way, idle);
        consumer.poll(() => {}, Infinity);
        await writes.line('wrote');
        await writes.succeeded();
      });
    }
  });
}

describe('who polls now and then', () => {
  for (const way of POLLERS) {
    it(`${way}: repairs a claim that was made and died while it found nothing`, async (t) => {
      await readsAndRepairs(t, way, 'spin'); // a poll never waits
    });
  }
});
