import type { ModelStorage } from './model-storage.js';
import type { State } from './state.js';

/** How an operation ended: it did something; it could do nothing until memory changes; it was the thread's last. */
export type Outcome = 'working' | 'idle' | 'done';

/**
 * What a thread does, one operation after the other. All of its state is in plain fields of objects that can be reached
 * from it, and it depends on nothing but them and shared memory: no clock, no chance, no closures with variables.
 */
export interface Actor {
  /** What the thread has seen, in words of its own; what the checks look at. */
  observed: string;
  /** One call of the code under test, with at least one access. Throws when it sees what must not be. */
  step(): Outcome;
}

export interface ModelThread {
  /** One capital letter: what the thread is called in schedules. */
  readonly name: string;
  readonly actor: Actor;
  /** May be killed at any access. */
  readonly mortal: boolean;
  /** The thread begins when one of those was killed: their names in a row. */
  readonly succeeds?: string;
}

/** Threads over one shared memory, and what must be true when nothing can go on. */
export interface Program {
  readonly storage: ModelStorage;
  readonly threads: readonly ModelThread[];
  /** Operations, by the names of their threads, that are run one after the other before the exploration begins. */
  readonly prologue: string;
  /** What is wrong with a state in which no thread can go on; undefined for nothing. */
  judge(state: State): string | undefined;
}
