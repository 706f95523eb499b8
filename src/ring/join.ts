import { commitWord, joinHalves } from '../layout/record.js';
import { CONSUMER_SLOT, CONTROL, RECORD, RecordKind, consumerSlotOffset } from '../layout/schema.js';
import { ClaimState, claimHigh, claimLow, isCommitted, lapIn, lapOf, stateIn } from './claim-word.js';
import type { Place } from './record-consumer.js';
import {
  SharedTail,
  checkPosition,
  checkWithinRing,
  isSequence,
  isWithinRing,
  loadOldest,
  oldestPlace,
} from './shared-tail.js';
import { corrupt, type RingStorage } from './storage.js';
import { RingWalker } from './walker.js';

const TAIL_POSITION = CONTROL.at.tailPosition;
const RECEIVED = RECORD.at.receivedNs;
const ATTEMPTS_MAX = 10_000;
/** After so many the producer is taken to be too fast to be caught standing still. */
const EXACT_ATTEMPTS = 100;

/** The records of a ring from outside: where it begins and ends, and where a record stands. For joining and measuring. */
export class RingHistory {
  private readonly storage: RingStorage;
  private readonly sharedTail: SharedTail | undefined;

  constructor(storage: RingStorage) {
    this.storage = storage;
    this.sharedTail = storage.claims.byteLength > 0 ? new SharedTail(storage) : undefined;
  }

  /** The oldest record that is still whole. */
  oldest(): Place {
    return oldestPlace(this.storage);
  }

  /** The end of the channel: where the next record will start. For a running producer, a moment ago. */
  tail(): Place {
    if (this.sharedTail !== undefined) {
      this.sharedTail.loadWhole();
      return { position: this.sharedTail.position, sequence: this.sharedTail.sequence };
    }
    return locateTail(this.storage);
  }

  /**
   * The place at a position that somebody remembered, if a record starts there or the channel ends there. An open claim has
   * no sequence yet: then it is what was remembered. When it is overwritten meanwhile: the oldest place.
   */
  placeAt(position: number, remembered: number): Place {
    checkPosition(this.storage, position, "consumer's saved");
    const tail = this.tail();
    if (position === tail.position) return tail;
    const walker = new RingWalker(this.storage, position);
    // In this order: what is not claimed any more is committed.
    if (position < tail.position && this.isClaimed(walker)) return { position, sequence: remembered };
    const sequence = walker.sequence();
    if (position < tail.position && isSequence(sequence) && this.isCommitted(walker, sequence))
      return this.isOverwritten(position) ? this.oldest() : { position, sequence };
    if (this.isOverwritten(position)) return this.oldest();
    throw corrupt(
      this.storage.channel,
      `a saved cursor stands at ${position}, where no record begins; the tail is ${tail.position}`,
    );
  }

  /** Whether a consumer whose cursor stands at a position has a record to read: the channel goes on, and no claim is open. */
  isReadable(position: number): boolean {
    const { control, claims } = this.storage;
    if (claims.byteLength === 0) return position < control.loadFloat64Acquire(TAIL_POSITION);
    this.sharedTail!.load();
    return position < this.sharedTail!.position && !this.isClaimed(new RingWalker(this.storage, position));
  }

  /**
   * The first record, from the oldest on, whose sequence (or time of receipt) is not below what is asked. Walks over
   * the records. They stay if a slot's cursor holds them; for a consumer that nobody waits for the walk goes on at the oldest
   * record whenever it was overtaken, and what was read until then does not count.
   */
  find(from: Place, accepts: (walker: RingWalker, sequence: number) => boolean): Place {
    const walker = new RingWalker(this.storage, from.position);
    let { sequence } = from;
    for (let overtaken = 0; overtaken < ATTEMPTS_MAX;) {
      const isFound = !this.isCommitted(walker, sequence) || accepts(walker, sequence);
      const bytes = isFound ? 0 : walker.recordBytes();
      if (this.isOverwritten(walker.position)) {
        overtaken += 1;
        const oldest = this.oldest();
        walker.moveTo(oldest.position);
        ({ sequence } = oldest);
        continue;
      }
      if (isFound) return { position: walker.position, sequence };
      if (bytes === 0) throw corrupt(this.storage.channel, `the record at ${walker.position} has an impossible length`);
      walker.advance(bytes);
      sequence += 1;
    }
    return this.oldest();
  }

  /** Whether what was read at a position may be of a later record. */
  private isOverwritten(position: number): boolean {
    const { control } = this.storage;
    control.loadFence();
    // What is no number is not before it either: `oldest` refuses it.
    return !(control.loadFloat64Acquire(CONTROL.at.oldest) <= position);
  }

  private isClaimed(walker: RingWalker): boolean {
    if (this.sharedTail === undefined) return false;
    const { claims, capacity } = this.storage;
    const low = claims.loadVolatile(walker.cell * 8);
    const lap = lapIn(low, claims.loadVolatile(walker.cell * 8 + 4));
    return stateIn(low) === ClaimState.CLAIMED && lap === lapOf(walker.position, capacity);
  }

  private isCommitted(walker: RingWalker, sequence: number): boolean {
    if (this.sharedTail === undefined) return walker.window.loadVolatile(walker.offset) === commitWord(sequence);
    const lap = lapOf(walker.position, this.storage.capacity);
    return isCommitted(this.storage.claims, walker.cell, claimLow(lap, ClaimState.COMMITTED, 0), claimHigh(lap));
  }
}

/** When the record at a walker was received, ns since the epoch; 0 without timestamps. */
export function receivedNs(walker: RingWalker): number {
  if (walker.window.getInt32(walker.offset + RECORD.at.kind) !== RecordKind.STAMPED) return 0;
  const at = walker.offset + RECEIVED;
  return joinHalves(walker.window.getInt32(at), walker.window.getInt32(at + 4));
}

/**
 * The tail of a single-producer ring: the published one, or one record further, when the producer has committed (or died)
 * since. The header at the tail carries the sequence of the record to come; it was written before the record before it was
 * committed. What is read counts only if the published tail stood still meanwhile: then nothing was overwritten.
 *
 * Exact for the producer that takes over, as nobody else writes then. Next to one that writes too fast to be caught
 * standing still, the published tail of a moment ago is as good: what it says stays true as long as `oldest` is not past it.
 */
export function locateTail(storage: RingStorage): Place {
  const { control } = storage;
  const walker = new RingWalker(storage, 0);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const oldest = loadOldest(storage);
    const published = control.loadFloat64Acquire(TAIL_POSITION);
    checkPosition(storage, published, 'tail');
    walker.moveTo(published);
    const atPublished = { position: published, sequence: walker.sequence() };
    if (walker.window.loadVolatile(walker.offset) !== 0) walker.advance(walker.recordBytes());
    const { position } = walker;
    const committed = walker.window.loadVolatile(walker.offset) !== 0;
    const sequence = walker.sequence();
    control.fence();
    const oldestNow = control.loadFloat64Acquire(CONTROL.at.oldest);
    if (control.loadFloat64Acquire(TAIL_POSITION) !== published || oldestNow !== oldest) {
      if (
        attempt >= EXACT_ATTEMPTS &&
        isWithinRing(storage, oldestNow, published) &&
        isSequence(atPublished.sequence)
      ) {
        return atPublished;
      }
      continue;
    }
    checkWithinRing(storage, oldest, position);
    if (!committed && isSequence(sequence)) return { position, sequence };
  }
  throw corrupt(storage.channel, 'the tail cannot be found: no record boundary near the published one');
}

/**
 * Puts a consumer's cursor at a place that it can hold, and makes it gate; the slot must already be ACTIVE with a cursor.
 *
 * The other half of `gatingPosition`: store the cursor, fence, look at `oldest`. A producer announces `oldest`, fences,
 * looks at the cursors. So at least one of the two sees the other: either the producer stops at this cursor, or this
 * consumer sees that its place was given up, and goes further on.
 */
export function joinAt(storage: RingStorage, slot: number, find: () => Place): Place {
  const { control } = storage;
  const base = consumerSlotOffset(slot);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const place = find();
    control.putFloat64(base + CONSUMER_SLOT.at.sequence, place.sequence);
    control.storeFloat64Release(base + CONSUMER_SLOT.at.cursor, place.position);
    control.fence();
    if (place.position >= control.loadFloat64Acquire(CONTROL.at.oldest)) return place;
  }
  throw corrupt(storage.channel, 'a consumer cannot join: the oldest position overtakes it every time');
}
