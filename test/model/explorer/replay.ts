import { Execution } from './execution.js';
import { afterPrologue } from './explore.js';
import { Access, SUSPENDED } from './machine.js';
import type { Program } from './program.js';
import { parseSchedule, type Move } from './schedule.js';
import { crashed, drained, type State } from './state.js';

export interface Replay {
  /** What was violated at the end of the schedule, if anything was. */
  readonly violation: string | undefined;
  /** One line for each access: who, what, which word, which value. */
  readonly lines: readonly string[];
  readonly state: State;
}

/** Runs one schedule, as a report of the explorer gives it. What is there at its end is judged if nothing can go on. */
export function replay(program: Program, schedule: string): Replay {
  const execution = new Execution(program);
  const names = program.threads.map(({ name }) => name);
  const lines: string[] = [];
  let state = afterPrologue(execution);
  for (const move of parseSchedule(schedule, names)) {
    const next = perform(execution, state, move, lines);
    if (typeof next === 'string') return { violation: next, lines, state };
    state = next;
  }
  const isOver = !state.threads.some(({ pending }, index) => pending.length > 0 || execution.isEnabled(state, index));
  return { violation: isOver ? program.judge(state) : undefined, lines, state };
}

function perform(execution: Execution, state: State, { kind, thread }: Move, lines: string[]): State | string {
  const { program } = execution;
  const { name } = program.threads[thread]!;
  if (kind === 'crash') {
    lines.push(`${name} is killed`);
    return crashed(state, thread);
  }
  if (kind === 'drain') {
    lines.push(`a store of ${name} reaches memory`);
    return drained(state, thread, program.storage.memory);
  }
  if (!execution.isEnabled(state, thread)) throw new Error(`thread ${name} cannot go on after:\n${lines.join('\n')}`);
  const end = execution.run(state, thread, () => {
    throw SUSPENDED;
  });
  lines.push(`${name} ${lastAccess(program)}`);
  if (end.kind === 'violation') {
    lines.push(`${name} fails: ${end.message}`);
    return end.message;
  }
  if (end.kind === 'suspended') return execution.state;
  lines.push(
    end.kind === 'spinning' ? `${name} goes round` : `${name} has seen: ${end.state.threads[thread]!.observed}`,
  );
  return end.state;
}

const NAMES: Readonly<Record<number, string>> = {
  [Access.LOAD]: 'loads',
  [Access.LOAD_DOUBLE]: 'loads',
  [Access.STORE]: 'stores',
  [Access.STORE_DOUBLE]: 'stores',
  [Access.STORE_BYTES]: 'copies to',
  [Access.STORE_VOLATILE]: 'stores, volatile,',
  [Access.SWAP]: 'swaps',
  [Access.FENCE]: 'fence at',
};

function lastAccess({ storage }: Program): string {
  const { sites, values, length } = storage.machine;
  const site = sites[length - 1] ?? 0;
  const index = site & 0xffff;
  return `${NAMES[site - index]} ${storage.layout.nameOf(index)}: ${values[length - 1]}`;
}
