import { mutant, type Mutant } from './mutant.js';

const FILE = 'ring/repair';
const DEATH = 'MPSC: a dead claim is repaired';
const HEIR = 'MPMC: a repairer dies, and the next one finishes';
const RACE = 'MPMC: two repairers race';
const ALONE = 'MPSC: the only producer dies';

const RECHECK = 'if (!isStillOpen(storage, claim))\n        return false;\n';
const PADDING =
  '    writePadding(storage, claim.slot, place, cells);\n    markInner(storage, claim.slot, place.position, cells);\n';
const COMMIT =
  '    claims.storeRelease(claim.word, claimLow(lapIn(claim.low, claim.high), ClaimState.COMMITTED, claim.slot));\n';

/** Mistakes in the repair of claims that dead producers left. */
export const REPAIR_MUTANTS: readonly Mutant[] = [
  mutant('repairs without a second look at the claim', RACE, FILE, RECHECK, ''),
  mutant('commits before the padding is there', ALONE, FILE, `${PADDING}${COMMIT}`, `${COMMIT}${PADDING}`),
  mutant(
    'frees the slot before the commit',
    HEIR,
    FILE,
    COMMIT,
    `    storage.control.storeRelease(producerSlotOffset(claim.slot) + INTENT_TAIL, -1);\n${COMMIT}`,
  ),
  mutant('does not commit', DEATH, FILE, COMMIT, ''),
  mutant('writes the length of one cell', DEATH, FILE, 'messageLengthOf(cells)', 'messageLengthOf(1)'),
  mutant('forgets the inner cells', DEATH, FILE, '    markInner(storage, claim.slot, place.position, cells);\n', ''),
  mutant(
    'marks inner cells beyond the end of the ring as of the same lap',
    'MPSC: dead claims at the end of the ring, from 2^32 cells and sequences on',
    FILE,
    'lapOf(inner, capacity)',
    'lapOf(position, capacity)',
  ),
  mutant(
    'forgets the tail',
    ALONE,
    FILE,
    'control.compareAndSwap64(TAIL, tail, sequence, (tail + cells) | 0, (sequence + 1) | 0);',
    '',
  ),
  mutant(
    'writes the sequence of the tail',
    DEATH,
    FILE,
    'sequence: end.sequence - ((end.high - sequence) >>> 0)',
    'sequence: end.sequence',
  ),
  mutant('takes the dead message for an aborted one', DEATH, FILE, 'RecordKind.REPAIRED', 'RecordKind.ABORTED'),
  mutant(
    'leaves what the dead producer wrote',
    DEATH,
    FILE,
    'window.putFloat64(offset + KIND',
    'window.getFloat64(offset + KIND',
  ),
];
