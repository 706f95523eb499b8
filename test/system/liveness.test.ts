import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as later } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import {
  MessageBus,
  type ChannelType,
  type ConsumerPolicyConfig,
  type EndpointInfo,
  type LifecycleEvent,
  type Producer,
} from 'alphapulse-bus';
import { PATIENCE_MS, script, startProcess, type TestProcess } from '../kit/processes.js';
import { countFromEnvironment } from '../kit/random.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { LIVELY, livelyConfig } from './lively-channel.js';

const MESSAGE = new Uint8Array(8);
/** Stops and starts of a living process; each is a chance to take it for dead. */
const STOPS = countFromEnvironment('APBUS_STORM_RUNS', 10);

interface Scene {
  readonly bus: MessageBus;
  readonly producer: Producer;
  /** What was told of the reader, each with its state or loss. */
  readonly told: LifecycleEvent[];
  readonly start: (way: string) => Promise<TestProcess>;
  readonly reader: () => EndpointInfo;
  /** Looks until it is so; fails if it is ever said to be dead. */
  readonly until: (is: (reader: EndpointInfo) => boolean) => Promise<EndpointInfo>;
}

async function scene(t: TestContext, policy: ConsumerPolicyConfig = {}, type: ChannelType = 'SPMC'): Promise<Scene> {
  const directory = temporaryDirectory(t);
  const bus = await MessageBus.open({ service: 'feed', config: livelyConfig(policy, type), directory });
  t.after(() => bus.close());
  // The beat of a bus keeps no process alive, not even this one.
  const stay = setInterval(() => {}, PATIENCE_MS);
  t.after(() => clearInterval(stay));
  const told: LifecycleEvent[] = [];
  const tell = (event: LifecycleEvent): void => {
    if ('role' in event && event.role === 'consumer') told.push(event);
  };
  for (const name of ['attached', 'detached', 'died', 'stalled', 'recovered', 'evicted'] as const) bus.on(name, tell);
  const start = async (way: string): Promise<TestProcess> => {
    const process = startProcess(t, script(import.meta.url, './actors/lively.js'), [
      directory,
      JSON.stringify(policy),
      way,
      type,
    ]);
    await process.line('ready');
    return process;
  };
  const reader = (): EndpointInfo => {
    const found = bus.endpoints(LIVELY).find(({ name }) => name === 'reader');
    assert.ok(found !== undefined);
    return found;
  };
  const until: Scene['until'] = async (is) => {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = reader();
      if (is(found)) return found;
      assert.ok(performance.now() < deadline, `still ${found.state}, ${found.reason}, ${found.loopLagMs} ms behind`);
      await later(10);
    }
  };
  return { bus, producer: bus.producer(LIVELY), told, start, reader, until };
}

const types = (told: readonly LifecycleEvent[]): string[] => told.map(({ type }) => type);

describe('a process that is stopped', () => {
  it('is suspect, and named as stopped; it recovers when it goes on', async (t) => {
    const { bus, producer, told, start, until } = await scene(t);
    const process = await start('subscribe');
    producer.write(MESSAGE);
    // with something to read it would be stalled before it is suspect, and both would be told
    await until(({ lag }) => lag?.messages === 0);
    const stalled = once(bus, 'stalled');
    process.signal('SIGSTOP');
    const suspect = await until(({ state }) => state === 'suspect');
    // the bus looks when it looks; before that nothing has happened from which it could recover
    await stalled;
    assert.match(suspect.reason ?? '', /is stopped/);
    assert.equal(suspect.pid, process.pid);
    producer.write(MESSAGE);
    const recovered = once(bus, 'recovered');
    process.signal('SIGCONT');
    await recovered;
    await until(({ state, lag }) => state === 'alive' && lag?.messages === 0);
    assert.deepEqual(types(told), ['attached', 'stalled', 'recovered']);
  });

  it('is never taken for dead, however often, and however short of room producers are', async (t) => {
    const { producer, told, start, reader } = await scene(t, { failureTimeoutMs: 1 });
    const process = await start('subscribe');
    let looks = 0;
    for (let stop = 0; stop < STOPS; stop++) {
      process.signal('SIGSTOP');
      const end = performance.now() + 60;
      while (performance.now() < end) {
        while (producer.tryWrite(new Uint8Array(1000)) >= 0);
        const { state, gating } = reader();
        assert.ok(state !== 'dead' && gating === true, `${state} after ${stop} stops`);
        await producer.writeAsync(MESSAGE, { timeoutMs: 1 }).catch(() => {});
        looks++;
      }
      process.signal('SIGCONT');
      await producer.writeAsync(MESSAGE);
    }
    assert.ok(!types(told).includes('died'));
    assert.deepEqual([reader().lost, reader().deaths, reader().generation], [0, 0, 1]);
    t.diagnostic(`${STOPS} stops, ${looks} looks, 0 deaths`);
  });
});

describe('a consumer', () => {
  it('whose event loop is blocked is suspect, and named so; then it recovers', async (t) => {
    const { bus, told, start, until } = await scene(t);
    const process = await start('hold');
    const recovered = once(bus, 'recovered');
    process.send('block 4000');
    await process.line('blocking');
    const suspect = await until(({ state }) => state === 'suspect');
    assert.match(suspect.reason ?? '', /^its event loop has not turned for \d+ ms/);
    assert.ok(!/its process is stopped, /.test(suspect.reason ?? ''));
    await process.line('unblocked');
    await recovered;
    assert.deepEqual(types(told), ['attached', 'stalled', 'recovered']);
  });

  it('that never comes back from its message is stalled, with an event loop that turns', async (t) => {
    const { producer, told, start, until } = await scene(t, { stalledAfterMs: 200 });
    const process = await start('stuck');
    for (let n = 0; n < 3; n++) producer.write(MESSAGE);
    await process.line('got 0');
    const stalled = await until(({ state }) => state === 'stalled');
    assert.match(stalled.reason ?? '', /with 2 messages to read/);
    assert.ok((stalled.loopLagMs ?? Infinity) < 1000);
    while (!types(told).includes('stalled')) await later(10);
    const event = told.find(({ type }) => type === 'stalled');
    assert.ok(event?.type === 'stalled' && event.state === 'stalled' && event.pid === process.pid);
  });

  for (const [way, type] of [
    ['spin', 'SPMC'],
    ['wait', 'SPMC'],
    ['wait', 'MPMC'],
  ] as const) {
    it(`that never returns to its event loop is alive, with and without messages (${way}, ${type})`, async (t) => {
      const { producer, told, start, until } = await scene(t, { stalledAfterMs: 1000 }, type);
      await start(way);
      await until(({ loopLagMs = 0 }) => loopLagMs > 4000);
      for (let n = 0; n < 10; n++) {
        producer.write(MESSAGE);
        const { state } = await until(({ lag }) => lag?.messages === 0);
        assert.equal(state, 'alive');
      }
      assert.deepEqual(types(told), ['attached']);
    });
  }

  it('that is killed has died; its successor is attached in the same slot', async (t) => {
    const { bus, told, start, reader } = await scene(t);
    const first = await start('hold');
    const died = once(bus, 'died');
    await first.kill();
    const [{ pid }] = (await died) as [{ pid: number }];
    assert.equal(pid, first.pid);
    assert.equal(reader().state, 'dead');
    const second = await start('hold');
    while (told.length < 3) await later(10);
    const [, , attached] = told;
    assert.ok(attached?.type === 'attached');
    assert.deepEqual([attached.pid, attached.previousPid, attached.generation], [second.pid, first.pid, 2]);
    second.send('close');
    await second.succeeded();
    while (told.length < 4) await later(10);
    assert.deepEqual(types(told), ['attached', 'died', 'attached', 'detached']);
  });
});
