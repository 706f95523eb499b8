import { inspect } from 'node:util';
import type { Segment } from '../layout/segment.js';
import { BusError } from '../platform/bus-error.js';
import { joinAt, receivedNs, type RingHistory } from '../ring/join.js';
import type { Place } from '../ring/record-consumer.js';
import { checkPosition, isSequence } from '../ring/shared-tail.js';
import { corrupt } from '../ring/storage.js';

/**
 * Where a consumer starts: at the end (`latest`), at the oldest message still whole (`oldest`), where this name last stood
 * (`resume`; a new name starts at the end), at a sequence, or at the first message received at or after a time.
 */
export type StartFrom = 'latest' | 'oldest' | 'resume' | { sequence: number } | { timeNs: bigint };

interface Start {
  readonly place: Place;
  /** Messages between what was asked for and what is still there. */
  readonly lost: number;
}

/**
 * What the slot holds, so that producers gate there, while the place to start from is looked for: the oldest record. For a
 * name that resumes, where it stood, or as far back as there is anything; its sequence stays that of where it stood until
 * the difference is counted as lost. So a death on the way costs the name neither its place nor the count.
 */
export function holdFor(segment: Segment, history: RingHistory, from: StartFrom, saved: Place | undefined): Place {
  const oldest = history.oldest();
  if (from !== 'resume' || saved === undefined) return oldest;
  checkPosition(segment, saved.position, "consumer's saved");
  if (!isSequence(saved.sequence)) throw corrupt(segment.channel, `a saved cursor has sequence ${saved.sequence}`);
  return { position: Math.max(saved.position, oldest.position), sequence: saved.sequence };
}

/** Finds the place and joins there: from then on producers gate on it. The slot is ACTIVE already, see {@link holdFor}. */
export function findStart(
  segment: Segment,
  history: RingHistory,
  slot: number,
  from: StartFrom,
  saved: Place | undefined,
): Start {
  if (from === 'latest' || (from === 'resume' && saved === undefined)) {
    return { place: joinAt(segment, slot, () => history.tail()), lost: 0 };
  }
  if (from === 'resume') return resumeAt(segment, history, slot, saved!);
  // Hold what is there, then walk to the place: nothing on the way can be overwritten, nor the place itself, also when
  // `oldest` is announced beyond it by a producer that had looked at the cursors before this one was there.
  const oldest = joinAt(segment, slot, () => history.oldest());
  if (from === 'oldest') return { place: oldest, lost: 0 };
  if ('sequence' in from) return startAtSequence(segment, history, slot, oldest, from.sequence);
  const timeNs = Number(from.timeNs);
  return { place: history.find(oldest, (walker) => receivedNs(walker) >= timeNs), lost: 0 };
}

/** Throws unless it is a place to start from; whether the channel has it is another question. */
export function checkStart(segment: Segment, from: StartFrom): void {
  if (from === 'latest' || from === 'oldest' || from === 'resume') return;
  if (typeof from === 'object' && from !== null) {
    if ('sequence' in from && Number.isSafeInteger(from.sequence) && from.sequence >= 0) return;
    if ('timeNs' in from && typeof from.timeNs === 'bigint') return;
  }
  const expected = "'latest', 'oldest', 'resume', { sequence: whole number } or { timeNs: bigint }";
  throw invalid(segment, `cannot start from ${inspect(from)}; expected ${expected}`);
}

function resumeAt(segment: Segment, history: RingHistory, slot: number, saved: Place): Start {
  const { position } = joinAt(segment, slot, () => holdFor(segment, history, 'resume', saved));
  const place = history.placeAt(position, saved.sequence);
  // The position counts. A death between the stores of sequence and cursor leaves the sequence ahead: nothing was lost.
  return { place, lost: Math.max(0, place.sequence - saved.sequence) };
}

function startAtSequence(segment: Segment, history: RingHistory, slot: number, oldest: Place, sequence: number): Start {
  const end = history.tail().sequence;
  if (sequence > end) {
    throw invalid(
      segment,
      `cannot start at sequence ${sequence}; the channel has 0 to ${end} (the next one to be written)`,
    );
  }
  if (sequence <= oldest.sequence) return { place: oldest, lost: oldest.sequence - sequence };
  const place = history.find(oldest, (_, at) => at >= sequence);
  // Nothing is lost between, unless nobody waits for this consumer.
  return { place, lost: Math.max(0, place.sequence - sequence) };
}

function invalid(segment: Segment, what: string): BusError {
  return new BusError('ERR_INVALID_ARGUMENT', `channel ${segment.channel}: ${what}`, { channel: segment.channel });
}
