import { Execution, hashOf } from './execution.js';
import { HashSet, mix } from './hash.js';
import { SUSPENDED } from './machine.js';
import type { Program } from './program.js';
import { formatSchedule, movesOf, type Move, type Trace } from './schedule.js';
import { crashed, drained, type State } from './state.js';

export interface Bounds {
  /** Switches away from a thread that could have gone on inside an operation; Infinity: all interleavings. */
  readonly preemptions: number;
  /** How many threads may be killed in one run. */
  readonly crashes: number;
  /** Gives up after so many distinct states, and says so in the report. */
  readonly statesMax: number;
}

export interface Violation {
  readonly message: string;
  /** What to give to `replay`. */
  readonly schedule: string;
}

export interface Report {
  /** Distinct states: shared memory, and where every thread stands. */
  readonly states: number;
  /** Accesses made. */
  readonly accesses: number;
  /** States in which nothing could go on, all of them judged. */
  readonly endings: number;
  /** All states within the bounds were seen. */
  readonly complete: boolean;
  readonly violation: Violation | undefined;
}

interface Node {
  readonly state: State;
  readonly trace: Trace | undefined;
  /** The thread that was inside an operation: to go on with another one is a preemption. */
  readonly within?: number;
}

/**
 * Explores the interleavings of a program, those with the fewest preemptions first. A switch is free where an operation
 * ends, and where the thread cannot go on; so every order of whole operations is seen even with no preemption at all.
 * States that were seen before are not entered again.
 */
export class Explorer {
  private readonly program: Program;
  private readonly execution: Execution;
  private readonly bounds: Bounds;
  private readonly seen = new HashSet();
  /** Those from which every thread may go on at no cost. */
  private readonly open = new HashSet();
  /** A state together with the thread that was run from it. */
  private readonly ran = new HashSet();
  /** To be expanded with the preemptions used so far, and with one more. */
  private now: Node[] = [];
  private later: Node[] = [];
  private preemptions = 0;
  private accesses = 0;
  private endings = 0;
  private violation: Violation | undefined;

  constructor(program: Program, bounds: Bounds) {
    this.program = program;
    this.execution = new Execution(program);
    this.bounds = bounds;
  }

  explore(): Report {
    this.reach({ state: afterPrologue(this.execution), trace: undefined });
    while (this.violation === undefined && this.seen.size < this.bounds.statesMax) {
      const node = this.now.pop();
      if (node !== undefined) {
        this.expand(node);
      } else {
        if (this.later.length === 0) break;
        this.preemptions++;
        this.now = this.later.toReversed();
        this.later = [];
      }
    }
    const complete = this.violation === undefined && this.now.length === 0 && this.later.length === 0;
    const { accesses, endings, violation } = this;
    return { states: this.seen.size, accesses, endings, complete, violation };
  }

  private expand(node: Node): void {
    const { state, trace, within } = node;
    const { a, b } = hashOf(state);
    if (within !== undefined) {
      if (this.ran.add(mix(a, within + 1), b)) this.runFrom(node, within);
      if (this.preemptions < this.bounds.preemptions) this.later.push({ state, trace });
      return;
    }
    let enabled = 0;
    for (let index = 0; index < state.threads.length && this.violation === undefined; index++) {
      if (!this.execution.isEnabled(state, index)) continue;
      enabled++;
      if (this.ran.add(mix(a, index + 1), b)) this.runFrom(node, index);
    }
    const isPending = state.threads.some(({ pending }) => pending.length > 0);
    if (enabled > 0 || isPending || this.violation !== undefined) return;
    this.endings++;
    const message = this.program.judge(state);
    if (message !== undefined) this.fail(message, trace);
  }

  /** Runs one thread to the end of its operation, and notes on the way where others could have come in. */
  private runFrom(node: Node, index: number): void {
    const { execution } = this;
    const { machine } = this.program.storage;
    const traceHere = (): Trace => ({
      before: node.trace,
      move: { kind: 'access', thread: index },
      count: machine.accesses,
    });
    const end = execution.run(node.state, index, () => {
      const { a, b } = execution.hash;
      if (this.seen.add(a, b)) this.branch(index, traceHere);
      if (!this.ran.add(mix(a, index + 1), b)) throw SUSPENDED;
    });
    this.accesses += machine.accesses;
    if (end.kind === 'violation') this.fail(end.message, traceHere());
    else if (end.kind !== 'suspended') this.reach({ state: end.state, trace: traceHere() });
  }

  /** A point inside an operation that was never seen: what else could happen here? */
  private branch(index: number, traceHere: () => Trace): void {
    const { execution, bounds } = this;
    const mayCrash = this.program.threads[index]!.mortal;
    const mayPreempt = this.preemptions < bounds.preemptions;
    if (!mayCrash && !mayPreempt && !this.program.storage.buffersStores) return;
    const { state } = execution;
    const trace = traceHere();
    if (mayPreempt) (bounds.preemptions === Infinity ? this.now : this.later).push({ state, trace });
    if (mayCrash) this.crash({ state, trace }, index);
    this.drainEach({ state, trace, within: index });
  }

  /** A state between operations, or one where its thread cannot go on: everybody may come next, at no cost. */
  private reach(node: Node): void {
    const { a, b } = hashOf(node.state);
    this.seen.add(a, b);
    if (!this.open.add(a, b)) return;
    this.now.push(node);
    this.program.threads.forEach(({ mortal }, index) => {
      if (mortal) this.crash(node, index);
    });
    this.drainEach(node);
  }

  private crash({ state, trace }: Node, index: number): void {
    if (state.crashes >= this.bounds.crashes || state.threads[index]!.status !== 'ready') return;
    if (!this.execution.hasBegun(state, index)) return;
    this.reach({
      state: crashed(state, index),
      trace: { before: trace, move: { kind: 'crash', thread: index }, count: 1 },
    });
  }

  private drainEach({ state, trace: before, within }: Node): void {
    for (const [index, { pending }] of state.threads.entries()) {
      if (pending.length === 0) continue;
      const next = drained(state, index, this.program.storage.memory);
      const trace: Trace = { before, move: { kind: 'drain', thread: index }, count: 1 };
      if (within === undefined) this.reach({ state: next, trace });
      else this.drainWithin({ state: next, trace, within });
    }
  }

  private drainWithin(node: Required<Node>): void {
    const { a, b } = hashOf(node.state);
    if (!this.seen.add(a, b)) return;
    this.now.push(node);
    this.drainEach(node);
  }

  private fail(message: string, trace: Trace | undefined): void {
    const names = this.program.threads.map(({ name }) => name);
    const moves: readonly Move[] = movesOf(trace);
    this.violation = { message, schedule: formatSchedule(moves, names) };
  }
}

/** Runs the whole operations of the prologue. */
export function afterPrologue(execution: Execution): State {
  let state = execution.initial();
  for (const name of execution.program.prologue.split(' ').filter((word) => word !== '')) {
    const index = execution.program.threads.findIndex((thread) => thread.name === name);
    const end = execution.run(state, index, () => {});
    if (end.kind !== 'operation') throw new Error(`the prologue failed at ${name}: ${JSON.stringify(end)}`);
    state = end.state;
  }
  return state;
}
