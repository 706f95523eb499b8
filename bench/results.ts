import type {
  BackpressureScenario,
  CostScenario,
  GarbageScenario,
  IdleScenario,
  MemcpyScenario,
  OneWayScenario,
  RoundTripScenario,
  ThroughputScenario,
  WakeScenario,
} from './scenarios.js';
import type { QuantileSpread } from './statistics/quantile-spread.js';
import type { Spread } from './statistics/spread.js';
import type { Idle } from './workers/idle.js';
import type { Subject } from './workers/modes.js';

/** Rates are messages per second, times are ns, ratios are ours ÷ the reference's, run by run. */
export interface ThroughputResult {
  readonly scenario: ThroughputScenario;
  readonly idle: Idle;
  readonly rate: Spread;
  readonly reference: Spread | undefined;
  readonly ratio: Spread | undefined;
  /** A cache line's way to the other processor and back, before each run. */
  readonly probeNs: Spread | undefined;
}

export interface OneWayResult {
  readonly scenario: OneWayScenario;
  readonly ns: QuantileSpread;
}

export interface RoundTripResult {
  readonly scenario: RoundTripScenario;
  readonly ns: QuantileSpread;
  readonly reference: QuantileSpread | undefined;
  /** Of the medians. */
  readonly ratio: Spread | undefined;
  readonly probeNs: Spread | undefined;
}

export interface CostOutcome {
  readonly scenario: CostScenario;
  readonly write: QuantileSpread;
  readonly poll: QuantileSpread;
}

export interface BackpressureOutcome {
  readonly scenario: BackpressureScenario;
  readonly rows: readonly {
    readonly subject: Subject;
    /** One `write`, ns. */
    readonly write: Spread;
    /** To BlockProducer in the same run. */
    readonly ratio: Spread;
  }[];
}

/** Heap bytes per million messages. */
export interface GarbageOutcome {
  readonly scenario: GarbageScenario;
  readonly write: Spread;
  readonly tryWrite: Spread;
  readonly poll: Spread;
}

export interface MemcpyResult {
  readonly scenario: MemcpyScenario;
  readonly rate: Spread;
}

export interface WakeResult {
  readonly scenario: WakeScenario;
  readonly ns: QuantileSpread;
  /** Over a bare FIFO or futex, between the same processes in the same run. */
  readonly bare: QuantileSpread;
  /** Of the medians. */
  readonly ratio: Spread;
}

export interface IdleResult {
  readonly scenario: IdleScenario;
  /** Of one processor, 0 to 1. */
  readonly share: Spread;
}

export interface Failure {
  readonly name: string;
  readonly error: string;
}

export interface Results {
  readonly throughput: ThroughputResult[];
  readonly oneWay: OneWayResult[];
  readonly roundTrip: RoundTripResult[];
  readonly cost: CostOutcome[];
  readonly backpressure: BackpressureOutcome[];
  readonly garbage: GarbageOutcome[];
  readonly memcpy: MemcpyResult[];
  readonly wake: WakeResult[];
  readonly idle: IdleResult[];
  readonly failures: Failure[];
}

export function emptyResults(): Results {
  return {
    throughput: [],
    oneWay: [],
    roundTrip: [],
    cost: [],
    backpressure: [],
    garbage: [],
    memcpy: [],
    wake: [],
    idle: [],
    failures: [],
  };
}
