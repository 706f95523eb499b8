import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { BusError, MessageBus, type BusConfig, type LifecycleEvent } from 'alphapulse-bus';
import { Consumer } from '#src/channel/consumer.js';
import { DEFAULT_POLICY, type ConsumerPolicy } from '#src/channel/consumer-policy.js';
import { Producer } from '#src/channel/producer.js';
import { segmentPath } from '#src/layout/directory.js';
import { CONSUMER_SLOT, CONTROL, consumerSlotOffset } from '#src/layout/schema.js';
import { Segment } from '#src/layout/segment.js';
import { URGENT_BEAT_MS, BEAT_MS } from '#src/liveness/state.js';
import { numbered, temporaryDirectory, blocking } from '../../kit/temporary-channel.js';

const config: BusConfig = {
  channels: {
    quotes: {
      type: 'SPMC',
      producer: 'feed',
      consumers: ['strategy', 'screen'],
      bufferSize: '64KB',
      messageSizeMax: 1000,
    },
    orders: { type: 'MPSC', producers: ['strategy', 'screen'], consumer: 'gateway', bufferSize: '64KB' },
  },
};

interface Watched {
  readonly bus: MessageBus;
  readonly directory: string;
  readonly told: string[];
  /** One beat of the watching bus. */
  readonly beat: () => Promise<void>;
}

const EVENTS = ['attached', 'detached', 'died', 'stalled', 'recovered', 'repaired', 'failover', 'evicted'] as const;

function asText(event: LifecycleEvent): string {
  return 'name' in event
    ? `${event.type} ${event.channel} ${event.role} ${event.name}`
    : `${event.type} ${event.channel}`;
}

/** A bus with a listener of everything, and timers that go by hand. */
async function watching(t: TestContext): Promise<Watched> {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const directory = temporaryDirectory(t);
  const bus = await open(t, 'feed', directory);
  const told: string[] = [];
  for (const name of EVENTS) bus.on(name, (event: LifecycleEvent) => told.push(asText(event)));
  const beat = async (): Promise<void> => {
    t.mock.timers.tick(URGENT_BEAT_MS);
    await nextTurn();
  };
  return { bus, directory, told, beat };
}

async function open(t: TestContext, service: string, directory: string): Promise<MessageBus> {
  const bus = await MessageBus.open({ service, config, directory });
  t.after(() => bus.close());
  return bus;
}

/** The segment as another process has it that has no event loop. */
function other(directory: string, ringWritable: boolean): Segment {
  const capacity = 65_536;
  return Segment.openOrCreate(
    directory,
    { name: 'quotes', type: 'SPMC', capacity, messageSizeMax: 1000 },
    { ringWritable },
  );
}

function reader(segment: Segment, policy: Partial<ConsumerPolicy> = {}): Consumer {
  return new Consumer(segment, { name: 'reader', from: 'resume', policy: { ...DEFAULT_POLICY, ...policy } });
}

describe('the events of a bus', () => {
  it('tell who attaches and who is closed, in a channel that was not there before too', async (t) => {
    const { bus, told, beat } = await watching(t);
    await beat();
    const producer = bus.producer('quotes');
    await beat();
    producer.close();
    await beat();
    assert.deepEqual(told, ['attached quotes producer feed', 'detached quotes producer feed']);
  });

  it('find things as they are when the first listener comes, and tell of what comes then', async (t) => {
    const directory = temporaryDirectory(t);
    const segment = other(directory, false);
    const before = reader(segment);
    const { told, beat } = await watching(t).then(async (watched) => {
      const bus = await open(t, 'feed', directory);
      for (const name of EVENTS) bus.on(name, (event: LifecycleEvent) => watched.told.push(asText(event)));
      return watched;
    });
    before.close();
    await beat();
    assert.deepEqual(told, ['detached quotes consumer reader']);
  });

  it('tell deaths, and a failover', async (t) => {
    const { bus, directory, told, beat } = await watching(t);
    const segment = other(directory, true);
    const victim = new Producer(segment, { service: 'first', timestamps: true, backpressure: blocking(1) });
    victim.write(numbered(1));
    await beat();
    segment.close(); // as after a SIGKILL
    await beat();
    bus.producer('quotes');
    await beat();
    assert.deepEqual(told, [
      'attached quotes producer first',
      'died quotes producer first',
      'attached quotes producer feed',
      'failover quotes producer feed',
    ]);
  });

  it('give up dead consumers, though nobody waits for room', async (t) => {
    const { directory, told, beat } = await watching(t);
    const segment = other(directory, false);
    assert.equal(reader(segment).lost, 0);
    await beat();
    segment.close();
    await beat();
    await beat();
    assert.deepEqual(told, ['attached quotes consumer reader', 'died quotes consumer reader']);
    const observer = other(directory, false);
    t.after(() => observer.close());
    assert.equal(observer.control.getInt32(consumerSlotOffset(0) + CONSUMER_SLOT.at.gates), 0);
    assert.equal(observer.control.getFloat64(CONTROL.at.reaped), 1);
  });

  it('tell an eviction with its consumer, and that the consumer is well again', async (t) => {
    const { bus, directory, told, beat } = await watching(t);
    const consumer = reader(other(directory, false), { evictAfterMs: 1, stalledAfterMs: 1 });
    t.after(() => consumer.close());
    const evicted = once(bus, 'evicted');
    bus.producer('quotes').write(numbered(1));
    while (!told.some((event) => event.startsWith('evicted'))) await beat();
    const [{ name, pid, channel, evictions, lost }] = (await evicted) as [
      { name: string; pid: number; channel: string; evictions: number; lost: number },
    ];
    assert.deepEqual([name, pid, channel, evictions, lost], ['reader', process.pid, 'quotes', 1, 0]);
    consumer.read();
    await beat();
    assert.ok(told.includes('stalled quotes consumer reader'), String(told));
    assert.equal(told.at(-1), 'recovered quotes consumer reader');
  });

  it('tell repairs', async (t) => {
    const { directory, told, beat } = await watching(t);
    const shape = { name: 'orders', type: 'MPSC', capacity: 65_536, messageSizeMax: 8192 } as const;
    const segment = Segment.openOrCreate(directory, shape, { ringWritable: false });
    t.after(() => segment.close());
    await beat();
    segment.control.putFloat64(CONTROL.at.repairs, 2);
    await beat();
    assert.deepEqual(told, ['repaired orders']);
  });

  it('go on in the new segment when the old one was removed', async (t) => {
    const { directory, told, beat } = await watching(t);
    const old = reader(other(directory, false));
    t.after(() => old.close());
    await beat();
    rmSync(segmentPath(directory, 'quotes'));
    const anew = reader(other(directory, false));
    t.after(() => anew.close());
    await beat();
    assert.deepEqual(told, ['attached quotes consumer reader', 'attached quotes consumer reader']);
  });

  it('stop with the last listener, and with the bus', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const directory = temporaryDirectory(t);
    const bus = await open(t, 'feed', directory);
    const told: LifecycleEvent[] = [];
    const listener = (event: LifecycleEvent): void => void told.push(event);
    const beat = async (): Promise<void> => {
      t.mock.timers.tick(BEAT_MS);
      await nextTurn();
    };
    bus.on('attached', listener);
    bus.off('attached', listener);
    bus.producer('quotes').close();
    await beat();
    bus.on('attached', listener);
    await bus.close();
    bus.on('detached', listener);
    const consumer = reader(other(directory, false));
    t.after(() => consumer.close());
    await beat();
    assert.deepEqual(told, []);
  });

  it('are published on the diagnostics channel too, also without a listener', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const directory = temporaryDirectory(t);
    const bus = await open(t, 'feed', directory);
    const published: string[] = [];
    const subscriber = (event: unknown): void => void published.push(asText(event as LifecycleEvent));
    subscribe('alphapulse-bus:lifecycle', subscriber);
    t.after(() => unsubscribe('alphapulse-bus:lifecycle', subscriber));
    bus.producer('quotes');
    for (let beats = 0; beats < 2; beats++) t.mock.timers.tick(BEAT_MS);
    const consumer = reader(other(directory, false));
    t.after(() => consumer.close());
    for (let beats = 0; beats < 2; beats++) t.mock.timers.tick(BEAT_MS);
    await nextTurn();
    assert.deepEqual(published, ['attached quotes consumer reader']);
  });
});

describe('the endpoints of a channel, as a bus sees them', () => {
  it('are there with a beating event loop, each with the policy of its slot', async (t) => {
    const directory = temporaryDirectory(t);
    const bus = await open(t, 'feed', directory);
    assert.deepEqual(bus.endpoints('quotes'), [], 'no segment yet');
    bus.producer('quotes');
    const found = bus.endpoints('quotes');
    assert.deepEqual(
      found.map(({ role, name, state, pid }) => [role, name, state, pid]),
      [['producer', 'feed', 'alive', process.pid]],
    );
    assert.equal(found[0]?.loopLagMs, 0);
    assert.throws(
      () => bus.endpoints('nothing'),
      (error) => BusError.is(error, 'ERR_UNKNOWN_CHANNEL'),
    );
  });

  it('find a consumer that died, with nobody who waits for room, and let producers go on', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const directory = temporaryDirectory(t);
    const bus = await open(t, 'feed', directory);
    const producer = bus.producer('quotes');
    const segment = other(directory, false);
    assert.equal(reader(segment).lost, 0);
    segment.close();
    t.mock.timers.tick(BEAT_MS);
    for (let n = 0; n < 500; n++) assert.equal(producer.tryWrite(numbered(n, 1000)), n);
  });
});
