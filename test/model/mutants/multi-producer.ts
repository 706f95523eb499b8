import { mutant, type Mutant } from './mutant.js';

const FILE = 'ring/multi-producer';
const TWO = 'MPSC: two producers';
const DEATH = 'MPSC: a producer dies';
const SMALL = 'MPSC: the smallest ring';
const HISTORY = 'MPSC: history is given up';

const INTENT = `            control.putInt32(slot + INTENT_TAIL, tail);
            control.putInt32(slot + INTENT_TAIL + 4, sequence);
            control.storeRelease(slot + INTENT_CELLS, cells);
`;
const SWAP = `            if (!claims.compareAndSwap64(cell << 3, low, high, mine, this.lapHigh))
                continue;
`;
const MOVE = 'control.compareAndSwap64(TAIL, tail, sequence, (tail + cells) | 0, (sequence + 1) | 0);';
const LOADS = `            const tail = control.loadAcquire(TAIL);
            const sequence = control.loadAcquire(TAIL + 4);
`;
const OF_THIS_LAP = 'high >= this.lapHigh && (high > this.lapHigh || low >>> 10 >= this.lapLow)';
const LIMIT = 'this.limit = Math.min(oldest, gatingPosition(storage)) + capacity;';
const COMMIT_WORD = 'claims.storeRelease(claimCell << 3, (this.lapLow << 10) | (owner << 2) | COMMITTED);';

/** Mistakes in the producers of MPSC and MPMC rings. */
export const MULTI_PRODUCER_MUTANTS: readonly Mutant[] = [
  mutant(
    'commits before the payload is there',
    TWO,
    FILE,
    '        this.window.putBytes(this.payloadOffset, message);\n        return this.commit();',
    '        const sequence = this.commit();\n        this.window.putBytes(this.payloadOffset, message);\n        return sequence;',
  ),
  mutant(
    'claims with the word of a committed record',
    TWO,
    FILE,
    '(this.owner << 2) | CLAIMED',
    '(this.owner << 2) | COMMITTED',
  ),
  mutant(
    'writes the intent after the swap',
    TWO,
    FILE,
    `${INTENT}            const mine = (this.lapLow << 10) | (this.owner << 2) | CLAIMED;\n${SWAP}`,
    `            const mine = (this.lapLow << 10) | (this.owner << 2) | CLAIMED;\n${SWAP}${INTENT}`,
  ),
  mutant('does not say how long its claim is', TWO, FILE, 'control.storeRelease(slot + INTENT_CELLS, cells);', ''),
  mutant(
    'reads the high half of the tail first',
    TWO,
    FILE,
    LOADS,
    LOADS.split('\n').toReversed().join('\n').trimStart(),
  ),
  mutant('claims over a claim of this lap', TWO, FILE, OF_THIS_LAP, OF_THIS_LAP.replace('10 >=', '10 >')),
  mutant('claims whatever is not claimed', TWO, FILE, OF_THIS_LAP, 'stateIn(low) === CLAIMED'),
  mutant(
    'does not swap but store the claim word',
    TWO,
    FILE,
    SWAP,
    '            claims.putInt32(cell << 3, mine);\n            claims.putInt32((cell << 3) + 4, this.lapHigh);\n',
  ),
  mutant(
    'does not see that the lap has changed',
    TWO,
    FILE,
    '            if (((tail - cell) | 0) !== this.lapStart) {',
    '            if (this.lapLow < 1) {',
  ),
  mutant(
    'claims without the high bits of the lap',
    'MPSC: from lap 2^22 on',
    FILE,
    'low, high, mine, this.lapHigh',
    'low, high, mine, 0',
  ),
  mutant('leaves the tail to the others', TWO, FILE, `${MOVE}\n            this.claimCell`, 'this.claimCell'),
  mutant('does not move the tail for another one', DEATH, FILE, 'this.finishForOwner(tail, sequence, low, high);', ';'),
  mutant(
    'moves the tail for another one, but not the sequence',
    TWO,
    FILE,
    `${MOVE}\n    }`,
    `${MOVE.replace('(sequence + 1) | 0', 'sequence')}\n    }`,
  ),
  mutant(
    'reads the length at the tail that it finds, not at the one that it saw',
    TWO,
    FILE,
    'if (this.tail.low !== tail || this.tail.high !== sequence)\n                return;',
    '',
  ),
  mutant(
    'takes its own count for the sequence',
    TWO,
    FILE,
    'this.nextSequence += (sequence - (this.nextSequence | 0)) >>> 0;',
    '',
  ),
  mutant(
    'takes one cell too many behind the slowest consumer',
    TWO,
    FILE,
    LIMIT,
    LIMIT.replace('+ capacity', '+ capacity + CELL_BYTES'),
  ),
  mutant(
    'takes one cell more than there is room',
    SMALL,
    FILE,
    '((this.limitCells - tail) | 0) < cells',
    '((this.limitCells - tail) | 0) < cells - 1',
  ),
  mutant(
    'believes in room that it had',
    TWO,
    FILE,
    'if (this.limit < tail.position)\n            this.limit = tail.position;',
    'this.limit = tail.position + capacity;',
  ),
  mutant(
    'does not look at the cursors after it gave up history',
    'MPMC: a consumer joins at the oldest record',
    FILE,
    LIMIT,
    'this.limit = oldest + capacity;',
  ),
  mutant(
    'overwrites history that was not given up',
    HISTORY,
    FILE,
    LIMIT,
    'this.limit = Math.min(tail.position, gatingPosition(storage)) + capacity;',
  ),
  mutant('gives up no history', HISTORY, FILE, 'this.history.giveUp(end - capacity);', ''),
  mutant(
    'commits with the word of the next lap',
    TWO,
    FILE,
    COMMIT_WORD,
    COMMIT_WORD.replace('this.lapLow << 10', '(this.lapLow + 1) << 10'),
  ),
  mutant('never commits', TWO, FILE, COMMIT_WORD, ''),
  mutant(
    'commits what was aborted as data',
    DEATH,
    FILE,
    'this.window.putInt32(this.payloadOffset - HEADER + KIND, RecordKind.ABORTED);',
    '',
  ),
  mutant(
    'does not change the window',
    'MPSC: from 2^31 cells and sequences on',
    FILE,
    'if (this.storage.windows.length > 1)',
    'if (this.storage.windows.length > 8)',
  ),
  mutant(
    'swaps the position alone',
    TWO,
    FILE,
    `${MOVE}\n            this.claimCell`,
    `${MOVE.replace('(sequence + 1) | 0', 'sequence')}\n            this.claimCell`,
  ),
];

const OLDEST = 'ring/shared-oldest';
const TAIL = 'ring/shared-tail';
const WORD = 'ring/claim-word';

/** Mistakes in what the producers of MPSC and MPMC rings share: oldest, tail, the words of claims. */
export const SHARED_PLACE_MUTANTS: readonly Mutant[] = [
  mutant(
    'oldest is stored, not swapped',
    HISTORY,
    OLDEST,
    'control.compareAndSwapFloat64(OLDEST, from, to);',
    'control.storeFloat64Release(OLDEST, to);',
  ),
  mutant(
    'oldest passes records that are not committed',
    HISTORY,
    OLDEST,
    'while (isCommitted(claims, walker.cell, low, high)) {',
    'for (;;) {',
  ),
  mutant(
    'oldest stands on a record that is not committed',
    'MPMC: a consumer joins at the oldest record',
    OLDEST,
    'return from + whole * CELL_BYTES;',
    'return from + Math.min(ahead, gateCells) * CELL_BYTES;',
  ),
  mutant('oldest stays in its lap', HISTORY, OLDEST, 'low = claimLow(lap + 1, ClaimState.COMMITTED, 0);', ''),
  mutant(
    'a record that was overwritten while it was walked over is called damage',
    HISTORY,
    OLDEST,
    'if (control.loadFloat64Acquire(OLDEST) !== from)\n            return from;',
    '',
  ),
  mutant(
    'the oldest place is read once',
    'MPMC: a consumer joins while history is given up',
    TAIL,
    'if (control.loadFloat64Acquire(OLDEST) !== position)\n            continue;',
    '',
  ),
  mutant(
    'the tail in cells does not go round',
    'MPSC: from 2^32 cells and sequences on',
    TAIL,
    '((low - ((oldest / CELL_BYTES) | 0)) >>> 0)',
    '(low - oldest / CELL_BYTES)',
  ),
  mutant(
    'the sequence of the tail does not go round',
    'MPSC: from 2^31 cells and sequences on',
    TAIL,
    'this.sequence += (high - (this.sequence | 0)) >>> 0;',
    'this.sequence = high;',
  ),
  mutant(
    'the words of a new ring belong to its first lap',
    TWO,
    WORD,
    'Math.floor(position / capacity) + 1',
    'Math.floor(position / capacity)',
  ),
  mutant('the owner counts as lap', TWO, WORD, '~(0xff << 2)', '~0'),
];
