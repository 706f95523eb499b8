import { deliveredTo } from './judge.js';
import { quantiles, type Quantiles } from './recovery.js';
import type { StormResult } from './result.js';
import type { Faults } from './witness.js';

/** Everything that came of a torture, of all scenarios or of one; `--json` prints it as it is. */
export interface Figures {
  readonly seconds: number;
  readonly kills: number;
  readonly killsPerSecond: number;
  readonly producersKilled: number;
  readonly consumersKilled: number;
  readonly killsByKind: Readonly<Record<string, number>>;
  readonly doubleKills: number;
  readonly stopCycles: number;
  readonly falseDeaths: number;
  readonly repairs: number;
  readonly consumersGivenUp: number;
  /** Messages that `write` and its kin accepted. */
  readonly accepted: number;
  /** Of all consumers together, each message counted once for each. */
  readonly delivered: number;
  readonly redelivered: number;
  readonly lost: number;
  readonly faults: Faults;
  readonly deadlocks: number;
  /** From a producer's death inside a claim to the next delivery. */
  readonly recovery: Quantiles;
}

export interface Verdict {
  readonly ok: boolean;
  readonly seed: number;
  /** Ended by a signal. */
  readonly interrupted: boolean;
  readonly scenarios: readonly (Figures & { readonly name: string; readonly problems: readonly string[] })[];
  readonly total: Figures;
}

/** Nothing was found wrong, something was killed and something delivered: a torture that did nothing proves nothing. */
export function verdictOf(results: readonly StormResult[], seed: number, interrupted: boolean): Verdict {
  const scenarios = results.map((result) => ({
    name: result.scenario,
    problems: result.problems,
    ...figuresOf([result]),
  }));
  const isTested = scenarios.length > 0 && scenarios.every(({ kills, delivered }) => kills > 0 && delivered > 0);
  const ok = scenarios.every(({ problems }) => problems.length === 0) && (isTested || interrupted);
  return { ok, seed, interrupted, scenarios, total: figuresOf(results) };
}

function figuresOf(results: readonly StormResult[]): Figures {
  const sum = (value: (result: StormResult) => number): number =>
    results.reduce((total, result) => total + value(result), 0);
  const consumers = results.flatMap(({ accounts }) => accounts.consumers);
  const seconds = sum((result) => result.seconds);
  const kills = sum((result) => result.kills.total);
  const byKind: Record<string, number> = {};
  for (const result of results)
    for (const [kind, count] of result.kills.byKind) byKind[kind] = (byKind[kind] ?? 0) + count;
  const faults: Record<keyof Faults, number> = { torn: 0, reordered: 0, duplicated: 0, skipped: 0, missing: 0 };
  for (const kind of Object.keys(faults) as (keyof Faults)[])
    faults[kind] = consumers.reduce((total, consumer) => total + consumer.faults[kind], 0);
  return {
    seconds,
    kills,
    killsPerSecond: seconds > 0 ? kills / seconds : 0,
    producersKilled: sum((result) => result.kills.producers),
    consumersKilled: sum((result) => result.kills.consumers),
    killsByKind: byKind,
    doubleKills: sum((result) => result.doubleKills),
    stopCycles: sum((result) => result.stops),
    falseDeaths: sum((result) => result.falseDeaths),
    repairs: sum((result) => result.repairs),
    consumersGivenUp: sum((result) => result.consumersGivenUp),
    accepted: sum(({ accounts }) => accounts.producers.reduce((total, { accepted }) => total + accepted, 0)),
    delivered: sum(({ accounts }) =>
      accounts.consumers.reduce((total, consumer) => total + deliveredTo(consumer, accounts.producers), 0),
    ),
    redelivered: consumers.reduce((total, { redelivered }) => total + redelivered, 0),
    lost: consumers.reduce((total, { lost }) => total + lost, 0),
    faults,
    deadlocks: sum((result) => result.deadlocks),
    recovery: quantiles(results.flatMap(({ recoveryNs }) => recoveryNs)),
  };
}
