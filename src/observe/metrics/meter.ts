import type { Meter, Observable, BatchObservableResult, Attributes } from '@opentelemetry/api';
import { BusError } from '../../platform/bus-error.js';
import { defaultDirectory } from '../../layout/directory.js';
import type { EndpointFigures } from '../channel-figures.js';
import { BusLooker, DEFAULT_LIMITS, type BusLook } from './bus-look.js';
import { CHANNEL_METRICS } from './channel-metrics.js';
import { CONSUMER_METRICS, PRODUCER_METRICS } from './endpoint-metrics.js';
import { BUCKET_ENDS, BUCKET_LABELS } from './latency-buckets.js';
import { LOOK_METRICS, USABLE } from './look-metrics.js';
import { otelName, plainCount, plainGauge, type LatencyMetric, type Metric } from './metric.js';

/** What {@link registerMeter} takes besides the meter. */
export interface MeterOptions {
  /** Where the segments live; default: that of this user. */
  readonly directory?: string;
  /** How many channels, and endpoints of each, are exposed at most; what is beyond is counted. */
  readonly channelsMax?: number;
  readonly endpointsMax?: number;
  /** Told when the directory cannot be read: then nothing is observed. Default: a process warning. */
  readonly onError?: (error: BusError) => void;
}

/**
 * Gives the figures of all channels of a directory to an OpenTelemetry meter, as observable instruments: the same as
 * `apbus serve` has, by the same names with dots (`apbus.consumer.lag_messages`), units, and attributes. It looks when the
 * meter's reader collects, once for all instruments, and costs nothing in between. As an observable cannot be a histogram,
 * each latency is a counter of its buckets (`.bucket`, attribute `le` in seconds), their sum and their count.
 *
 * Close what it answers to end it.
 *
 * @example
 * import { metrics } from '@opentelemetry/api';
 * using registered = registerMeter(metrics.getMeter('alphapulse-bus'), { directory: '/dev/shm/alphapulse-1000' });
 */
export function registerMeter(meter: Meter, options: MeterOptions = {}): Disposable {
  const { directory = defaultDirectory(), channelsMax, endpointsMax, onError = warn } = options;
  const looker = new BusLooker(directory, {
    channels: channelsMax ?? DEFAULT_LIMITS.channels,
    endpoints: endpointsMax ?? DEFAULT_LIMITS.endpoints,
  });
  const instruments: Observable[] = [];
  const observeLook = instrumentsOf(meter, instruments, LOOK_METRICS);
  const observeChannel = instrumentsOf(meter, instruments, CHANNEL_METRICS);
  const observeEndpoint = {
    producer: instrumentsOf(meter, instruments, PRODUCER_METRICS),
    consumer: instrumentsOf(meter, instruments, CONSUMER_METRICS),
  };
  const observeUsable = instrumentsOf(meter, instruments, [USABLE]);
  const observe = (result: BatchObservableResult): void => {
    let look: BusLook;
    try {
      look = looker.look((figures) => {
        const { channel, producers, consumers } = figures;
        observeUsable(result, true, { channel });
        observeChannel(result, figures, { channel });
        for (const endpoint of [...producers, ...consumers])
          observeEndpoint[endpoint.role](result, endpoint, attributesOf(channel, endpoint));
      });
    } catch (error) {
      if (!BusError.is(error)) throw error;
      return onError(error);
    }
    observeLook(result, look, {});
    for (const { channel } of look.unusable) observeUsable(result, false, { channel });
  };
  meter.addBatchObservableCallback(observe, instruments);
  return {
    [Symbol.dispose]: () => {
      meter.removeBatchObservableCallback(observe, instruments);
      looker[Symbol.dispose]();
    },
  };
}

type Observe<Subject> = (result: BatchObservableResult, subject: Subject, attributes: Attributes) => void;

/** Makes the instruments of metrics, and answers what observes a subject with all of them. */
function instrumentsOf<Subject>(
  meter: Meter,
  instruments: Observable[],
  metrics: readonly Metric<Subject>[],
): Observe<Subject> {
  const observers = metrics.map((metric) => observerOf(meter, instruments, metric));
  return (result, subject, attributes) => {
    for (const observe of observers) observe(result, subject, attributes);
  };
}

function observerOf<Subject>(meter: Meter, instruments: Observable[], metric: Metric<Subject>): Observe<Subject> {
  const name = otelName(metric.name);
  const description = metric.help;
  const kept = <One extends Observable>(instrument: One): One => {
    instruments.push(instrument);
    return instrument;
  };
  switch (metric.kind) {
    case 'counter': {
      const instrument = kept(meter.createObservableCounter(name, { description, unit: metric.unit }));
      return (result, subject, attributes) => {
        const value = plainCount(metric.value(subject));
        if (value !== undefined) result.observe(instrument, value, attributes);
      };
    }
    case 'gauge': {
      const instrument = kept(meter.createObservableGauge(name, { description, unit: metric.unit }));
      return (result, subject, attributes) => {
        const value = plainGauge(metric.value(subject));
        if (value !== undefined) result.observe(instrument, value, attributes);
      };
    }
    case 'state': {
      const instrument = kept(meter.createObservableGauge(name, { description, unit: '1' }));
      return (result, subject, attributes) => {
        const found = metric.state(subject);
        if (found === undefined) return;
        for (const state of metric.states)
          result.observe(instrument, Number(state === found), { ...attributes, state });
      };
    }
    case 'info': {
      const instrument = kept(meter.createObservableGauge(name, { description, unit: '1' }));
      return (result, subject, attributes) => {
        const values = metric.labels(subject);
        const labels = Object.fromEntries(metric.labelNames.map((label, index) => [label, values[index] ?? '']));
        result.observe(instrument, 1, { ...attributes, ...labels });
      };
    }
    case 'latency':
      return latencyObserver(meter, kept, metric);
  }
}

function latencyObserver<Subject>(
  meter: Meter,
  kept: <One extends Observable>(instrument: One) => One,
  { name, help, latencies }: LatencyMetric<Subject>,
): Observe<Subject> {
  const counter = (suffix: string, unit: string): Observable =>
    kept(meter.createObservableCounter(`${otelName(name)}.${suffix}`, { description: help, unit }));
  const [bucket, sum, total] = [counter('bucket', '{message}'), counter('sum', 's'), counter('count', '{message}')];
  return (result, subject, attributes) => {
    const found = latencies(subject);
    if (found === undefined || found.count === 0) return;
    for (const [index, count] of found.countsBelow(BUCKET_ENDS).entries())
      result.observe(bucket, count, { ...attributes, le: BUCKET_LABELS[index]! });
    result.observe(bucket, found.count, { ...attributes, le: '+Inf' });
    result.observe(sum, found.sumNs / 1e9, attributes);
    result.observe(total, found.count, attributes);
  };
}

function attributesOf(channel: string, { role, name, slot }: EndpointFigures): Attributes {
  return { channel, [role]: name, slot: String(slot) };
}

function warn(error: BusError): void {
  process.emitWarning(error.message, { code: error.code, type: 'AlphaPulseBus' });
}
