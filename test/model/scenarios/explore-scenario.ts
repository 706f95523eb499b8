import type { TestContext } from 'node:test';
import { countFromEnvironment } from '../../kit/random.js';
import { Explorer, type Report } from '../explorer/explore.js';
import { replay, type Replay } from '../explorer/replay.js';
import { scenario, type ScenarioName } from './catalogue.js';
import type { RingCode } from './ring-code.js';
import { programOf } from './scenario.js';

/**
 * How many more preemptions than in the quick form are explored: `APBUS_MODEL_BOUND`, 0 if it is not set. Each multiplies
 * the states by five to ten; `npm run storm` sets 1.
 */
const MORE = countFromEnvironment('APBUS_MODEL_BOUND', 0);
/** Beyond it the states of one run take several gigabytes. */
const STATES_MAX = 5_000_000;

/** Explores a scenario within its bounds, raised as the environment says. */
export function exploreScenario(name: ScenarioName, t: TestContext): Report {
  const { settings, preemptions, crashes, statesMax = STATES_MAX } = scenario(name);
  const bound = preemptions + MORE;
  const report = new Explorer(programOf(settings), {
    preemptions: bound,
    crashes: Number(crashes),
    statesMax: MORE > 0 ? STATES_MAX : statesMax,
  }).explore();
  const extent = bound === Infinity ? 'all interleavings' : `up to ${bound} preemptions`;
  const how = report.complete ? extent : `${extent}, not all of them`;
  t.diagnostic(`${report.states} states, ${report.accesses} accesses, ${report.endings} endings; ${how}`);
  return report;
}

/** Explores a scenario over code with a mistake in it, until that is noticed. */
export function exploreMutant(name: ScenarioName, code: RingCode): Report {
  const { settings, preemptions, crashes } = scenario(name);
  const program = programOf(settings, code);
  return new Explorer(program, { preemptions, crashes: Number(crashes), statesMax: STATES_MAX / 5 }).explore();
}

/** Runs one schedule of a scenario, as a failed exploration prints it. */
export function replayScenario(name: ScenarioName, schedule: string): Replay {
  return replay(programOf(scenario(name).settings), schedule);
}

/** What a failed test says: what is wrong, how to see it again, and the accesses that led there. */
export function explain(name: ScenarioName, { violation }: Report): string {
  if (violation === undefined) return 'nothing was violated';
  const { lines } = replayScenario(name, violation.schedule);
  const last = lines.slice(-60).join('\n  ');
  return `${violation.message}\nreplayScenario('${name}', '${violation.schedule}'), at its end:\n  ${last}`;
}
