import { existsSync, readFileSync } from 'node:fs';
import type { Actor } from './actor.js';
import type { Accounts } from './judge.js';
import { Life, type Ledger } from './ledger.js';
import type { Scenario } from './scenarios.js';
import type { KillTally } from './tallies.js';
import type { Witness } from './witness.js';

const LINES_MAX = 20;

/** Puts together what the processes of a storm say they did, and what the witnesses saw. */
export function accountsOf(
  ledger: Ledger,
  ended: readonly Actor[],
  witnesses: ReadonlyMap<string, Witness>,
  kills: KillTally,
  end: number,
  { channel: { type } }: Scenario,
): Accounts {
  const producers = ended
    .filter(({ seat }) => seat.role === 'producer')
    .map(({ life, end: how }) => ({
      life,
      attempted: ledger.get(life, Life.ATTEMPTED),
      accepted: ledger.get(life, Life.ACCEPTED),
      abortsBegun: ledger.get(life, Life.ABORTS_BEGUN),
      aborts: ledger.get(life, Life.ABORTS),
      killed: how?.signal === 'SIGKILL',
    }));
  const consumers = [...witnesses].map(([name, witness]) => {
    const { missing, missingWhileAway } = witness.gap(witness.gapCount - 1);
    const { nextSequence, timesLeftBehind, lost, lostAgainMax, redelivered, faults } = witness;
    return {
      name,
      nextSequence,
      missing,
      missingWhileAway,
      timesLeftBehind,
      lost,
      lostAgainMax,
      redelivered,
      faults,
      kills: kills.of(name),
      deliveredOf: (life: number): number => witness.deliveredOf(life),
    };
  });
  return { end, hasOneProducer: type.startsWith('SP'), producers, consumers };
}

/** The first lines of a file; none when it is not there. */
export function linesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .slice(0, LINES_MAX);
}
