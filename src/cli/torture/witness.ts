import { LIVES_MAX } from './ledger.js';

/** Deliveries of which the witness keeps who and which, to hold redeliveries against: more than a consumer can repeat. */
const LOG = 16_384;
/** Gaps kept for those who look on; they are looked at many times a second. */
const GAPS = 4096;

/** Words of the head. */
const Word = {
  /** The consumer's name is known to the channel: from then on it resumes. */
  JOINED: 0,
  /** Sequence after the last delivery. The store of it is what makes a delivery count. */
  NEXT: 1,
  /** When this life attached, monotonic ns. */
  ATTACHED_NS: 2,
  ATTACHES: 3,
  REDELIVERED: 4,
  /** Faults, by kind. */
  TORN: 5,
  REORDERED: 6,
  DUPLICATED: 7,
  SKIPPED: 8,
  MISSING: 9,
  /** What the consumer counts as lost. */
  LOST: 10,
  /** Sequences that it may have counted though an earlier life had got them. */
  LOST_AGAIN: 11,
  GAP_COUNT: 12,
  AWAY_COUNT: 13,
} as const;

const HEAD = 32;
/**
 * Doubles of a gap: first sequence, sequences missing up to and including this gap, of those while away, when it ended, when
 * that life attached, how long the message behind it had been there.
 */
const GAP = 6;

const LOG_AT = HEAD * 8;
const GAPS_AT = LOG_AT + LOG * 8;
const INTS_AT = GAPS_AT + GAPS * GAP * 8;
/** Bytes that a witness takes. */
export const WITNESS_BYTES = INTS_AT + (LOG * 3 + LIVES_MAX * 3) * 4;

/** Sequences that a consumer did not get. */
export interface Gap {
  readonly sequence: number;
  /** Missing in all, this gap included. */
  readonly missing: number;
  /** Of those, overwritten while nobody had the consumer's name. */
  readonly missingWhileAway: number;
  /** When the next message was delivered, and when the life that got it had attached; monotonic ns. */
  readonly endedNs: number;
  readonly attachedNs: number;
  /** For how long that message had been in the channel. */
  readonly waitedNs: number;
}

const NO_GAP: Gap = { sequence: -1, missing: 0, missingWhileAway: 0, endedNs: 0, attachedNs: 0, waitedNs: 0 };

/** What a consumer may be found to have got that it should not. */
export interface Faults {
  /** Not what its producer wrote. */
  readonly torn: number;
  /** A sequence before or beside the one that was due. */
  readonly reordered: number;
  /** Twice within one life. */
  readonly duplicated: number;
  /** A restart that went on behind where the consumer stood. */
  readonly skipped: number;
  /** A message of a producer that was left out, while later ones of it came. */
  readonly missing: number;
}

/**
 * What a consumer got, over all its lives, in memory that outlives each: the consumer's process stores, the storm reads.
 * A kill at any store leaves it so that the next life can settle it: the log of the last deliveries first, then NEXT, which
 * makes the delivery count, then what follows from the log.
 */
export class Witness {
  private readonly head: Float64Array;
  private readonly loggedSequences: Float64Array;
  private readonly gaps: Float64Array;
  private readonly loggedLives: Int32Array;
  private readonly loggedNumbers: Int32Array;
  private readonly loggedCounts: Int32Array;
  private readonly due: Int32Array;
  private readonly counts: Int32Array;
  private readonly ages: Int32Array;
  private readonly mayBeOvertaken: boolean;
  private readonly tell: (fault: string) => void;
  /** Of this process's life: the sequence that comes next at the earliest. */
  private next = 0;

  /** `mayBeOvertaken`: nobody waits for this consumer, so that messages may be lost while it is attached too. */
  constructor(memory: ArrayBuffer, mayBeOvertaken = false, tell: (fault: string) => void = () => {}) {
    this.mayBeOvertaken = mayBeOvertaken;
    this.tell = tell;
    this.head = new Float64Array(memory, 0, HEAD);
    this.loggedSequences = new Float64Array(memory, LOG_AT, LOG);
    this.gaps = new Float64Array(memory, GAPS_AT, GAPS * GAP);
    const ints = (index: number, length: number): Int32Array => new Int32Array(memory, INTS_AT + index * 4, length);
    this.loggedLives = ints(0, LOG);
    this.loggedNumbers = ints(LOG, LOG);
    this.loggedCounts = ints(LOG * 2, LOG);
    this.due = ints(LOG * 3, LIVES_MAX);
    this.counts = ints(LOG * 3 + LIVES_MAX, LIVES_MAX);
    this.ages = ints(LOG * 3 + LIVES_MAX * 2, LIVES_MAX);
  }

  get joined(): boolean {
    return this.head[Word.JOINED] === 1;
  }

  get nextSequence(): number {
    return this.head[Word.NEXT]!;
  }

  get attaches(): number {
    return this.head[Word.ATTACHES]!;
  }

  get redelivered(): number {
    return this.head[Word.REDELIVERED]!;
  }

  get lost(): number {
    return this.head[Word.LOST]!;
  }

  get lostAgainMax(): number {
    return this.head[Word.LOST_AGAIN]!;
  }

  /** How often it came back to find that messages had been overwritten. */
  get timesLeftBehind(): number {
    return this.head[Word.AWAY_COUNT]!;
  }

  get gapCount(): number {
    return this.head[Word.GAP_COUNT]!;
  }

  get faults(): Faults {
    const { head } = this;
    return {
      torn: head[Word.TORN]!,
      reordered: head[Word.REORDERED]!,
      duplicated: head[Word.DUPLICATED]!,
      skipped: head[Word.SKIPPED]!,
      missing: head[Word.MISSING]!,
    };
  }

  /** Messages of a producer's life that were delivered, each counted once. */
  deliveredOf(life: number): number {
    return this.counts[life]!;
  }

  /** The gap of that number, counted from 0; the last some thousand are kept. */
  gap(index: number): Gap {
    if (index < 0) return NO_GAP;
    const at = (index % GAPS) * GAP;
    const [sequence = 0, missing = 0, missingWhileAway = 0, endedNs = 0, attachedNs = 0, waitedNs = 0] =
      this.gaps.subarray(at, at + GAP);
    return { sequence, missing, missingWhileAway, endedNs, attachedNs, waitedNs };
  }

  /**
   * A life has attached, `cursor` being its first sequence and `lost` what it counts so far. `saved` is where the consumer
   * stood by the channel's own books, and `hadLost` what it had counted then.
   */
  attach(cursor: number, lost: number, nowNs: number, saved = cursor): void {
    const { head } = this;
    this.settle();
    head[Word.ATTACHED_NS] = nowNs;
    head[Word.ATTACHES] = this.attaches + 1;
    if (cursor > saved)
      head[Word.LOST_AGAIN] = this.lostAgainMax + Math.max(0, Math.min(this.nextSequence, cursor) - saved);
    if (this.joined && cursor > this.nextSequence && lost - this.lost > 0) this.passOver(cursor, nowNs);
    head[Word.LOST] = lost;
    head[Word.JOINED] = 1;
    this.next = cursor;
  }

  /** A delivery; `lost` is what the consumer counts by now, `waitedNs` how long the message had been in the channel. */
  see(
    sequence: number,
    message: { life: number; n: number } | undefined,
    lost: number,
    clock: () => number,
    waitedNs = Infinity,
  ): void {
    const { head } = this;
    if (sequence < this.next) {
      this.fault(
        sequence === this.next - 1 ? Word.DUPLICATED : Word.REORDERED,
        `sequence ${sequence} came after ${this.next - 1}`,
      );
    }
    if (message === undefined || message.life >= LIVES_MAX) {
      this.fault(Word.TORN, `the message of sequence ${sequence} is not what anybody wrote`);
      return;
    }
    if (this.mayBeOvertaken && sequence > this.nextSequence && lost > this.lost) this.passOver(sequence, clock());
    head[Word.LOST] = lost;
    const expected = this.nextSequence;
    if (sequence < expected) this.seeAgain(sequence, message);
    else this.seeFirst(sequence, expected, message, clock, waitedNs);
    this.next = sequence + 1;
  }

  private seeFirst(
    sequence: number,
    expected: number,
    { life, n }: { life: number; n: number },
    clock: () => number,
    waitedNs: number,
  ): void {
    const { head } = this;
    this.refuseSkip(Math.max(0, this.next), Math.min(sequence, expected));
    if (sequence > expected) this.putGap(expected, sequence - expected, 0, clock(), waitedNs);
    const due = this.due[life]!;
    const mayJump = this.ages[life]! < this.timesLeftBehind;
    if (n < due) this.fault(Word.DUPLICATED, `message ${n} of life ${life} came again as sequence ${sequence}`);
    else if (n > due && !mayJump)
      this.fault(Word.MISSING, `message ${n} of life ${life} came where ${due} was due, as sequence ${sequence}`);
    const at = sequence % LOG;
    this.loggedLives[at] = life;
    this.loggedNumbers[at] = n;
    this.loggedCounts[at] = this.counts[life]! + 1;
    this.loggedSequences[at] = sequence + 1;
    head[Word.NEXT] = sequence + 1;
    this.settleDelivery(at);
  }

  private seeAgain(sequence: number, { life, n }: { life: number; n: number }): void {
    this.refuseSkip(this.next, sequence);
    const at = sequence % LOG;
    if (this.loggedSequences[at] === sequence + 1) {
      if (this.loggedLives[at] !== life || this.loggedNumbers[at] !== n)
        this.fault(Word.REORDERED, `sequence ${sequence} came again as another message: ${n} of life ${life}`);
    } else {
      this.fault(Word.REORDERED, `sequence ${sequence} came now, but not the first time`);
    }
    this.head[Word.REDELIVERED] = this.redelivered + 1;
  }

  /** What came before comes again without holes. */
  private refuseSkip(from: number, to: number): void {
    for (let sequence = from; sequence < to; sequence++) {
      if (this.loggedSequences[sequence % LOG] === sequence + 1)
        this.fault(Word.SKIPPED, `sequence ${sequence} was left out when messages came again`);
    }
  }

  /** Messages were overwritten before this consumer came back for them. */
  private passOver(cursor: number, nowNs: number): void {
    const expected = this.nextSequence;
    this.putGap(expected, cursor - expected, cursor - expected, nowNs, Infinity);
    this.head[Word.AWAY_COUNT] = this.timesLeftBehind + 1;
    this.head[Word.NEXT] = cursor;
  }

  private putGap(sequence: number, size: number, sizeWhileAway: number, endedNs: number, waitedNs: number): void {
    const count = this.gapCount;
    const { missing, missingWhileAway } = this.gap(count - 1);
    const attachedNs = this.head[Word.ATTACHED_NS]!;
    this.gaps.set(
      [sequence, missing + size, missingWhileAway + sizeWhileAway, endedNs, attachedNs, waitedNs],
      (count % GAPS) * GAP,
    );
    this.head[Word.GAP_COUNT] = count + 1;
  }

  /** Ends what a kill may have left of a delivery. */
  private settle(): void {
    const { head } = this;
    const next = this.nextSequence;
    while (this.gapCount > 0 && this.gap(this.gapCount - 1).sequence >= next) head[Word.GAP_COUNT] = this.gapCount - 1;
    if (next > 0 && this.loggedSequences[(next - 1) % LOG] === next) this.settleDelivery((next - 1) % LOG);
  }

  private settleDelivery(at: number): void {
    const life = this.loggedLives[at]!;
    this.due[life] = this.loggedNumbers[at]! + 1;
    this.counts[life] = this.loggedCounts[at]!;
    this.ages[life] = this.timesLeftBehind;
  }

  private fault(word: number, what: string): void {
    this.head[word] = this.head[word]! + 1;
    this.tell(what);
  }
}
