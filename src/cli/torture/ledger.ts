import { SharedPage } from './shared-page.js';

/** Lives of processes that one scenario can tell apart. */
export const LIVES_MAX = 20_000;

/** Doubles of a record. */
const RECORD = 16;

/** Fields of a life's record, which its process stores, before or after the fact as it says. */
export const Life = {
  PID: 0,
  /** A {@link Stage}. */
  STAGE: 1,
  /** Messages that were begun; stored before the call. */
  ATTEMPTED: 2,
  /** Messages that were accepted; stored after the call. */
  ACCEPTED: 3,
  /** Sequence of the last one, plus one. */
  END: 4,
  /** Claims that were to be aborted; before the call. */
  ABORTS_BEGUN: 5,
  /** And those that were; after the call. */
  ABORTS: 6,
  /** Sequence of the open claim, plus one; 0: none. */
  CLAIM: 7,
  /** Monotonic time of its death, if it was seen to die. */
  DIED_NS: 8,
  /** It stopped itself at such a time, and waits to be continued; 0: it did not. */
  STOPPED: 9,
} as const;

/** How far a life has come. */
export const Stage = { UNBORN: 0, ATTACHING: 1, WORKING: 2, CALLING: 3, CLOSING: 4, ENDED: 5 } as const;

/** Words of the first record, which belongs to no life. */
const Signal = { GO: 0, STOP: 1, END: 2 } as const;

/**
 * What the processes of a scenario did, life by life, in memory that outlives them; and what the storm tells all of them.
 */
export class Ledger {
  private readonly page: SharedPage;
  private readonly words: Float64Array;

  private constructor(page: SharedPage) {
    this.page = page;
    this.words = new Float64Array(page.memory, 0, RECORD * LIVES_MAX);
  }

  static create(path: string): Ledger {
    return new Ledger(SharedPage.create(path, RECORD * LIVES_MAX * 8));
  }

  static open(path: string): Ledger {
    return new Ledger(SharedPage.open(path));
  }

  get(life: number, field: number): number {
    return this.words[life * RECORD + field]!;
  }

  put(life: number, field: number, value: number): void {
    this.words[life * RECORD + field] = value;
  }

  /** Whether producers may write. */
  get go(): boolean {
    return this.words[Signal.GO] === 1;
  }

  /** Whether producers are to close. */
  get stop(): boolean {
    return this.words[Signal.STOP] === 1;
  }

  /** The sequence at which consumers are to close; Infinity as long as it is not known. */
  get end(): number {
    const end = this.words[Signal.END]!;
    return end === 0 ? Infinity : end;
  }

  start(): void {
    this.words[Signal.GO] = 1;
  }

  stopProducers(): void {
    this.words[Signal.STOP] = 1;
  }

  endAt(sequence: number): void {
    this.words[Signal.END] = sequence;
  }

  close(): void {
    this.page.close();
  }
}
