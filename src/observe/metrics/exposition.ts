import type { ChannelFigures, EndpointFigures } from '../channel-figures.js';
import type { BusLook } from './bus-look.js';
import { CHANNEL_METRICS } from './channel-metrics.js';
import { CONSUMER_METRICS, PRODUCER_METRICS } from './endpoint-metrics.js';
import { BUCKET_ENDS, BUCKET_LABELS } from './latency-buckets.js';
import { LOOK_METRICS, USABLE } from './look-metrics.js';
import { bytesOf, TextBytes } from './text-bytes.js';
import { plainCount, plainGauge, type LatencyMetric, type Metric } from './metric.js';

/*
 * The text format of Prometheus, version 0.0.4. It is written here and not by a client library: those hold every sample as an
 * object with its labels, which takes five to ten times as long, and a bus of 1,000 endpoints has 50,000 of them.
 */

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A subject with its labels as they stand between the braces; without any: none. */
interface Labelled<Subject> {
  readonly labels: Uint8Array;
  readonly subject: Subject;
}

const SPACE = bytesOf(' ');
const OPEN = bytesOf('{');
const CLOSE = bytesOf('} ');
const LE = [...BUCKET_LABELS, '+Inf'].map((bound) => bytesOf(`,le="${bound}"} `));
const NO_LABELS = bytesOf('');

/** All of a look. `bytes`: about as long as it will be, if anybody knows. */
export function prometheusText(look: BusLook, bytes = 65_536): Buffer {
  const text = new TextBytes(bytes);
  addFamilies(text, LOOK_METRICS, [{ labels: NO_LABELS, subject: look }]);
  addUsable(text, look);
  const label = ({ channel }: ChannelFigures): string => `channel="${escapeLabel(channel)}"`;
  addFamilies(
    text,
    CHANNEL_METRICS,
    look.channels.map((figures) => ({ labels: bytesOf(label(figures)), subject: figures })),
  );
  const endpoints = (role: EndpointFigures['role']): Labelled<EndpointFigures>[] =>
    look.channels.flatMap((figures) =>
      figures[`${role}s`].map((endpoint) => ({
        labels: bytesOf(`${label(figures)},${role}="${escapeLabel(endpoint.name)}",slot="${endpoint.slot}"`),
        subject: endpoint,
      })),
    );
  addFamilies(text, PRODUCER_METRICS, endpoints('producer'));
  addFamilies(text, CONSUMER_METRICS, endpoints('consumer'));
  return text.take();
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

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function addUsable(text: TextBytes, { channels, unusable }: BusLook): void {
  if (channels.length + unusable.length === 0) return;
  text.add(head(USABLE.name, USABLE.help, 'gauge'));
  for (const { channel } of channels) text.add(`${USABLE.name}{channel="${escapeLabel(channel)}"} 1\n`);
  for (const { channel } of unusable) text.add(`${USABLE.name}{channel="${escapeLabel(channel)}"} 0\n`);
}

/** Adds the samples of one metric, of one subject after the other; answers whether there was any. */
type AddSamples<Subject> = (labelled: Labelled<Subject>) => boolean;

function addFamilies<Subject>(
  text: TextBytes,
  metrics: readonly Metric<Subject>[],
  subjects: readonly Labelled<Subject>[],
): void {
  for (const metric of metrics) {
    const begin = text.length;
    text.add(head(metric.name, metric.help, prometheusType(metric)));
    const add = samplesOf(text, metric);
    let hasAny = false;
    for (const labelled of subjects) hasAny = add(labelled) || hasAny;
    // a family without samples would say nothing
    if (!hasAny) text.cut(begin);
  }
}

function samplesOf<Subject>(text: TextBytes, metric: Metric<Subject>): AddSamples<Subject> {
  const name = bytesOf(metric.name);
  switch (metric.kind) {
    case 'counter':
      return ({ labels, subject }) => addSample(text, name, labels, plainCount(metric.value(subject)));
    case 'gauge':
      return ({ labels, subject }) => addSample(text, name, labels, plainGauge(metric.value(subject)));
    case 'state': {
      const states = metric.states.map((state) => bytesOf(`,state="${state}"} `));
      return ({ labels, subject }) => {
        const found = metric.state(subject);
        if (found === undefined) return false;
        for (const [index, state] of states.entries()) {
          addStart(text, name, labels);
          text.addBytes(state);
          text.endWith(Number(metric.states[index] === found));
        }
        return true;
      };
    }
    case 'info':
      return ({ labels, subject }) => {
        const values = metric.labels(subject);
        addStart(text, name, labels);
        for (const [index, label] of metric.labelNames.entries())
          text.add(`,${label}="${escapeLabel(values[index] ?? '')}"`);
        text.addBytes(CLOSE);
        text.endWith(1);
        return true;
      };
    case 'latency':
      return histogramsOf(text, metric);
  }
}

function addStart(text: TextBytes, name: Uint8Array, labels: Uint8Array): void {
  text.addBytes(name);
  text.addBytes(OPEN);
  text.addBytes(labels);
}

function addSample(text: TextBytes, name: Uint8Array, labels: Uint8Array, value: number | undefined): boolean {
  if (value === undefined) return false;
  if (labels.length === 0) {
    text.addBytes(name);
    text.addBytes(SPACE);
  } else {
    addStart(text, name, labels);
    text.addBytes(CLOSE);
  }
  text.endWith(value);
  return true;
}

function histogramsOf<Subject>(text: TextBytes, metric: LatencyMetric<Subject>): AddSamples<Subject> {
  const [bucket, sum, total] = ['bucket', 'sum', 'count'].map((suffix) => bytesOf(`${metric.name}_${suffix}`));
  return ({ labels, subject }) => {
    const latencies = metric.latencies(subject);
    if (latencies === undefined || latencies.count === 0) return false;
    const { count, sumNs } = latencies;
    const counts = latencies.countsBelow(BUCKET_ENDS);
    const start = Buffer.concat([bucket!, OPEN, labels]);
    for (let index = 0; index < LE.length; index++) {
      text.addBytes(start);
      text.addBytes(LE[index]!);
      text.endWith(counts[index] ?? count);
    }
    addSample(text, sum!, labels, sumNs / 1e9);
    return addSample(text, total!, labels, count);
  };
}
