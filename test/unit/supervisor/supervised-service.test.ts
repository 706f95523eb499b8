import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SupervisedService } from '#src/supervisor/supervised-service.js';
import { FakeWorld, serviceSettings } from './kit.js';

const crash = { code: 1, signal: null };

function supervised(more: Parameters<typeof serviceSettings>[0] = {}) {
  const world = new FakeWorld();
  const service = new SupervisedService(serviceSettings(more), world.around);
  return { world, service, time: world.time };
}

describe('a service that ends', () => {
  it('is started again after its delay, whatever its exit code', () => {
    const { world, service, time } = supervised();
    service.start();
    world.last.end({ code: 0, signal: null });
    assert.equal(service.state, 'waiting');
    time.pass(99);
    assert.equal(world.processes.length, 1);
    time.pass(1);
    assert.equal(world.processes.length, 2);
    assert.equal(service.state, 'starting');
    assert.deepEqual(world.names(), ['started', 'exited', 'restarting', 'started']);
    assert.deepEqual([service.status().restarts, service.status().lastExit], [1, 'exit code 0']);
  });

  it('again and again waits twice as long each time, up to the greatest delay', () => {
    const { world, service, time } = supervised();
    service.start();
    for (let end = 0; end < 6; end++) {
      world.last.end(crash);
      time.pass(1000);
    }
    const delays = world.told.flatMap((event) => (event.event === 'restarting' ? [event.delayMs] : []));
    assert.deepEqual(delays, [100, 200, 400, 800, 1000, 1000]);
  });

  it('after it has run for long begins with the first delay again', () => {
    const { world, service, time } = supervised();
    service.start();
    for (const ranMs of [10, 10, 5000, 10]) {
      time.pass(ranMs);
      world.last.end(crash);
      time.pass(1000);
    }
    const delays = world.told.flatMap((event) => (event.event === 'restarting' ? [event.delayMs] : []));
    assert.deepEqual(delays, [100, 200, 100, 200]);
  });

  it('too often within the window is given up, and can be started by hand', () => {
    const { world, service, time } = supervised({ crashLoopThreshold: 3, crashLoopWindowMs: 10_000 });
    service.start();
    for (let end = 0; end < 3; end++) {
      world.last.end({ code: null, signal: 'SIGSEGV' });
      time.pass(1000);
    }
    assert.equal(service.state, 'failed');
    assert.equal(world.processes.length, 3);
    const failed = world.told.at(-1);
    assert.match(failed?.event === 'failed' ? failed.reason : '', /ended 3 times within 10000 ms, last: SIGSEGV/);
    time.pass(100_000);
    assert.equal(world.processes.length, 3);
    service.start();
    assert.equal(service.state, 'starting');
    world.last.end(crash);
    assert.equal(service.state, 'waiting', 'all its chances again');
  });

  it('as often over a longer time is not given up', () => {
    const { world, service, time } = supervised({ crashLoopThreshold: 3, crashLoopWindowMs: 10_000 });
    service.start();
    for (let end = 0; end < 10; end++) {
      time.pass(6000);
      world.last.end(crash);
      time.pass(1000);
    }
    assert.equal(service.state, 'starting');
  });

  it('is left ended without auto_restart', () => {
    const { world, service, time } = supervised({ autoRestart: false });
    service.start();
    world.last.end(crash);
    time.pass(100_000);
    assert.deepEqual([service.state, world.processes.length], ['stopped', 1]);
  });

  it('before it began, because its program is not there, counts like one that crashed', () => {
    const { world, service } = supervised({ crashLoopThreshold: 2 });
    const around = {
      ...world.around,
      spawn: (...[, , events]: Parameters<typeof world.spawn>) => {
        events.onExit({ code: null, signal: null, error: new Error('spawn work ENOENT') });
        return { pid: undefined, signal: () => true };
      },
    };
    const missing = new SupervisedService(service.settings, around);
    missing.start();
    world.time.pass(1000);
    assert.equal(missing.state, 'failed');
    assert.match(missing.status().lastExit ?? '', /ENOENT/);
  });
});

describe('a service that is to end', () => {
  it('gets SIGTERM, and is not started again', async () => {
    const { world, service, time } = supervised();
    service.start();
    await service.stop('test');
    time.pass(100_000);
    assert.deepEqual(world.last.signals[0], 'SIGTERM');
    assert.deepEqual([service.state, world.processes.length], ['stopped', 1]);
    assert.deepEqual(world.names(), ['started', 'stopping', 'exited', 'stopped']);
  });

  it('and ignores that is killed when its time is over', async () => {
    const { world, service, time } = supervised();
    world.isObedient = false;
    service.start();
    const stopped = service.stop('test');
    time.pass(1999);
    assert.equal(service.state, 'stopping');
    time.pass(1);
    await stopped;
    assert.deepEqual(world.last.signals, ['SIGTERM', 'SIGCONT', 'SIGKILL']);
    assert.deepEqual(world.names(), ['started', 'stopping', 'killed', 'exited', 'stopped']);
  });

  it('and takes no signal of this user is said to, and the supervisor goes on', async () => {
    const { world, service, time } = supervised();
    service.start();
    world.last.isOurs = false;
    const stopped = service.stop('test');
    time.pass(2000);
    assert.deepEqual(world.names(), ['started', 'stopping', 'denied', 'killed', 'denied']);
    world.last.end({ code: 0, signal: null });
    await stopped;
    assert.equal(service.state, 'stopped');
  });

  it('while it waits for its next start does not start', async () => {
    const { world, service, time } = supervised();
    service.start();
    world.last.end(crash);
    await service.stop('test');
    time.pass(100_000);
    assert.deepEqual([service.state, world.processes.length], ['stopped', 1]);
  });

  it('and is killed instead is not started again', () => {
    const { world, service, time } = supervised();
    world.isObedient = false;
    service.start();
    service.kill();
    time.pass(100_000);
    assert.deepEqual([service.state, world.processes.length], ['stopped', 1]);
  });

  it('twice ends once', async () => {
    const { world, service, time } = supervised();
    world.isObedient = false;
    service.start();
    const both = Promise.all([service.stop('one'), service.stop('two')]);
    time.pass(2000);
    await both;
    assert.equal(world.last.signals.filter((name) => name === 'SIGTERM').length, 1);
  });

  it('and starts again when a restart is asked for, at once and without being counted as a crash', async () => {
    const { world, service } = supervised({ crashLoopThreshold: 2 });
    service.start();
    for (let restart = 0; restart < 5; restart++) await service.restart('test');
    assert.deepEqual([service.state, world.processes.length, service.status().restarts], ['starting', 6, 5]);
  });

  it('stays ended when it is told so during a restart, and starts when that is what was said last', async () => {
    const { world, service, time } = supervised();
    world.isObedient = false;
    service.start();
    const restarted = service.restart('test');
    const stopped = service.stop('test');
    time.pass(2000);
    await Promise.all([restarted, stopped]);
    assert.deepEqual([service.state, world.processes.length], ['stopped', 1]);
    service.start();
    const again = service.stop('test');
    service.start();
    time.pass(2000);
    await again;
    assert.equal(service.state, 'starting');
  });
});
