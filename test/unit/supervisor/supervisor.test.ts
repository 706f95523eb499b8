import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { BusConfig } from '#src/bus/config/index.js';
import { Supervisor } from '#src/supervisor/supervisor.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';
import { FakeWorld } from './kit.js';

type Services = Readonly<Record<string, Omit<NonNullable<BusConfig['services']>[string], 'command'>>>;

/** A supervisor of processes that a test ends. Of its services `feed` is never attached, the others need not be. */
async function opened(t: TestContext, services: Services, directory = temporaryDirectory(t), standby = false) {
  const world = new FakeWorld();
  const config: BusConfig = {
    channels: { ticks: { type: 'SPSC', producer: 'feed', consumer: 'nobody', bufferSize: '64KB' } },
    services: Object.fromEntries(
      Object.entries(services).map(([name, more]) => [name, { command: ['work'], ...more }]),
    ),
  };
  const { time, spawn } = world;
  const clocks = { clock: time.clock, wallClock: time.wallClock, timers: time };
  const supervisor = await Supervisor.open({ config, directory, standby, spawn, ...clocks });
  t.after(() => supervisor.stop());
  const told: string[] = [];
  supervisor.on('service', ({ service, event }) => told.push(`${service} ${event}`));
  const stateOf = (name: string) => supervisor.status().find(({ service }) => service === name)!;
  const last = (name: string) => world.processes[world.owners.lastIndexOf(name)]!;
  return { world, time, supervisor, told, stateOf, last, directory };
}

/** Lets what was resolved go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let isOver = false;
  const note = (): void => void (isOver = true);
  promise.then(note, note);
  await settle();
  return isOver;
};

describe('a supervisor', () => {
  it('starts each service when those before it are ready, late, or over', async (t) => {
    const { supervisor, told, stateOf, last, time } = await opened(t, {
      last: { after: ['feed', 'b', 'once'] },
      b: { after: ['a'] },
      a: {},
      once: { autoRestart: false },
      feed: { readyTimeoutMs: 500 },
    });
    await supervisor.start();
    assert.deepEqual(told, ['a started', 'once started', 'feed started']);
    assert.deepEqual([stateOf('last').state, stateOf('last').waitsFor], ['waiting', ['feed', 'b', 'once']]);
    last('once').end({ code: 0, signal: null });
    time.pass(20);
    assert.deepEqual(told.slice(3), ['once exited', 'a ready', 'b started']);
    time.pass(20);
    assert.deepEqual(stateOf('last').waitsFor, ['feed']);
    time.pass(459);
    assert.equal(stateOf('last').state, 'waiting');
    time.pass(21);
    assert.equal(stateOf('last').pid, last('last').pid);
    assert.ok(told.indexOf('feed late') < told.indexOf('last started'));
  });

  it('looks often at one that has just started, and not for ever at one that never attaches', async (t) => {
    const { supervisor, time } = await opened(t, { feed: { readyTimeoutMs: 0 } });
    const after = time.after.bind(time);
    let looks = 0;
    time.after = (ms, work) => {
      looks += 1;
      return after(ms, work);
    };
    await supervisor.start();
    time.pass(2000);
    assert.ok(looks > 90, String(looks));
    looks = 0;
    time.pass(10_000);
    assert.ok(looks <= 41, String(looks));
  });

  it('ends its services in the opposite order, each when those after it have ended', async (t) => {
    const { supervisor, world, time, told, stateOf, last } = await opened(t, {
      a: {},
      b: { after: ['a'], stopTimeoutMs: 3000 },
      c: { after: ['b'] },
    });
    await supervisor.start();
    time.pass(20);
    world.isObedient = false;
    time.pass(1000);
    last('b').isObedient = false;
    const stopped = supervisor.stop();
    await settle();
    assert.deepEqual([stateOf('c').state, stateOf('b').state, stateOf('a').state], ['stopped', 'stopping', 'ready']);
    time.pass(2999);
    await settle();
    assert.deepEqual(last('a').signals, []);
    time.pass(1);
    await stopped;
    assert.deepEqual(told.slice(-3), ['a stopping', 'a exited', 'a stopped']);
    assert.ok(told.includes('b killed'));
    await supervisor.ended;
  });

  it('is over when every service is, with the one that was given up; not while one was stopped by hand', async (t) => {
    const { supervisor, last } = await opened(t, { a: { crashLoopThreshold: 1 }, b: { autoRestart: false }, c: {} });
    await supervisor.start();
    last('a').end({ code: 1, signal: null });
    last('b').end({ code: 0, signal: null });
    assert.equal(await isSettled(supervisor.ended), false);
    await supervisor.stopService('c');
    assert.equal(await isSettled(supervisor.ended), false, 'it waits to be asked for it');
    supervisor.startService('c');
    await supervisor.stopService('a');
    last('c').end({ code: 1, signal: null });
    assert.equal(await isSettled(supervisor.ended), false, 'it starts again');
    await supervisor.stop();
    await supervisor.ended;
  });

  it('ends when all have ended by themselves', async (t) => {
    const { supervisor, last } = await opened(t, { a: { crashLoopThreshold: 1 }, b: { autoRestart: false } });
    await supervisor.start();
    last('a').end({ code: 1, signal: null });
    // it does not run: nothing is changed by that
    await supervisor.stopService('a');
    assert.equal(await isSettled(supervisor.ended), false);
    last('b').end({ code: 0, signal: null });
    assert.equal(await isSettled(supervisor.ended), true);
    assert.deepEqual(
      supervisor.status().map(({ state }) => state),
      ['failed', 'stopped'],
    );
  });

  it('says when a service is started again', async (t) => {
    const { supervisor, last, stateOf, time } = await opened(t, { a: { restartDelayMs: 800 } });
    await supervisor.start();
    last('a').end({ code: 3, signal: null });
    time.pass(300);
    const { nextStartMs, state, lastExit, restarts, upMs } = stateOf('a');
    assert.deepEqual([nextStartMs, state, lastExit, restarts, upMs], [500, 'waiting', 'exit code 3', 1, undefined]);
    time.pass(500);
    assert.deepEqual([stateOf('a').nextStartMs, stateOf('a').upMs], [undefined, 0]);
  });
});

describe('a service that is asked for by name', () => {
  it('is started in its order, stopped, and restarted in its place', async (t) => {
    const { supervisor, stateOf, last, time } = await opened(t, { a: {}, b: { after: ['a'] } });
    await supervisor.start();
    time.pass(20);
    time.pass(20);
    await supervisor.stopService('a');
    await supervisor.stopService('b');
    supervisor.startService('a');
    supervisor.startService('b');
    assert.deepEqual([stateOf('a').state, stateOf('b').state, stateOf('b').waitsFor], ['starting', 'waiting', ['a']]);
    time.pass(20);
    assert.equal(stateOf('b').state, 'ready');
    const before = last('a').pid;
    await supervisor.restartService('a');
    assert.notEqual(stateOf('a').pid, before);
    assert.equal(last('b').signals.length, 0, 'those after it go on');
  });

  it('and waits for those before it does not start any more when it is stopped', async (t) => {
    const { supervisor, stateOf, time } = await opened(t, { feed: { readyTimeoutMs: 100 }, b: { after: ['feed'] } });
    await supervisor.start();
    await supervisor.stopService('b');
    time.pass(1000);
    assert.equal(stateOf('b').state, 'stopped');
  });

  it('has settled when it is ready, late or given up', async (t) => {
    const { supervisor, last, time } = await opened(t, {
      a: { crashLoopThreshold: 2, restartDelayMs: 10 },
      feed: { readyTimeoutMs: 100 },
    });
    await supervisor.start();
    const [ready, late] = [supervisor.settled('a'), supervisor.settled('feed')];
    assert.equal(await isSettled(ready), false);
    time.pass(20);
    await ready;
    assert.equal(await isSettled(late), false);
    time.pass(100);
    await late;
    last('a').end({ code: 1, signal: null });
    const failed = supervisor.settled('a');
    assert.equal(await isSettled(failed), false, 'it starts again');
    time.pass(10);
    last('a').end({ code: 1, signal: null });
    await failed;
  });

  it('is refused when it is not configured, or the supervisor ends', async (t) => {
    const { supervisor, world } = await opened(t, { gateway: {}, risk: {} });
    await supervisor.start();
    const unknown = {
      code: 'ERR_INVALID_ARGUMENT',
      message: 'no service "gatewa" is configured; did you mean "gateway"? there are: gateway, risk',
    };
    assert.throws(() => supervisor.startService('gatewa'), unknown);
    await assert.rejects(supervisor.stopService('gatewa'), unknown);
    await assert.rejects(supervisor.restartService('gatewa'), unknown);
    await assert.rejects(supervisor.settled('gatewa'), unknown);
    assert.throws(() => supervisor.inStartOrder(['risk', 'gatewa']), unknown);
    await supervisor.stop();
    const processes = world.processes.length;
    assert.throws(() => supervisor.startService('risk'), { code: 'ERR_ABORTED' });
    await assert.rejects(supervisor.restartService('risk'), { code: 'ERR_ABORTED' });
    assert.equal(world.processes.length, processes);
  });

  it('is put in order with others, also over those that are not asked for', async (t) => {
    const { supervisor } = await opened(t, { c: { after: ['b'] }, b: { after: ['a'] }, a: {}, d: {} });
    assert.deepEqual(supervisor.inStartOrder(['c', 'a', 'd']), [['a', 'd'], ['c']]);
  });
});

describe('the lead', () => {
  it('is one supervisor’s; another one is refused, or stands by until it is free', async (t) => {
    const first = await opened(t, { a: {} });
    await first.supervisor.start();
    const second = await opened(t, { a: {} }, first.directory);
    const taken = { code: 'ERR_SUPERVISOR_TAKEN', message: new RegExp(`process ${process.pid} supervises in`) };
    await assert.rejects(second.supervisor.start(), taken);
    const standby = await opened(t, { a: {} }, first.directory, true);
    const started = standby.supervisor.start();
    standby.time.pass(1000);
    assert.equal(await isSettled(started), false);
    assert.equal(standby.world.processes.length, 0);
    await first.supervisor.stop();
    standby.time.pass(249);
    await settle();
    standby.time.pass(1);
    await started;
    assert.equal(standby.stateOf('a').state, 'starting');
  });

  it('is waited for no longer when the supervisor is stopped', async (t) => {
    const first = await opened(t, { a: {} });
    await first.supervisor.start();
    const standby = await opened(t, { a: {} }, first.directory, true);
    const started = standby.supervisor.start();
    const refused = assert.rejects(started, { code: 'ERR_ABORTED' });
    await standby.supervisor.stop();
    await refused;
    assert.equal(standby.world.processes.length, 0);
  });
});
