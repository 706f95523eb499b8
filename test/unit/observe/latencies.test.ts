import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Producer } from '#src/channel/producer.js';
import { consumerHistogram, histogramIndex } from '#src/layout/histogram.js';
import { HISTOGRAM, HISTOGRAM_COUNTS, type ChannelType } from '#src/layout/schema.js';
import { Latencies } from '#src/observe/latencies.js';
import { TemporaryChannel } from '../../kit/temporary-channel.js';

const MESSAGE = new Uint8Array(16);
const MESSAGES = 200;

describe('latencies in a segment', () => {
  for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const) {
    it(`are of one message in so many, at each endpoint of a channel of type ${type}`, (t) => {
      const { channel, latencies } = exchange(t, { type, every: 10 });
      const written = Latencies.ofProducer(channel.observer(), 0)!;
      assert.equal(written.count, MESSAGES / 10);
      for (const latency of ['queue', 'total', 'handling'] as const)
        assert.equal(latencies(latency)!.count, MESSAGES / 10, latency);
      assert.ok(latencies('total')!.sumNs >= latencies('queue')!.sumNs);
    });
  }

  it('are none where sampling is off, and only those of the handler where messages carry no time', (t) => {
    const off = exchange(t, { every: 0 });
    assert.equal(off.latencies('handling')!.count, 0);
    assert.equal(Latencies.ofProducer(off.channel.observer(), 0)!.count, 0);
    const timeless = exchange(t, { every: 1, timestamps: false });
    assert.equal(timeless.latencies('queue')!.count, 0);
    assert.equal(timeless.latencies('total')!.count, 0);
    assert.equal(timeless.latencies('handling')!.count, MESSAGES);
  });

  it('say how long a handler took', (t) => {
    const { latencies } = exchange(t, { every: 50, handle: () => spin(2e6) });
    const handling = latencies('handling')!;
    assert.equal(handling.count, MESSAGES / 50);
    assert.ok(handling.quantile(0.01) >= 1.9e6, `${handling.quantile(0.01)} ns`);
    assert.ok(handling.maxNs >= 2e6 && handling.meanNs >= 2e6);
  });

  it('count a message again that came again, as its handler threw', (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer();
    const consumer = channel.consumer('oldest', 'reader', {}, { latencySampling: 1 });
    producer.write(MESSAGE);
    const fail = (): void => {
      throw new Error('the handler fails');
    };
    assert.throws(() => consumer.poll(fail), /the handler fails/);
    assert.equal(
      consumer.poll(() => {}),
      1,
    );
    assert.equal(Latencies.ofConsumer(channel.observer(), 0, 'handling')!.count, 1);
    assert.equal(Latencies.ofConsumer(channel.observer(), 0, 'queue')!.count, 2);
  });

  it('survive their endpoint, and begin anew with another name in its slot', (t) => {
    const channel = new TemporaryChannel(t, { type: 'MPMC' });
    const writes = (service: string): number => {
      const producer: Producer = channel.producer(true, service, { latencySampling: 1 });
      for (let n = 0; n < 10; n++) producer.write(MESSAGE);
      producer.close();
      return Latencies.ofProducer(channel.observer(), 0)!.count;
    };
    assert.equal(writes('one'), 9);
    assert.equal(writes('one'), 18);
    assert.equal(writes('two'), 9);
  });

  it('are no number of this world only until somebody reads them', (t) => {
    const { channel } = exchange(t, { every: 1 });
    const { control } = channel.observer();
    const base = consumerHistogram('SPSC', 0, 'queue');
    for (const value of [NaN, -1, Infinity, 1e300]) {
      control.putFloat64(base + HISTOGRAM.at.counts + 8 * 70, value);
      control.putFloat64(base + HISTOGRAM.at.sumNs, value);
      control.putFloat64(base + HISTOGRAM.at.maxNs, value);
      const { count, sumNs, maxNs } = Latencies.ofConsumer(channel.observer(), 0, 'queue')!;
      assert.ok(count <= MESSAGES);
      assert.equal(sumNs, 0);
      assert.equal(maxNs, 0);
    }
  });
});

describe('a histogram that was read', () => {
  it('knows its quantiles within 1.6 %, and nothing above its greatest', () => {
    const all = latenciesOf(Array.from({ length: 1000 }, (_, n) => (n + 1) * 1000));
    for (const share of [0.01, 0.5, 0.9, 0.99, 0.999]) {
      const exact = share * 1e6;
      assert.ok(Math.abs(all.quantile(share) - exact) / exact < 0.017, `${share}: ${all.quantile(share)}`);
    }
    assert.equal(all.quantile(1), 1e6);
    assert.equal(all.meanNs, 500_500);
    assert.equal(Latencies.NONE.quantile(0.5), NaN);
    assert.equal(Latencies.NONE.maxNs, 0);
  });

  it('less an earlier one is what came since; of another life all of it is new', () => {
    const earlier = latenciesOf([10, 20, 5000]);
    const later = latenciesOf([10, 20, 5000, 30, 30]);
    const since = later.since(earlier);
    assert.equal(since.count, 2);
    assert.equal(since.quantile(0.5), 30);
    assert.equal(since.maxNs, 31, 'the upper bound of what came since');
    assert.equal(earlier.since(later), earlier);
  });

  it('counts up to a bound, and merges', () => {
    const all = Latencies.merge([latenciesOf([10, 20]), latenciesOf([3000])]);
    assert.equal(all.count, 3);
    assert.equal(all.maxNs, 3000);
    assert.equal(all.countUpTo(19), 1);
    assert.equal(all.countUpTo(20), 2);
    assert.equal(all.countUpTo(1e6), 3);
  });
});

interface Exchange {
  readonly type?: ChannelType;
  readonly every: number;
  readonly timestamps?: boolean;
  readonly handle?: () => void;
}

/** Writes and reads messages, in both ways of each. */
function exchange(
  t: TestContext,
  { type = 'SPSC', every, timestamps = true, handle = (): void => {} }: Exchange,
): { channel: TemporaryChannel; latencies: (latency: 'queue' | 'total' | 'handling') => Latencies | undefined } {
  const channel = new TemporaryChannel(t, { type });
  const producer = channel.producer(timestamps, 'writer', { latencySampling: every });
  const consumer = channel.consumer('oldest', 'reader', {}, { latencySampling: every });
  for (let n = 0; n < MESSAGES; n++) {
    if (n % 3 === 0) producer.tryWrite(MESSAGE);
    else producer.write(MESSAGE);
    if (n % 25 === 24) assert.equal(consumer.poll(handle, 7) + consumer.poll(handle), 25);
  }
  return { channel, latencies: (latency) => Latencies.ofConsumer(channel.observer(), 0, latency) };
}

function latenciesOf(values: readonly number[]): Latencies {
  const counts = new Float64Array(HISTOGRAM_COUNTS);
  for (const ns of values) counts[histogramIndex(ns)]! += 1;
  return new Latencies(
    counts,
    values.reduce((sum, ns) => sum + ns, 0),
    Math.max(...values),
  );
}

function spin(ns: number): void {
  const start = process.hrtime.bigint();
  while (Number(process.hrtime.bigint() - start) < ns);
}
