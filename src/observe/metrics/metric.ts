import type { Latencies } from '../latencies.js';

interface Described {
  /** As Prometheus names it, with the unit at its end; see {@link otelName} for the other name. */
  readonly name: string;
  /** One sentence, without what the name says. */
  readonly help: string;
}

/** A number that only grows, as long as what it is counted of stays the same. */
export interface CounterMetric<Subject> extends Described {
  readonly kind: 'counter';
  /** As UCUM has it: `s`, `By`, `1`, or what is counted, `{message}`. */
  readonly unit: string;
  /** Undefined: the subject has no such figure, and so no sample. */
  readonly value: (subject: Subject) => number | undefined;
}

/** A number as it is now. */
export interface GaugeMetric<Subject> extends Described {
  readonly kind: 'gauge';
  readonly unit: string;
  readonly value: (subject: Subject) => number | undefined;
}

/** One of several words: a sample for each of them with the label `state`, 1 for the one that is true and 0 for the others. */
export interface StateMetric<Subject> extends Described {
  readonly kind: 'state';
  readonly states: readonly string[];
  readonly state: (subject: Subject) => string | undefined;
}

/** Always 1; the labels are what it says. */
export interface InfoMetric<Subject> extends Described {
  readonly kind: 'info';
  readonly labelNames: readonly string[];
  readonly labels: (subject: Subject) => readonly string[];
}

/** A histogram of times, in seconds. */
export interface LatencyMetric<Subject> extends Described {
  readonly kind: 'latency';
  /** Undefined, or without any: no samples. */
  readonly latencies: (subject: Subject) => Latencies | undefined;
}

/** A family of samples, of subjects of one kind. */
export type Metric<Subject> =
  | CounterMetric<Subject>
  | GaugeMetric<Subject>
  | StateMetric<Subject>
  | InfoMetric<Subject>
  | LatencyMetric<Subject>;

type Value<Subject> = (subject: Subject) => number | undefined;

export function counter<Subject>(
  name: string,
  unit: string,
  help: string,
  value: Value<Subject>,
): CounterMetric<Subject> {
  return { kind: 'counter', name, unit, help, value };
}

export function gauge<Subject>(name: string, unit: string, help: string, value: Value<Subject>): GaugeMetric<Subject> {
  return { kind: 'gauge', name, unit, help, value };
}

/** What stands in a segment may be anything; only what a counter can be is shown as one. */
export function plainCount(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

export function plainGauge(value: number | undefined): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** `apbus_consumer_messages_total` is `apbus.consumer.messages`: OpenTelemetry has dots, and no suffix for counters. */
export function otelName(name: string): string {
  return name
    .replace(/_total$/, '')
    .replace('_', '.')
    .replace('_', '.');
}
