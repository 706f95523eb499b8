import type { Checkpoint } from './checkpoint.js';
import { Digest, mix, mixOther } from './hash.js';
import type { SharedWords, Snapshot } from './shared-words.js';

/** A store that its thread has made and others do not see yet: consecutive words. */
export interface PendingStore {
  readonly index: number;
  readonly values: readonly number[];
}

export type ThreadStatus = 'ready' | 'done' | 'dead';

/**
 * A thread between two accesses: its objects as they were when its current operation began, and what its accesses have
 * answered since. Running the operation again over those answers brings it back to exactly this point.
 */
export interface ThreadState {
  readonly status: ThreadStatus;
  /** Its last operation could do nothing: it waits until somebody changes memory. */
  readonly parked: boolean;
  readonly checkpoint: Checkpoint;
  /** What the thread has seen, in the words of its program; for the checks. */
  readonly observed: string;
  /** The log of the operation; of both arrays the first `length` entries. They may go on: others share them. */
  readonly sites: readonly number[];
  readonly values: readonly number[];
  readonly length: number;
  /** Length of the log when memory last changed; 0: it has not since the operation began. */
  readonly quietFrom: number;
  readonly pending: readonly PendingStore[];
  /** Hash of checkpoint and log; of `observed`, when the thread runs no more. */
  readonly a: number;
  readonly b: number;
}

export interface State {
  readonly memory: Snapshot;
  readonly threads: readonly ThreadState[];
  readonly crashes: number;
}

/** A thread at the beginning of an operation. */
export function betweenOperations(
  checkpoint: Checkpoint,
  observed: string,
  parked: boolean,
  pending: readonly PendingStore[],
): ThreadState {
  const { a, b } = checkpoint;
  return {
    status: 'ready',
    parked,
    checkpoint,
    observed,
    sites: [],
    values: [],
    length: 0,
    quietFrom: 0,
    pending,
    a,
    b,
  };
}

/** The thread runs no more; only what it has seen still counts. */
export function ended(thread: ThreadState, status: 'done' | 'dead', observed: string): ThreadState {
  const digest = new Digest();
  digest.text(observed);
  return { ...thread, status, parked: false, observed, sites: [], values: [], length: 0, a: digest.a, b: digest.b };
}

/** The thread after memory has changed under it. */
export function stirred(thread: ThreadState): ThreadState {
  if (!thread.parked && thread.quietFrom === thread.length) return thread;
  return { ...thread, parked: false, quietFrom: thread.length };
}

const STATUS_CODES = { ready: 0, done: 2, dead: 4 } as const;

/** What a thread contributes to the hash of a state, which is the exclusive or of all contributions. */
export function contributionA(index: number, thread: ThreadState): number {
  const flags = STATUS_CODES[thread.status] + (thread.parked ? 1 : 0);
  return mix(mix(mix(thread.a, index + 1), flags), pendingHash(thread.pending));
}

export function contributionB(index: number, thread: ThreadState): number {
  const flags = STATUS_CODES[thread.status] + (thread.parked ? 1 : 0);
  return mixOther(mixOther(mixOther(thread.b, index + 1), flags), pendingHash(thread.pending));
}

export function pendingHash(pending: readonly PendingStore[]): number {
  let hash = pending.length;
  for (const { index, values } of pending) {
    hash = mix(hash, index);
    for (const value of values) hash = mix(hash, value);
  }
  return hash;
}

/** The process of a thread is killed between two accesses. What it has stored still reaches memory. */
export function crashed(state: State, index: number): State {
  const threads = state.threads.map((thread, i) => (i === index ? ended(thread, 'dead', thread.observed) : thread));
  return { ...state, threads, crashes: state.crashes + 1 };
}

/** The oldest pending store of a thread reaches memory. */
export function drained(state: State, index: number, memory: SharedWords): State {
  const [store, ...pending] = state.threads[index]!.pending;
  const running = memory.snapshot();
  memory.restore(state.memory);
  let changed = false;
  for (const [i, value] of store!.values.entries()) changed = memory.store(store!.index + i, value) || changed;
  const threads = state.threads.map((thread, i) => {
    const next = i === index ? { ...thread, pending } : thread;
    return changed ? stirred(next) : next;
  });
  const next = { ...state, memory: memory.snapshot(), threads };
  memory.restore(running);
  return next;
}
