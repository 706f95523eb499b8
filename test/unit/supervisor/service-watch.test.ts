import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EndpointInfo } from '#src/liveness/index.js';
import type { Attachment, ExpectedEndpoint, Look } from '#src/supervisor/attachment.js';
import { ServiceWatch } from '#src/supervisor/service-watch.js';
import { SupervisedService } from '#src/supervisor/supervised-service.js';
import { FakeWorld, serviceSettings } from './kit.js';

const IN: ExpectedEndpoint = { channel: 'in', role: 'consumer' };
const OUT: ExpectedEndpoint = { channel: 'out', role: 'producer' };

/** Endpoints as a test sets them. */
class FakeLook implements Look {
  readonly found = new Map<ExpectedEndpoint, Attachment>();
  readonly askedFor: [string, number][] = [];

  find(service: string, pid: number, expected: ExpectedEndpoint): Attachment {
    this.askedFor.push([service, pid]);
    return this.found.get(expected) ?? { own: undefined, foreignPid: undefined };
  }

  set(endpoint: ExpectedEndpoint, state: EndpointInfo['state'], reason?: string): void {
    // the watch looks at nothing else of it
    this.found.set(endpoint, { own: { state, reason } as EndpointInfo, foreignPid: undefined });
  }
}

function watched(more: Parameters<typeof serviceSettings>[0] = {}, expected = [IN, OUT]) {
  const world = new FakeWorld();
  const service = new SupervisedService(serviceSettings(more), world.around);
  const told: string[] = [];
  const watch = new ServiceWatch(service, expected, (channel, state, reason) =>
    told.push([channel, state, ...(reason === undefined ? [] : [reason])].join(' ')),
  );
  const look = new FakeLook();
  const lookAfter = (ms: number): void => {
    world.time.pass(ms);
    watch.look(look, world.time.nowMs);
  };
  service.start();
  return { world, service, watch, look, lookAfter, told };
}

describe('a service that starts', () => {
  it('is ready when all of its endpoints are there, which are asked for by its process', () => {
    const { world, service, watch, look, lookAfter } = watched();
    lookAfter(0);
    look.set(IN, 'alive');
    lookAfter(10);
    assert.deepEqual([service.state, watch.isPast], ['starting', false]);
    look.set(OUT, 'stalled');
    lookAfter(10);
    assert.deepEqual([service.state, watch.isPast], ['ready', true]);
    assert.deepEqual(look.askedFor[0], ['worker', world.last.pid]);
    assert.deepEqual(world.told.at(-1), {
      timeMs: 1020,
      service: 'worker',
      event: 'ready',
      pid: world.last.pid,
      afterMs: 20,
    });
  });

  it('without endpoints is ready at the first look', () => {
    const { service, lookAfter } = watched({}, []);
    lookAfter(0);
    assert.equal(service.state, 'ready');
  });

  it('is late once when its time is over, with what is missing and who has it; and is ready whenever it is', () => {
    const { world, service, watch, look, lookAfter } = watched({ readyTimeoutMs: 1000 });
    look.found.set(OUT, { own: undefined, foreignPid: 4711 });
    lookAfter(999);
    assert.equal(watch.isPast, false);
    lookAfter(1);
    lookAfter(1000);
    const late = world.told.filter((event) => event.event === 'late');
    const missing = ['consumer of in', 'producer of out (process 4711 has it, which is not of this service)'];
    assert.deepEqual(
      late.map((event) => event.missing),
      [missing],
    );
    assert.deepEqual([service.state, watch.isPast, service.status().late], ['starting', true, true]);
    look.set(IN, 'alive');
    look.set(OUT, 'alive');
    lookAfter(0);
    assert.deepEqual([service.state, service.status().late], ['ready', false]);
  });

  it('with ready_timeout_ms = 0 is never late', () => {
    const { watch, lookAfter } = watched({ readyTimeoutMs: 0 });
    lookAfter(1e9);
    assert.equal(watch.isPast, false);
  });

  it('holds up nobody when it is given up, or has ended for good', () => {
    for (const [settings, state] of [
      [{ crashLoopThreshold: 1 }, 'failed'],
      [{ autoRestart: false }, 'stopped'],
    ] as const) {
      const { world, service, watch } = watched(settings);
      world.last.end({ code: 1, signal: null });
      assert.deepEqual([service.state, watch.isPast], [state, true]);
    }
    const { world, service, watch } = watched();
    world.last.end({ code: 1, signal: null });
    assert.deepEqual([service.state, watch.isPast], ['waiting', false]);
  });
});

describe('a service that is ready', () => {
  function ready(more: Parameters<typeof serviceSettings>[0] = {}) {
    const all = watched(more);
    all.look.set(IN, 'alive');
    all.look.set(OUT, 'alive');
    all.lookAfter(0);
    assert.equal(all.service.state, 'ready');
    return all;
  }

  it('is told of when an endpoint of it changes, once for each change', () => {
    const { look, lookAfter, told } = ready();
    lookAfter(100);
    look.set(IN, 'stalled', 'nothing read for 5 s');
    lookAfter(100);
    lookAfter(100);
    look.set(IN, 'suspect');
    lookAfter(100);
    look.set(IN, 'alive');
    lookAfter(100);
    assert.deepEqual(told, ['in stalled nothing read for 5 s', 'in suspect', 'in alive']);
  });

  it('is restarted when an endpoint is not well for hang_timeout_ms, whichever way it is not', () => {
    const { world, service, look, lookAfter } = ready({ hangTimeoutMs: 1000 });
    look.set(IN, 'stalled');
    lookAfter(0);
    lookAfter(500);
    look.set(IN, 'suspect');
    lookAfter(499);
    assert.equal(world.processes.length, 1);
    lookAfter(1);
    assert.equal(world.processes.length, 2);
    const stopping = world.told.find((event) => event.event === 'stopping');
    assert.equal(stopping?.reason, 'it hangs: consumer of in suspect for 1000 ms');
    assert.equal(service.state, 'starting');
    lookAfter(0);
    assert.equal(service.state, 'ready');
    lookAfter(999);
    assert.equal(world.processes.length, 2, 'its next life has all of its time');
  });

  it('that recovers in between is not restarted', () => {
    const { world, look, lookAfter } = ready({ hangTimeoutMs: 1000 });
    for (let round = 0; round < 5; round++) {
      look.set(OUT, 'stalled');
      lookAfter(0);
      lookAfter(900);
      look.set(OUT, 'alive');
      lookAfter(0);
    }
    assert.equal(world.processes.length, 1);
  });

  it('with hang_timeout_ms = 0 is only told of', () => {
    const { world, look, lookAfter, told } = ready({ hangTimeoutMs: 0 });
    look.set(OUT, 'suspect');
    lookAfter(0);
    lookAfter(1e9);
    assert.deepEqual([world.processes.length, told], [1, ['out suspect']]);
  });

  it('and closes an endpoint, or loses it to another one, does not hang', () => {
    const { world, look, lookAfter } = ready({ hangTimeoutMs: 1000 });
    look.found.set(IN, { own: undefined, foreignPid: 4711 });
    lookAfter(0);
    lookAfter(1e6);
    assert.equal(world.processes.length, 1);
  });
});
