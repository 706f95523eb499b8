import { formatTable } from '../output.js';
import type { Figures, Verdict } from './verdict.js';

/** The verdict as people read it: a column for each scenario, the kills by where they struck, and what is wrong. */
export function formatVerdict(verdict: Verdict): string {
  const { scenarios, total, seed, ok, interrupted } = verdict;
  const columns = scenarios.length === 1 ? scenarios : [...scenarios, { ...total, name: 'all' }];
  const row = (name: string, value: (figures: Figures) => string): string[] => [name, ...columns.map(value)];
  const count = (name: string, value: (figures: Figures) => number): string[] =>
    row(name, (figures) => value(figures).toLocaleString('en-US'));
  const table = formatTable([
    ['', ...columns.map(({ name }) => name)],
    row('seconds', ({ seconds }) => seconds.toFixed(1)),
    count('producers killed', ({ producersKilled }) => producersKilled),
    count('consumers killed', ({ consumersKilled }) => consumersKilled),
    row('kills a second', ({ killsPerSecond }) => killsPerSecond.toFixed(1)),
    count('two at once', ({ doubleKills }) => doubleKills),
    count('stopped and continued', ({ stopCycles }) => stopCycles),
    count('taken for dead', ({ falseDeaths }) => falseDeaths),
    count('claims repaired', ({ repairs }) => repairs),
    count('consumers given up', ({ consumersGivenUp }) => consumersGivenUp),
    count('accepted', ({ accepted }) => accepted),
    count('delivered', ({ delivered }) => delivered),
    count('delivered again', ({ redelivered }) => redelivered),
    count('counted lost', ({ lost }) => lost),
    count('torn', ({ faults }) => faults.torn),
    count('reordered', ({ faults }) => faults.reordered),
    count('duplicated', ({ faults }) => faults.duplicated),
    count('left out', ({ faults }) => faults.missing + faults.skipped),
    count('deadlocks', ({ deadlocks }) => deadlocks),
    row('recoveries measured', ({ recovery }) => recovery.count.toLocaleString('en-US')),
    row('recovery p50', ({ recovery }) => ms(recovery.count, recovery.p50Ms)),
    row('recovery p99', ({ recovery }) => ms(recovery.count, recovery.p99Ms)),
    row('recovery max', ({ recovery }) => ms(recovery.count, recovery.maxMs)),
  ]);
  const kinds = Object.entries(total.killsByKind).sort(([, a], [, b]) => b - a);
  const kills = formatTable(kinds.map(([kind, times]) => [`  ${kind}`, times.toLocaleString('en-US')]));
  const problems = scenarios.flatMap(({ name, problems: found }) => found.map((problem) => `  ${name}: ${problem}\n`));
  const wrong = problems.length === 0 ? '' : `\nwhat does not add up\n${problems.join('')}`;
  const ending = interrupted ? 'Interrupted' : 'Finished';
  return `${table}\nkills\n${kills}${wrong}\n${ending}, seed ${seed}. ${conclusion(ok, total)}\n`;
}

function conclusion(ok: boolean, { kills }: Figures): string {
  if (ok && kills === 0) return 'Nothing was killed, so nothing was shown.';
  if (ok) return 'Every message is accounted for.';
  return 'FAILED. Please report this, with the output above and what `apbus doctor` says.';
}

function ms(samples: number, value: number): string {
  return samples === 0 ? '-' : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
