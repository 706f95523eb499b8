import { restoreCheckpoint, takeCheckpoint } from './checkpoint.js';
import { SUSPENDED, type Machine } from './machine.js';
import type { Actor, Outcome, Program } from './program.js';
import type { SharedWords } from './shared-words.js';
import {
  betweenOperations,
  contributionA,
  contributionB,
  ended,
  pendingHash,
  stirred,
  type State,
  type ThreadState,
} from './state.js';
import { mix, mixOther } from './hash.js';

/** How a run of one thread ended. */
export type RunEnd =
  | { readonly kind: 'operation'; readonly state: State }
  /** The observer left the operation; `state` is where. */
  | { readonly kind: 'suspended' }
  /** The thread goes round and waits for a change of memory. */
  | { readonly kind: 'spinning'; readonly state: State }
  | { readonly kind: 'violation'; readonly message: string };

/** Runs the threads of a program from any state, deterministically. */
export class Execution {
  readonly program: Program;
  private readonly machine: Machine;
  private readonly memory: SharedWords;
  private readonly fixed: ReadonlyMap<unknown, number>;
  private from: State;
  private running = 0;
  /** Hash of the threads that are not running: as they were, and after memory was changed under them. */
  private others = { a: 0, b: 0 };
  private othersStirred: { a: number; b: number } | undefined;

  constructor(program: Program) {
    this.program = program;
    this.machine = program.storage.machine;
    this.memory = program.storage.memory;
    this.fixed = program.storage.fixed;
    this.from = this.initial();
  }

  initial(): State {
    const threads = this.program.threads.map(({ actor }) =>
      betweenOperations(takeCheckpoint(actor, this.fixed), actor.observed, false, []),
    );
    return { memory: this.memory.snapshot(), threads, crashes: 0 };
  }

  isEnabled(state: State, index: number): boolean {
    const { status, parked } = state.threads[index]!;
    if (status !== 'ready' || parked) return false;
    return this.hasBegun(state, index);
  }

  /** Whether the thread is there: a successor comes when that which it succeeds was killed. */
  hasBegun(state: State, index: number): boolean {
    const { threads } = this.program;
    const { succeeds } = threads[index]!;
    return (
      succeeds === undefined ||
      threads.some(({ name }, i) => succeeds.includes(name) && state.threads[i]!.status === 'dead')
    );
  }

  /**
   * Runs a thread until its operation ends, or `between`, which is called before every access but the first, throws
   * SUSPENDED. Inside `between`, `hash` and `state` are those of that point.
   */
  run(state: State, index: number, between: () => void): RunEnd {
    const { machine, program } = this;
    const { actor } = program.threads[index]!;
    const thread = state.threads[index]!;
    this.from = state;
    this.running = index;
    this.others = hashOfOthers(state.threads, index);
    this.othersStirred = undefined;
    this.memory.restore(state.memory);
    restoreCheckpoint(thread.checkpoint);
    machine.begin(thread, between);
    try {
      const outcome = actor.step();
      if (machine.accesses === 0 || !machine.replayedAll) throw new Error('an operation ended without a new access');
      return { kind: 'operation', state: this.after(actor, outcome) };
    } catch (error) {
      if (error !== SUSPENDED)
        return { kind: 'violation', message: error instanceof Error ? error.message : String(error) };
      return machine.spins
        ? { kind: 'spinning', state: this.stateWith({ ...this.thread(), parked: true }) }
        : { kind: 'suspended' };
    }
  }

  /** Hash of the state that the running thread is in. */
  get hash(): { a: number; b: number } {
    const { machine, memory, running } = this;
    const others = machine.changed
      ? (this.othersStirred ??= hashOfOthers(this.from.threads.map(stirred), running))
      : this.others;
    const pending = pendingHash(machine.pending);
    return {
      a: memory.hashA ^ others.a ^ mix(mix(mix(machine.a, running + 1), 0), pending),
      b: memory.hashB ^ others.b ^ mixOther(mixOther(mixOther(machine.b, running + 1), 0), pending),
    };
  }

  /** The state that the running thread is in. */
  get state(): State {
    return this.stateWith(this.thread());
  }

  private thread(): ThreadState {
    const { sites, values, length, quietFrom, pending, a, b } = this.machine;
    const { observed } = this.program.threads[this.running]!.actor;
    return { ...this.from.threads[this.running]!, observed, sites, values, length, quietFrom, pending, a, b };
  }

  private stateWith(thread: ThreadState): State {
    const { machine, from, running } = this;
    const others = machine.changed ? from.threads.map(stirred) : from.threads;
    const threads = others.map((other, i) => (i === running ? thread : other));
    return { memory: this.memory.snapshot(), threads, crashes: from.crashes };
  }

  private after(actor: Actor, outcome: Outcome): State {
    const { machine } = this;
    const idle = outcome === 'idle' && machine.quietFrom === 0;
    const checkpoint = takeCheckpoint(actor, this.fixed);
    const next = betweenOperations(checkpoint, actor.observed, idle, machine.pending);
    return this.stateWith(outcome === 'done' ? ended(next, 'done', actor.observed) : next);
  }
}

export function hashOf(state: State): { a: number; b: number } {
  const others = hashOfOthers(state.threads, -1);
  return { a: state.memory.hashA ^ others.a, b: state.memory.hashB ^ others.b };
}

function hashOfOthers(threads: readonly ThreadState[], index: number): { a: number; b: number } {
  let a = 0;
  let b = 0;
  for (const [i, thread] of threads.entries()) {
    if (i === index) continue;
    a ^= contributionA(i, thread);
    b ^= contributionB(i, thread);
  }
  return { a, b };
}
