import type { Accounts } from './judge.js';
import type { KillTally } from './tallies.js';

/** What came of one scenario. */
export interface StormResult {
  readonly scenario: string;
  readonly seed: number;
  readonly seconds: number;
  readonly accounts: Accounts;
  readonly kills: KillTally;
  /** Cycles of SIGSTOP and SIGCONT. */
  readonly stops: number;
  /** Kills of two at once. */
  readonly doubleKills: number;
  readonly repairs: number;
  readonly consumersGivenUp: number;
  /** Processes that lived and were taken for dead. */
  readonly falseDeaths: number;
  readonly deadlocks: number;
  /** From each death inside a claim to the next delivery, ns. */
  readonly recoveryNs: readonly number[];
  /** Everything that does not add up, as sentences; empty when all holds. */
  readonly problems: readonly string[];
}
