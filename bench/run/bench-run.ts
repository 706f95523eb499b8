import { measureCost, measureGarbage, measureModes } from '../measure/in-process.js';
import { measureOneWay, measureReferenceRoundTrip, measureRoundTrip } from '../measure/latency.js';
import { idleOf, measureReferenceThroughput, measureThroughput } from '../measure/throughput.js';
import { measureIdle, measureWake } from '../measure/wake.js';
import { emptyResults, type Results } from '../results.js';
import {
  nameOf,
  type BackpressureScenario,
  type CostScenario,
  type GarbageScenario,
  type RoundTripScenario,
  type Scenario,
  type ThroughputScenario,
  type WakeScenario,
} from '../scenarios.js';
import { quantileSpread } from '../statistics/quantile-spread.js';
import type { Quantiles } from '../statistics/quantiles.js';
import { ratiosOf, spreadOf, type Spread } from '../statistics/spread.js';
import type { Subject } from '../workers/modes.js';
import type { Placement } from './placement.js';
import type { Reference } from './reference.js';
import { Steadiness } from './steadiness.js';

const MEMCPY_SECONDS = 0.2;
const GARBAGE_RUNS = 1;
/** p99.9 of a paced scenario wants a thousand messages at the least. */
const PACED_SECONDS_MIN = 1;
/** At some 250 messages a second each, the bus and the bare means. */
const WAKE_SECONDS_MIN = 2;
const IDLE_RUNS = 1;
/** A run that fails is tried again: on a machine that is busy otherwise, a process may get no processor at all. */
const ATTEMPTS = 2;

export interface RunSettings {
  readonly seconds: number;
  readonly runs: number;
}

/** Measures scenarios one after the other; ours and the reference take turns within each. */
export class BenchRun {
  readonly results: Results = emptyResults();
  private readonly placement: Placement;
  private readonly reference: Reference | undefined;
  private readonly steadiness: Steadiness | undefined;
  private readonly settings: RunSettings;

  constructor(placement: Placement, reference: Reference | undefined, settings: RunSettings) {
    this.placement = placement;
    this.reference = reference;
    this.steadiness = reference === undefined ? undefined : new Steadiness(reference);
    this.settings = settings;
  }

  /** What cannot be measured is noted in the results, and the rest goes on. */
  async measure(scenario: Scenario): Promise<void> {
    try {
      await this.measureOne(scenario);
    } catch (error) {
      this.results.failures.push({
        name: nameOf(scenario),
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }

  private async measureOne(scenario: Scenario): Promise<void> {
    const { placement, results, settings, reference } = this;
    switch (scenario.kind) {
      case 'throughput':
        return this.measureThroughput(scenario);
      case 'round-trip':
        return this.measureRoundTrip(scenario);
      case 'cost':
        return this.measureCost(scenario);
      case 'backpressure':
        return this.measureModes(scenario);
      case 'garbage':
        return this.measureGarbage(scenario);
      case 'wake':
        return this.measureWake(scenario);
      case 'idle':
        results.idle.push({
          scenario,
          share: spreadOf(await this.repeat(() => measureIdle(scenario, placement), IDLE_RUNS)),
        });
        return;
      case 'one-way': {
        const seconds = Math.max(settings.seconds, PACED_SECONDS_MIN);
        const runs = await this.repeat(() => measureOneWay(scenario, placement, seconds));
        results.oneWay.push({ scenario, ns: quantileSpread(runs) });
        return;
      }
      case 'memcpy': {
        if (reference === undefined) return;
        const { messageBytes: message, ringBytes: ring } = scenario;
        const runs = await this.repeat(() => reference.rate('memcpy', { message, ring, seconds: MEMCPY_SECONDS }));
        results.memcpy.push({ scenario, rate: spreadOf(runs) });
      }
    }
  }

  private async measureThroughput(scenario: ThroughputScenario): Promise<void> {
    const { placement, reference } = this;
    const { seconds } = this.settings;
    const ours: number[] = [];
    const theirs: number[] = [];
    const probes = await this.pairs(
      async () => ours.push(await measureThroughput(scenario, placement, seconds)),
      async (to) => theirs.push(await measureReferenceThroughput(scenario, placement, to, seconds)),
    );
    this.results.throughput.push({
      scenario,
      idle: idleOf(scenario, placement),
      rate: spreadOf(ours),
      reference: reference && spreadOf(theirs),
      ratio: reference && ratiosOf(ours, theirs),
      probeNs: probes,
    });
  }

  private async measureRoundTrip(scenario: RoundTripScenario): Promise<void> {
    const seconds = Math.max(this.settings.seconds, PACED_SECONDS_MIN);
    const ours: Quantiles[] = [];
    const theirs: Quantiles[] = [];
    const probes = await this.pairs(
      async () => ours.push(await measureRoundTrip(scenario, this.placement, seconds)),
      async (to) => {
        const quantiles = await measureReferenceRoundTrip(scenario, to, seconds);
        if (quantiles !== undefined) theirs.push(quantiles);
      },
    );
    const medians = (runs: readonly Quantiles[]): number[] => runs.map(({ p50 }) => p50);
    const paired = theirs.length > 0;
    this.results.roundTrip.push({
      scenario,
      ns: quantileSpread(ours),
      reference: paired ? quantileSpread(theirs) : undefined,
      ratio: paired ? ratiosOf(medians(ours), medians(theirs)) : undefined,
      probeNs: probes,
    });
  }

  private async measureCost(scenario: CostScenario): Promise<void> {
    const runs = await this.repeat(() => measureCost(scenario, this.placement, this.settings.seconds));
    this.results.cost.push({
      scenario,
      write: quantileSpread(runs.map(({ write }) => write)),
      poll: quantileSpread(runs.map(({ poll }) => poll)),
    });
  }

  private async measureModes(scenario: BackpressureScenario): Promise<void> {
    const runs = await this.repeat(() => measureModes(scenario, this.placement, this.settings.seconds));
    const base = runs.map((run) => run.BlockProducer);
    const subjects = Object.keys(runs[0]!) as Subject[];
    const rows = subjects.map((subject) => {
      const costs = runs.map((run) => run[subject]);
      return { subject, write: spreadOf(costs), ratio: ratiosOf(costs, base) };
    });
    this.results.backpressure.push({ scenario, rows });
  }

  private async measureGarbage(scenario: GarbageScenario): Promise<void> {
    const runs = await this.repeat(() => measureGarbage(scenario, this.placement), GARBAGE_RUNS);
    const perMillion = (key: 'writeBytes' | 'tryWriteBytes' | 'pollBytes'): Spread =>
      spreadOf(runs.map((run) => (run[key] / run.messages) * 1e6));
    this.results.garbage.push({
      scenario,
      write: perMillion('writeBytes'),
      tryWrite: perMillion('tryWriteBytes'),
      poll: perMillion('pollBytes'),
    });
  }

  private async measureWake(scenario: WakeScenario): Promise<void> {
    const seconds = Math.max(this.settings.seconds, WAKE_SECONDS_MIN);
    const runs = await this.repeat(() => measureWake(scenario, this.placement, seconds));
    const [ours, bare] = [runs.map((run) => run.bus), runs.map((run) => run.bare)];
    const medians = (quantiles: readonly Quantiles[]): number[] => quantiles.map(({ p50 }) => p50);
    this.results.wake.push({
      scenario,
      ns: quantileSpread(ours),
      bare: quantileSpread(bare),
      ratio: ratiosOf(medians(ours), medians(bare)),
    });
  }

  /** Runs ours and the reference in turn, changing who comes first; answers what the probe said before each pair. */
  private async pairs(
    ours: () => Promise<unknown>,
    theirs: (reference: Reference) => Promise<unknown>,
  ): Promise<Spread | undefined> {
    const { reference, steadiness } = this;
    const probes: number[] = [];
    for (let run = 0; run < this.settings.runs; run++) {
      if (steadiness !== undefined) probes.push(await steadiness.settle());
      const steps = [ours, ...(reference === undefined ? [] : [(): Promise<unknown> => theirs(reference)])];
      if (run % 2 === 1) steps.reverse();
      for (const step of steps) await insist(step);
    }
    return steadiness === undefined ? undefined : spreadOf(probes);
  }

  private async repeat<Value>(measure: () => Promise<Value>, times: number = this.settings.runs): Promise<Value[]> {
    const values: Value[] = [];
    for (let run = 0; run < times; run++) values.push(await insist(measure));
    return values;
  }
}

async function insist<Value>(measure: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await measure();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}
