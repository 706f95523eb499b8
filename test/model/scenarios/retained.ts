import { HEADER_BYTES, commitWord, recordBytes } from '#src/layout/record.js';
import { CELL_BYTES, CONTROL, RECORD, RecordKind } from '#src/layout/schema.js';
import { ClaimState, lapIn, lapOf, stateIn } from '#src/ring/claim-word.js';
import { decodePayload } from './payload.js';
import { nameOf } from './producer.js';
import type { World } from './ring-code.js';

/**
 * What is wrong with the records that a ring keeps, from the oldest to the tail: a consumer that joins now would see
 * them. Each is committed, whole, the record that producers and consumers know by its sequence, and next to the last.
 * `standsAt`: the sequence at which a dead producer left a claim; what follows that is not judged.
 */
export function retainedFault(
  { storage, hasClaims }: World,
  words: Int32Array,
  history: ReadonlyMap<number, string>,
  standsAt: number | undefined,
): string | undefined {
  const oldest = storage.doubleIn(words, CONTROL.at.oldest);
  const end = endOf(storage.wordIn(words, CONTROL.at.tail), storage.doubleIn(words, CONTROL.at.tailPosition));
  let expected = storage.doubleInRing(words, oldest + RECORD.at.sequence);
  for (let position = oldest; position < end && expected !== standsAt; expected++) {
    const word = (offset: number): number => storage.ringWordIn(words, position + offset);
    const isCommitted = hasClaims ? hasCommittedClaim(position) : word(RECORD.at.commit) === commitWord(expected);
    const length = word(RECORD.at.length);
    const where = `the record kept at ${position}`;
    if (!isCommitted) return `${where} is not committed`;
    const sequence = storage.doubleInRing(words, position + RECORD.at.sequence);
    if (sequence !== expected) return `${where} has sequence ${sequence}, not ${expected}`;
    const isRepaired = word(RECORD.at.kind) === RecordKind.REPAIRED;
    if (hasClaims && !hasInnerClaims(position, recordBytes(length)))
      return `${where} has inner cells that are not marked`;
    const found = decodePayload(word(HEADER_BYTES), word(HEADER_BYTES + length - 4), length);
    if (found === undefined && !isRepaired) return `${where} is not whole`;
    const name = found === undefined ? '' : `${nameOf(found.producer)}${found.number}`;
    const known = history.get(sequence);
    const isData = word(RECORD.at.kind) === RecordKind.DATA;
    if (isData && known !== undefined && known !== name)
      return `${where} is ${name}, but sequence ${sequence} was ${known}`;
    position += recordBytes(length);
  }
  return undefined;

  function endOf(tailCells: number, tailPosition: number): number {
    return hasClaims ? oldest + ((tailCells - ((oldest / CELL_BYTES) | 0)) >>> 0) * CELL_BYTES : tailPosition;
  }

  function hasCommittedClaim(position: number): boolean {
    return hasClaim(position, ClaimState.COMMITTED);
  }

  function hasInnerClaims(position: number, bytes: number): boolean {
    for (let inner = position + CELL_BYTES; inner < position + bytes; inner += CELL_BYTES) {
      if (!hasClaim(inner, ClaimState.INTERIOR)) return false;
    }
    return true;
  }

  function hasClaim(position: number, state: number): boolean {
    const at = storage.layout.claimsStart + ((position % storage.capacity) / CELL_BYTES) * 2;
    const low = words[at]!;
    return stateIn(low) === state && lapIn(low, words[at + 1]!) === lapOf(position, storage.capacity);
  }
}
