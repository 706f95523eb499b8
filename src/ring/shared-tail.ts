import { CELL_BYTES, CONTROL } from '../layout/schema.js';
import type { Place } from './record-consumer.js';
import { corrupt, type RingStorage } from './storage.js';
import { RingWalker } from './walker.js';

const TAIL = CONTROL.at.tail;
const OLDEST = CONTROL.at.oldest;
const ATTEMPTS_MAX = 10_000;

/**
 * The tail of a multi-producer ring, in full width. In memory it is one 64-bit word, position in cells (low half) and
 * sequence (high half), so that one swap moves both; the upper bits come from `oldest`, which is at most one ring
 * behind, and from the sequences seen before.
 */
export class SharedTail {
  position = 0;
  sequence = 0;
  /** The halves as they were read: what a swap must expect. */
  low = 0;
  high = 0;
  private readonly storage: RingStorage;

  constructor(storage: RingStorage) {
    this.storage = storage;
    const origin = oldestPlace(storage);
    this.position = origin.position;
    this.sequence = origin.sequence;
    this.load();
  }

  /**
   * Reads the tail. The low half is read first: if a claim made at it succeeds, the tail had not moved since, so that the
   * high half belongs to it.
   */
  load(): void {
    const { control, capacity } = this.storage;
    const oldest = loadOldest(this.storage);
    const low = control.loadAcquire(TAIL);
    const high = control.loadAcquire(TAIL + 4);
    const position = oldest + ((low - ((oldest / CELL_BYTES) | 0)) >>> 0) * CELL_BYTES;
    // Away for so long that the sequence may have gone round: find its upper bits anew.
    if (position - this.position >= 2 ** 31) this.sequence = oldestPlace(this.storage).sequence;
    this.sequence += (high - (this.sequence | 0)) >>> 0;
    this.position = position;
    this.low = low;
    this.high = high;
    if (!(position - oldest <= capacity)) this.checkAgainst(oldest);
  }

  /** Reads the tail so that both halves are of the same moment. For those who make no claim at it. */
  loadWhole(): void {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      this.load();
      if (this.storage.control.loadVolatile(TAIL) === this.low) return;
    }
    throw corrupt(this.storage.channel, 'the tail never stands still');
  }

  /** Somebody moved `oldest` between the two loads, or memory is damaged. */
  private checkAgainst(oldest: number): void {
    const { control, channel, capacity } = this.storage;
    if (oldest !== control.loadFloat64Acquire(OLDEST)) return;
    throw corrupt(
      channel,
      `the tail ${this.position} is more than a ring (${capacity}) ahead of the oldest record ${oldest}`,
    );
  }
}

/** The oldest record that is still whole. While nothing was ever written: the origin. */
export function oldestPlace(storage: RingStorage): Place {
  const { control } = storage;
  const originPosition = control.getFloat64(CONTROL.at.originPosition);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const position = loadOldest(storage);
    // Everything between oldest and the tail is committed before oldest moves over its predecessor.
    const sequence =
      position === originPosition
        ? control.getFloat64(CONTROL.at.originSequence)
        : new RingWalker(storage, position).sequence();
    control.fence();
    if (control.loadFloat64Acquire(OLDEST) !== position) continue;
    if (isSequence(sequence)) return { position, sequence };
    throw corrupt(storage.channel, `the oldest record, at ${position}, has sequence ${sequence}`);
  }
  throw corrupt(storage.channel, 'the oldest position never stands still');
}

/** Half of what a double counts exactly, and 14 years at 10 million a second: counting on from a forged one stays exact. */
const SEQUENCE_END = 2 ** 52;

/** Whether a number from shared memory can be a sequence. */
export function isSequence(sequence: number): boolean {
  return Number.isInteger(sequence) && sequence >= 0 && sequence < SEQUENCE_END;
}

/** Cells are counted exactly to here; beyond, a walk that adds one to its position stands still. 18 years at 1 GB a second. */
const POSITION_END = 2 ** 59;

/** Throws unless a position from shared memory can be one. */
export function checkPosition(storage: RingStorage, position: number, what: string): void {
  if (position >= 0 && position < POSITION_END && position % CELL_BYTES === 0) return;
  throw corrupt(
    storage.channel,
    `the ${what} position is ${position}; expected a multiple of ${CELL_BYTES} from 0, below ${POSITION_END}`,
  );
}

/** The oldest position, checked. Whoever counts from it, or goes there, reads it here. */
export function loadOldest(storage: RingStorage): number {
  const oldest = storage.control.loadFloat64Acquire(OLDEST);
  checkPosition(storage, oldest, 'oldest');
  return oldest;
}

/** Whether a tail can be that of a ring with that oldest position. */
export function isWithinRing({ capacity }: RingStorage, oldest: number, tail: number): boolean {
  return oldest <= tail && tail - oldest <= capacity;
}

export function checkWithinRing(storage: RingStorage, oldest: number, tail: number): void {
  if (isWithinRing(storage, oldest, tail)) return;
  throw corrupt(
    storage.channel,
    `the tail ${tail} is not within a ring (${storage.capacity}) of the oldest record ${oldest}`,
  );
}
