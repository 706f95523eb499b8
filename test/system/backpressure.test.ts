import assert from 'node:assert/strict';
import { setImmediate as nextTurn, setTimeout as later } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { DEFAULT_WATER_MARKS, type BackpressureSettings } from '#src/channel/backpressure/settings.js';
import type { Consumer } from '#src/channel/consumer.js';
import { CONTROL } from '#src/layout/schema.js';
import { BACKPRESSURE, CIRCUIT_OPEN } from '#src/ring/codes.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { TemporaryChannel, numberOf } from '../kit/temporary-channel.js';
import type { Flood } from './actors/pressed.js';

const HOUR_MS = 3_600_000;

/** A producer in a process of its own, which obeys. */
class Pressed {
  readonly process: TestProcess;

  private constructor(process: TestProcess) {
    this.process = process;
  }

  static async start(
    t: TestContext,
    { directory }: TemporaryChannel,
    service: string,
    backpressure: BackpressureSettings,
  ): Promise<Pressed> {
    const settings = JSON.stringify(backpressure);
    const process = startProcess(t, script(import.meta.url, './actors/pressed.js'), [directory, service, settings]);
    await process.line('attached');
    return new Pressed(process);
  }

  /** Gives a command, and answers what it says. */
  async does(command: string): Promise<string> {
    const seen = this.process.lines.length;
    this.process.send(command);
    return (await this.process.line('', seen)).replace(/^\S+ /, '');
  }

  async floods(count: number): Promise<Flood> {
    return JSON.parse(await this.does(`flood ${count}`)) as Flood;
  }
}

function drain(consumer: Consumer): number {
  let read = 0;
  while (consumer.poll(() => read++) > 0);
  return read;
}

for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const) {
  describe(`processes that write to a ${type} channel which drops the newest, faster than it is read`, () => {
    it('have delivered what was accepted, in order, and know exactly what was dropped', async (t) => {
      const count = 20_000;
      const backpressure = { mode: 'DropNewest', ...DEFAULT_WATER_MARKS } as const;
      const channel = new TemporaryChannel(t, { type, backpressure });
      const consumers = (type.endsWith('MC') ? ['a', 'b'] : ['a']).map((name) => channel.consumer('latest', name));
      const names = type.startsWith('MP') ? ['v', 'w'] : ['w'];
      const writers = await Promise.all(names.map((name) => Pressed.start(t, channel, name, backpressure)));
      const seen = consumers.map(() => new Map<number, number>());
      const read = (limit: number): number[] =>
        consumers.map((consumer, n) =>
          consumer.poll(({ buffer, offset, length, producerId }) => {
            const expected = seen[n]!.get(producerId) ?? 0;
            assert.equal(numberOf(buffer, offset, length), expected, `of producer ${producerId}`);
            seen[n]!.set(producerId, expected + 1);
          }, limit),
        );
      let isOver = false;
      const floods = Promise.all(writers.map((writer) => writer.floods(count))).finally(() => (isOver = true));
      while (!isOver) {
        read(8);
        await nextTurn();
      }
      while (read(64).some((messages) => messages > 0));
      let accepted = 0;
      for (const flood of await floods) {
        assert.equal(flood.accepted + flood.dropped, count);
        assert.equal(flood.statistics.dropped, flood.dropped);
        assert.equal(flood.statistics.backpressure, flood.dropped);
        t.diagnostic(`${flood.accepted} accepted, ${flood.dropped} dropped`);
        accepted += flood.accepted;
      }
      for (const [n, consumer] of consumers.entries()) {
        const delivered = [...seen[n]!.values()].reduce((sum, messages) => sum + messages, 0);
        assert.deepEqual([delivered, consumer.sequence, consumer.lost], [accepted, accepted, 0]);
      }
    });

    it('go on when the consumer that held the ring up was killed', async (t) => {
      const backpressure = { mode: 'DropNewest', ...DEFAULT_WATER_MARKS } as const;
      const channel = new TemporaryChannel(t, { type, backpressure });
      channel.observer();
      const reader = startProcess(t, script(import.meta.url, './actors/mortal.js'), [channel.directory, 'hold']);
      await reader.line('ready');
      const writer = await Pressed.start(t, channel, 'w', backpressure);
      assert.ok((await writer.floods(1000)).dropped > 0);
      await reader.kill();
      await later(20); // so often it looks
      assert.equal((await writer.floods(1000)).dropped, 0);
    });
  });
}

describe('a circuit breaker that processes share', () => {
  const breaker = (recoveryTimeoutMs: number): BackpressureSettings => ({
    mode: 'CircuitBreaker',
    failureThreshold: 3,
    failureWindowMs: HOUR_MS,
    recoveryTimeoutMs,
    ...DEFAULT_WATER_MARKS,
  });

  it('is opened by failures of both, for both, and closed by one for the other', async (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPMC', backpressure: breaker(0) });
    const consumer = channel.consumer();
    const { control } = channel.observer();
    const one = await Pressed.start(t, channel, 'one', breaker(HOUR_MS));
    const other = await Pressed.start(t, channel, 'other', breaker(1));
    assert.equal(await one.does('fill'), `${BACKPRESSURE}`);
    assert.equal(await other.does('try'), `${BACKPRESSURE}`);
    assert.equal(await one.does('breaker'), 'closed');
    assert.equal(await other.does('try'), `${BACKPRESSURE}`);
    assert.equal(await one.does('breaker'), 'open');
    drain(consumer);
    assert.equal(await one.does('try'), `${CIRCUIT_OPEN}`, 'though there is room');
    assert.equal(control.getFloat64(CONTROL.at.breakerOpened), 1);
    await later(5);
    assert.ok(Number(await other.does('try')) > 0, 'its recovery time is over');
    assert.equal(await one.does('breaker'), 'closed');
    assert.ok(Number(await one.does('try')) > 0);
  });

  for (const end of ['killed', 'alive'] as const) {
    it(`has ${end === 'killed' ? 'another prober at once' : 'no other prober'} when its prober is ${end}`, async (t) => {
      const channel = new TemporaryChannel(t, { type: 'MPMC', backpressure: breaker(0) });
      const consumer = channel.consumer();
      const prober = await Pressed.start(t, channel, 'prober', breaker(1));
      const other = await Pressed.start(t, channel, 'other', breaker(HOUR_MS));
      assert.equal(await prober.does('fill'), `${BACKPRESSURE}`);
      for (let n = 0; n < 2; n++) assert.equal(await other.does('try'), `${BACKPRESSURE}`);
      drain(consumer);
      await later(5);
      assert.equal(await prober.does('claim'), 'true');
      assert.equal(await other.does('breaker'), 'half-open');
      assert.equal(await other.does('try'), `${CIRCUIT_OPEN}`);
      if (end === 'alive') {
        prober.process.signal('SIGSTOP');
        assert.equal(await other.does('try'), `${CIRCUIT_OPEN}`, 'stopped is not dead');
        return;
      }
      await prober.process.kill();
      assert.ok(Number(await other.does('try')) > 0);
      assert.equal(await other.does('breaker'), 'closed');
    });
  }
});

describe('a process that is throttled next to a slow consumer', () => {
  it('never finds the ring full, adapts to the consumer, and is free again when that has caught up', async (t) => {
    const backpressure: BackpressureSettings = {
      mode: 'AdaptiveThrottle',
      timeoutMs: 30_000,
      minDelayUs: 100,
      maxDelayUs: 40_000,
      ...DEFAULT_WATER_MARKS,
    };
    const channel = new TemporaryChannel(t, { capacity: 2 ** 20, backpressure });
    const consumer = channel.consumer();
    const writer = await Pressed.start(t, channel, 'w', backpressure);
    let next = 0;
    const take = (limit: number): number =>
      consumer.poll(({ buffer, offset, length }) => assert.equal(numberOf(buffer, offset, length), next++), limit);
    const meanwhile = async (flood: Promise<Flood>, messagesPerTick: number): Promise<Flood> => {
      let isOver = false;
      void flood.finally(() => (isOver = true));
      while (!isOver) {
        take(messagesPerTick);
        await later(5);
      }
      return flood;
    };
    const slow = await meanwhile(writer.floods(1200), 4);
    const slower = await meanwhile(writer.floods(150), 1);
    t.diagnostic(JSON.stringify([slow, slower]));
    assert.ok(slow.statistics.throttled > 100, 'it is held back');
    assert.ok(slower.utilization > slow.utilization, 'the more, the slower it is read');
    assert.equal(slower.statistics.backpressure, 0, 'the ring was never full');
    while (take(64) > 0);
    const free = await writer.floods(200);
    assert.equal(free.statistics.throttled, slower.statistics.throttled);
    while (take(64) > 0);
    assert.equal(next, 1550);
    assert.equal(free.statistics.highWater, 1);
  });
});
