import { trace, type Tracer } from '@opentelemetry/api';
import { BusError } from '../platform/bus-error.js';
import { systemWallClock, type WallClock } from '../platform/clock.js';
import { CONVENTIONS, DEFAULT_CONVENTIONS, schemaUrl, SYSTEM, type MessagingConventions } from './conventions.js';
import { Sampler, type Sampling } from './sampling.js';

/** How a producer or a consumer is traced. */
export interface TracingOptions {
  /** Default: that of the registered provider, named `alphapulse-bus`. */
  readonly tracer?: Tracer;
  /** Which messages get a span; default `all`. */
  readonly sampling?: Sampling;
  /** The version of the semantic conventions that names follow; default `1.45.0`. */
  readonly conventions?: MessagingConventions;
  /** @internal For tests. */
  readonly clock?: WallClock;
}

export interface ProducerTracingOptions extends TracingOptions {
  /**
   * `StageFlag` bits that the messages get in their TraceContext, besides those of the message that they come from. Default:
   * collected where a trace begins, processed further on.
   */
  readonly stage?: number;
}

/** The same with its defaults. */
export interface TracingSettings {
  readonly tracer: Tracer;
  readonly sampler: Sampler;
  readonly conventions: MessagingConventions;
  readonly clock: WallClock;
}

/** @throws BusError `ERR_INVALID_ARGUMENT` */
export function tracingSettings(options: TracingOptions): TracingSettings {
  const { sampling = 'all', conventions = DEFAULT_CONVENTIONS, clock = systemWallClock } = options;
  if (!CONVENTIONS.includes(conventions)) throw invalid('conventions', conventions, CONVENTIONS.join(' or '));
  const sampler = new Sampler(sampling);
  const schema = { schemaUrl: schemaUrl(conventions) };
  const tracer = options.tracer ?? trace.getTracerProvider().getTracer(SYSTEM, undefined, schema);
  return { tracer, sampler, conventions, clock };
}

/** @throws BusError `ERR_INVALID_ARGUMENT` */
export function checkStage(stage: number | undefined): void {
  if (stage === undefined || (Number.isInteger(stage) && stage >= 0 && stage <= 255)) return;
  throw invalid('stage', stage, 'StageFlag bits, 0 to 255');
}

function invalid(option: string, found: unknown, expected: string): BusError {
  return new BusError('ERR_INVALID_ARGUMENT', `${option}: found ${String(found)}, expected ${expected}`);
}
