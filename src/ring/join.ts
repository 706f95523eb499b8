import { commitWord, joinHalves } from '../layout/record.js';
import { CONSUMER_SLOT, CONTROL, RECORD, consumerSlotOffset } from '../layout/schema.js';
import { ClaimState, lapIn, lapOf, stateIn } from './claim-word.js';
import type { Place } from './record-consumer.js';
import { SharedTail, checkPosition, oldestPlace } from './shared-tail.js';
import { corrupt, type RingStorage } from './storage.js';
import { RingWalker } from './walker.js';

const TAIL_POSITION = CONTROL.at.tailPosition;
const TAIL_SEQUENCE = CONTROL.at.tailSequence;
const RECEIVED = RECORD.at.receivedNs;
const ATTEMPTS_MAX = 1_000_000;

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
      this.sharedTail.load();
      return { position: this.sharedTail.position, sequence: this.sharedTail.sequence };
    }
    return locateTail(this.storage);
  }

  /** The place at a position that somebody remembered, if a record starts there or the channel ends there. */
  placeAt(position: number): Place {
    checkPosition(this.storage, position, "consumer's saved");
    const tail = this.tail();
    if (position === tail.position) return tail;
    const walker = new RingWalker(this.storage, position);
    const sequence = walker.sequence();
    if (position < tail.position && this.isCommitted(walker, sequence)) return { position, sequence };
    throw corrupt(this.storage.channel, `a saved cursor stands at ${position}, where no record begins; the tail is ${tail.position}`);
  }

  /**
   * The first record, from the oldest on, whose sequence (or time of receipt) is not below what is asked. Walks over
   * the records; call it with a slot whose cursor holds the oldest place, so that they stay.
   */
  find(from: Place, accepts: (walker: RingWalker, sequence: number) => boolean): Place {
    const walker = new RingWalker(this.storage, from.position);
    let { sequence } = from;
    while (this.isCommitted(walker, sequence) && !accepts(walker, sequence)) {
      const bytes = walker.recordBytes();
      if (bytes === 0) throw corrupt(this.storage.channel, `the record at ${walker.position} has an impossible length`);
      walker.advance(bytes);
      sequence += 1;
    }
    return { position: walker.position, sequence };
  }

  private isCommitted(walker: RingWalker, sequence: number): boolean {
    if (this.sharedTail === undefined) return walker.window.loadVolatile(walker.offset) === commitWord(sequence);
    const low = this.storage.claims.loadVolatile(walker.cell * 8);
    const lap = lapIn(low, this.storage.claims.loadVolatile(walker.cell * 8 + 4));
    return stateIn(low) === ClaimState.COMMITTED && lap === lapOf(walker.position, this.storage.capacity);
  }
}

/** When the record at a walker was received, ns since the epoch; 0 without timestamps. */
export function receivedNs(walker: RingWalker): number {
  const at = walker.offset + RECEIVED;
  return joinHalves(walker.window.getInt32(at), walker.window.getInt32(at + 4));
}

/**
 * The true tail of a single-producer ring. The producer commits a record, then stores the tail's sequence, then its
 * position; so: position p was read; if the record at p is not committed afterwards, the sequence read in between belongs
 * to p. If it is, its header says the sequence, and the tail is further on.
 */
export function locateTail(storage: RingStorage): Place {
  const { control } = storage;
  const walker = new RingWalker(storage, 0);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const position = control.loadFloat64Acquire(TAIL_POSITION);
    checkPosition(storage, position, 'tail');
    const sequence = control.loadFloat64Acquire(TAIL_SEQUENCE);
    walker.moveTo(position);
    if (walker.window.loadVolatile(walker.offset) === 0) return { position, sequence };
    const bytes = walker.recordBytes();
    const next = { position: position + bytes, sequence: walker.sequence() + 1 };
    walker.moveTo(next.position);
    if (bytes > 0 && walker.window.loadVolatile(walker.offset) === 0) return next;
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
