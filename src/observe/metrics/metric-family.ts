import { BUCKET_ENDS, BUCKET_LABELS } from './latency-buckets.js';
import {
  plainCount,
  plainGauge,
  type InfoMetric,
  type LatencyMetric,
  type Metric,
  type StateMetric,
} from './metric.js';
import { bytesOf, TextBytes } from './text-bytes.js';

/** The labels of a subject as they stand behind a name, to have more added (`{a="b"`), and ended (`{a="b"} `). */
export interface LabelBytes {
  readonly open: Uint8Array;
  readonly ended: Uint8Array;
}

/** Adds the samples of one metric that a subject has. */
type AddSamples<Subject> = (subject: Subject, labels: LabelBytes) => void;

const ENDED = bytesOf('} ');
const LE = [...BUCKET_LABELS, '+Inf'].map((bound) => bytesOf(`,le="${bound}"} `));
const BEGIN_BYTES = 4096;

/**
 * All samples of one metric, as they stand together in the text. It is emptied and written again for each scrape: memory that
 * is there already costs less than what it holds.
 */
export class MetricFamily<Subject> {
  readonly head: Uint8Array;
  /** Adds those that a subject has. */
  readonly add: AddSamples<Subject>;
  private readonly text = new TextBytes(BEGIN_BYTES);

  constructor(metric: Metric<Subject>) {
    this.head = bytesOf(`# HELP ${metric.name} ${metric.help}\n# TYPE ${metric.name} ${prometheusType(metric)}\n`);
    this.add = samplesOf(this.text, metric);
  }

  clear(): void {
    this.text.cut(0);
  }

  /** How long it is, with its head; 0 without samples: it would say nothing. */
  get length(): number {
    return this.text.length === 0 ? 0 : this.head.length + this.text.length;
  }

  /** Puts it where it belongs, if it has samples; answers where it ends. */
  copyTo(target: Uint8Array, at: number): number {
    if (this.text.length === 0) return at;
    target.set(this.head, at);
    target.set(this.text.view(), at + this.head.length);
    return at + this.length;
  }
}

/** A label's value as it stands between quotes. */
export function escapeLabel(value: string): string {
  return /[\\"\n]/.test(value)
    ? value
        .replaceAll('\\', String.raw`\\`)
        .replaceAll('"', String.raw`\"`)
        .replaceAll('\n', String.raw`\n`)
    : value;
}

/** What Prometheus calls the kind of a metric. */
export function prometheusType({ kind }: Pick<Metric<never>, 'kind'>): 'counter' | 'gauge' | 'histogram' {
  if (kind === 'counter') return 'counter';
  return kind === 'latency' ? 'histogram' : 'gauge';
}

function samplesOf<Subject>(text: TextBytes, metric: Metric<Subject>): AddSamples<Subject> {
  switch (metric.kind) {
    case 'counter':
      return numbersOf(text, metric.name, (subject) => plainCount(metric.value(subject)));
    case 'gauge':
      return numbersOf(text, metric.name, (subject) => plainGauge(metric.value(subject)));
    case 'state':
      return statesOf(text, metric);
    case 'info':
      return infosOf(text, metric);
    case 'latency':
      return histogramsOf(text, metric);
  }
}

function numbersOf<Subject>(
  text: TextBytes,
  series: string,
  valueOf: (subject: Subject) => number | undefined,
): AddSamples<Subject> {
  const name = bytesOf(series);
  return (subject, { ended }) => {
    const value = valueOf(subject);
    if (value === undefined) return;
    text.addBytes(name);
    text.addBytes(ended);
    text.endWith(value);
  };
}

function statesOf<Subject>(
  text: TextBytes,
  { name: series, states, state }: StateMetric<Subject>,
): AddSamples<Subject> {
  const name = bytesOf(series);
  const line = (one: string, value: number): Uint8Array => bytesOf(`,state="${one}"} ${value}\n`);
  const lines = states.map((one) => [one, line(one, 1), line(one, 0)] as const);
  return (subject, { open }) => {
    const found = state(subject);
    if (found === undefined) return;
    for (const [one, yes, no] of lines) {
      text.addBytes(name);
      text.addBytes(open);
      text.addBytes(one === found ? yes : no);
    }
  };
}

function infosOf<Subject>(text: TextBytes, { name, labelNames, labels }: InfoMetric<Subject>): AddSamples<Subject> {
  return (subject, { open }) => {
    const values = labels(subject);
    text.add(name);
    text.addBytes(open);
    for (const [index, label] of labelNames.entries()) text.add(`,${label}="${escapeLabel(values[index] ?? '')}"`);
    text.addBytes(ENDED);
    text.endWith(1);
  };
}

function histogramsOf<Subject>(text: TextBytes, { name, latencies }: LatencyMetric<Subject>): AddSamples<Subject> {
  const [bucket, sum, total] = ['bucket', 'sum', 'count'].map((suffix) => bytesOf(`${name}_${suffix}`));
  const counts = new Float64Array(LE.length);
  return (subject, { open, ended }) => {
    const found = latencies(subject);
    if (found === undefined || found.count === 0) return;
    found.countsBelow(BUCKET_ENDS, counts);
    counts[BUCKET_ENDS.length] = found.count;
    const begin = text.length;
    text.addBytes(bucket!);
    text.addBytes(open);
    const end = text.length;
    for (let index = 0; index < LE.length; index++) {
      if (index > 0) text.addAgain(begin, end);
      text.addBytes(LE[index]!);
      text.endWith(counts[index]!);
    }
    text.addBytes(sum!);
    text.addBytes(ended);
    text.endWith(found.sumNs / 1e9);
    text.addBytes(total!);
    text.addBytes(ended);
    text.endWith(found.count);
  };
}
