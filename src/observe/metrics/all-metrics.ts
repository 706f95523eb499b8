import { CHANNEL_METRICS } from './channel-metrics.js';
import { CONSUMER_METRICS, PRODUCER_METRICS } from './endpoint-metrics.js';
import { BUCKET_LABELS } from './latency-buckets.js';
import { LOOK_METRICS, USABLE } from './look-metrics.js';
import { otelName, type Metric } from './metric.js';

/** A metric as a page or a check wants it, without what it is read from. */
export interface DescribedMetric {
  readonly name: string;
  readonly otelName: string;
  readonly kind: Metric<never>['kind'];
  readonly unit: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** How many series one subject has of it at most. */
  readonly series: number;
}

/** Every metric there is, by what it is of. */
export const ALL_METRICS: readonly (readonly [subject: string, metrics: readonly DescribedMetric[]])[] = [
  ['look', [...LOOK_METRICS.map(describe([])), describe(['channel'])(USABLE)]],
  ['channel', CHANNEL_METRICS.map(describe(['channel']))],
  ['producer', PRODUCER_METRICS.map(describe(['channel', 'producer', 'slot']))],
  ['consumer', CONSUMER_METRICS.map(describe(['channel', 'consumer', 'slot']))],
];

function seriesOf<Subject>(metric: Metric<Subject>): number {
  if (metric.kind === 'state') return metric.states.length;
  // the last bucket, the sum and the count
  return metric.kind === 'latency' ? BUCKET_LABELS.length + 3 : 1;
}

/** The names of series that a query may use. */
export function seriesNames(): Set<string> {
  return new Set(
    ALL_METRICS.flatMap(([, metrics]) =>
      metrics.flatMap(({ name, kind }) =>
        kind === 'latency' ? ['bucket', 'sum', 'count'].map((suffix) => `${name}_${suffix}`) : name,
      ),
    ),
  );
}

function describe(labels: readonly string[]): <Subject>(metric: Metric<Subject>) => DescribedMetric {
  return (metric) => {
    const { name, kind, help } = metric;
    const more = kind === 'state' ? ['state'] : kind === 'info' ? metric.labelNames : kind === 'latency' ? ['le'] : [];
    const unit = 'unit' in metric ? metric.unit : kind === 'latency' ? 's' : '1';
    return { name, otelName: otelName(name), kind, unit, help, labels: [...labels, ...more], series: seriesOf(metric) };
  };
}
