import assert from 'node:assert/strict';
import { setTimeout as later } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { BACKPRESSURE, MessageBus, type ConsumerPolicyConfig, type Producer } from 'alphapulse-bus';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { countFromEnvironment } from '../kit/random.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { LIVELY, livelyConfig } from './lively-channel.js';

const MESSAGE = new Uint8Array(1000);
/** Consumers that are killed while producers wait for them. */
const KILLS = countFromEnvironment('APBUS_STORM_RUNS', 10);
const FAILURE_TIMEOUT_MS = 150;

interface Scene {
  readonly bus: MessageBus;
  readonly producer: Producer;
  readonly start: () => Promise<TestProcess>;
}

async function scene(t: TestContext, policy: ConsumerPolicyConfig): Promise<Scene> {
  const directory = temporaryDirectory(t);
  const bus = await MessageBus.open({ service: 'feed', config: livelyConfig(policy), directory });
  t.after(() => bus.close());
  const path = script(import.meta.url, './actors/lively.js');
  const start = async (): Promise<TestProcess> => {
    const process = startProcess(t, path, [directory, JSON.stringify(policy), 'hold']);
    await process.line('ready');
    return process;
  };
  return { bus, producer: bus.producer(LIVELY), start };
}

function fill(producer: Producer): number {
  let written = 0;
  while (producer.tryWrite(MESSAGE) !== BACKPRESSURE) written++;
  return written;
}

/** Has it read all there is; how many, which first, and what it has lost. */
async function read(process: TestProcess): Promise<number[]> {
  const from = process.lines.length;
  process.send('read');
  return (await process.line('read', from)).split(' ').slice(1).map(Number);
}

function isGating(bus: MessageBus): boolean {
  return bus.endpoints(LIVELY).find(({ name }) => name === 'reader')?.gating === true;
}

describe('a consumer with a failure_timeout_ms', () => {
  it('loses nothing when it is back within it', async (t) => {
    const { producer, start } = await scene(t, { failureTimeoutMs: 20_000 });
    const first = await start();
    const written = fill(producer);
    await first.kill();
    await assert.rejects(producer.writeAsync(MESSAGE, { timeoutMs: 200 }), /consumer "reader" \(process \d+, dead\)/);
    const second = await start();
    assert.deepEqual(await read(second), [written, 0, 0]);
  });

  it('knows exactly what it lost when it is back later', async (t) => {
    const { bus, producer, start } = await scene(t, { failureTimeoutMs: 300 });
    const first = await start();
    const written = fill(producer);
    await first.kill();
    assert.ok(isGating(bus), 'at first it is kept for');
    for (let n = 0; n < 200; n++) await producer.writeAsync(MESSAGE);
    assert.ok(!isGating(bus));
    const [count = 0, sequence = 0, lost = 0] = await read(await start());
    assert.equal(lost, sequence);
    assert.equal(count + lost, written + 200);
    assert.ok(lost > 0);
  });

  for (const [when, isBlocked] of [
    ['waits for it', true],
    ['has nothing to write', false],
  ] as const) {
    it(`that is killed while a producer ${when} frees it when that time is over`, async (t) => {
      const { producer, start } = await scene(t, { failureTimeoutMs: FAILURE_TIMEOUT_MS });
      const beyond: number[] = [];
      for (let kill = 0; kill < KILLS; kill++) {
        const victim = await start();
        await later(300); // for the beat to have seen that there is a time to be kept
        fill(producer);
        const waiting = isBlocked ? producer.writeAsync(MESSAGE) : undefined;
        await later(isBlocked ? 40 : 0);
        const killed = performance.now();
        await victim.kill();
        if (!isBlocked) await later(Math.max(0, killed + FAILURE_TIMEOUT_MS - performance.now()));
        await (waiting ?? producer.writeAsync(MESSAGE));
        beyond.push(performance.now() - killed - FAILURE_TIMEOUT_MS);
      }
      beyond.sort((a, b) => a - b);
      const figure = (part: number): string => beyond[Math.ceil((beyond.length - 1) * part)]!.toFixed(1);
      t.diagnostic(`${KILLS} kills: freed after failure_timeout_ms + p50 ${figure(0.5)} ms, max ${figure(1)} ms`);
    });
  }
});

describe('a consumer for which everything is kept', () => {
  it('gets all of a thousand messages that were written before it came for the first time', async (t) => {
    const { producer, start } = await scene(t, { gating: 'always' });
    for (let n = 0; n < 1000; n++) assert.equal(producer.tryWrite(new Uint8Array(8)), n);
    assert.deepEqual(await read(await start()), [1000, 0, 0]);
  });

  it('is waited for when it was killed, however long, and goes on where it stood', async (t) => {
    const { bus, producer, start } = await scene(t, { gating: 'always' });
    const first = await start();
    for (let n = 0; n < 10; n++) producer.write(MESSAGE);
    assert.deepEqual(await read(first), [10, 0, 0]);
    await first.kill();
    const more = fill(producer);
    await assert.rejects(
      producer.writeAsync(MESSAGE, { timeoutMs: 500 }),
      /consumer "reader", which is not attached; the channel keeps everything for it/,
    );
    assert.ok(isGating(bus));
    assert.deepEqual(await read(await start()), [more, 10, 0]);
  });
});

describe('a consumer with evict_after_ms', () => {
  it('that reads nothing is given up alive, and comes back with its exact loss', async (t) => {
    const { bus, producer, start } = await scene(t, { evictAfterMs: 200 });
    const process = await start();
    const written = fill(producer);
    for (let n = 0; n < 200; n++) await producer.writeAsync(MESSAGE);
    const evicted = bus.endpoints(LIVELY).find(({ name }) => name === 'reader');
    assert.deepEqual([evicted?.gating, evicted?.evictions], [false, 1]);
    assert.notEqual(evicted?.state, 'dead');
    const [count = 0, sequence = 0, lost = 0] = await read(process);
    assert.equal(lost, sequence);
    assert.equal(count + lost, written + 200);
    assert.ok(isGating(bus), 'and is waited for again');
    const more = fill(producer);
    assert.deepEqual(await read(process), [more, written + 200, lost]);
  });

  it('that is stopped is given up too, but is not dead, and comes back', async (t) => {
    const { bus, producer, start } = await scene(t, { evictAfterMs: 200 });
    const process = await start();
    process.signal('SIGSTOP');
    const written = fill(producer);
    for (let n = 0; n < 200; n++) await producer.writeAsync(MESSAGE);
    assert.deepEqual(
      bus.endpoints(LIVELY).map(({ name, state }) => [name, state === 'dead']),
      [
        ['feed', false],
        ['reader', false],
      ],
    );
    process.signal('SIGCONT');
    const [count = 0, , lost = 0] = await read(process);
    assert.equal(count + lost, written + 200);
  });
});

it('a consumer with gating false holds nobody up', async (t) => {
  const { bus, producer, start } = await scene(t, { gating: false });
  await start();
  for (let n = 0; n < 500; n++) assert.equal(producer.tryWrite(MESSAGE), n);
  assert.equal(isGating(bus), false);
});
