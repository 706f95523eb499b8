import { mutant, type Mutant } from './mutant.js';

const READS = 'ring/record-consumer';
const CLAIMS = 'ring/claim-word-consumer';
const GATING = 'ring/gating';
const JOIN = 'ring/join';
const SINGLE = 'SPSC: a producer and its successor';
const TWO = 'SPMC: two consumers, a successor';
const MANY = 'MPSC: two producers';
const BACK = 'SPSC: store buffers, a consumer that goes back';

/** Mistakes in the consumers, in gating, and in joining. */
export const CONSUMER_MUTANTS: readonly Mutant[] = [
  mutant(
    'stores the cursor before the handler',
    SINGLE,
    READS,
    '        handler(view);',
    `                this.control.storeFloat64Release(this.slot + CONSUMER_SLOT.at.cursor, this.position + bytesOf(length));
        handler(view);`,
  ),
  mutant(
    'stores a cursor ahead of what it has read',
    SINGLE,
    READS,
    'CONSUMER_SLOT.at.cursor, this.base + this.offset)',
    'CONSUMER_SLOT.at.cursor, this.base + this.offset + 64)',
  ),
  mutant(
    'never stores the cursor',
    SINGLE,
    READS,
    'control.storeFloat64Release(slot + CONSUMER_SLOT.at.cursor, this.base + this.offset);',
    '',
  ),
  mutant('does not count sequences', SINGLE, READS, 'this.nextSequence += 1;', ''),
  mutant(
    'delivers what was aborted',
    'MPSC: a producer dies',
    READS,
    'if (kind === DATA || kind === STAMPED) {',
    'if (kind >= DATA) {',
  ),
  mutant(
    'does not change the window',
    'SPSC: from 2^31 cells and sequences on',
    READS,
    'if (this.offset >= this.storage.windowBytes)',
    'if (this.offset < 0)',
  ),
  mutant(
    'reads the record of the lap before',
    MANY,
    CLAIMS,
    '& LAP_AND_STATE) === this.committed || this.arrived(at)',
    '& 3) === ClaimState.COMMITTED || this.arrived(at)',
  ),
  mutant(
    'reads what is only claimed',
    MANY,
    CLAIMS,
    'claimLow(this.lap, ClaimState.COMMITTED, 0)',
    'claimLow(this.lap, ClaimState.CLAIMED, 0)',
  ),
  mutant(
    'stays in its first lap',
    MANY,
    CLAIMS,
    'this.lap = lapOf(walker.position, capacity);',
    'this.lap ??= lapOf(walker.position, capacity);',
  ),
  mutant(
    'takes halves of two claim words for one',
    'MPSC: from lap 2^22 on',
    CLAIMS,
    'if (claims.loadVolatile(at) !== low)\n                return false;',
    '',
  ),
  mutant(
    'the last consumer does not gate',
    SINGLE,
    GATING,
    'let slowest = Infinity;\n    for (let slot = 0; slot < used; slot++) {',
    'let slowest = Infinity;\n    for (let slot = 0; slot < used - 1; slot++) {',
  ),
  mutant(
    'the fastest consumer gates',
    TWO,
    GATING,
    'if (cursor < slowest)\n            slowest = cursor;',
    'if (cursor > slowest || slowest === Infinity)\n            slowest = cursor;',
  ),
  mutant(
    'consumers that have left gate as well',
    'SPMC: a consumer leaves',
    GATING,
    `        if (control.loadAcquire(base + GATES) === 0)
            continue;
        const cursor = control.loadFloat64Acquire(base + CURSOR);
        if (!(`,
    `        const cursor = control.loadFloat64Acquire(base + CURSOR);
        if (!(`,
  ),
  mutant('joins without a fence', BACK, JOIN, 'control.fence();\n        if (place.position', 'if (place.position'),
  mutant(
    'joins without a second look at oldest',
    BACK,
    JOIN,
    'if (place.position >= control.loadFloat64Acquire(CONTROL.at.oldest))\n            return place;',
    'return place;',
  ),
  mutant(
    'joins and leaves the cursor where it was',
    BACK,
    JOIN,
    'control.storeFloat64Release(base + CONSUMER_SLOT.at.cursor, place.position);',
    '',
  ),
  mutant(
    'does not step over a record whose producer died before it published the tail',
    SINGLE,
    JOIN,
    'if (walker.window.loadVolatile(walker.offset) !== 0)\n            walker.advance(walker.recordBytes());',
    '',
  ),
  mutant(
    'stores the sequence of the record before its cursor',
    'MPMC: a consumer dies and is started again',
    READS,
    'this.nextSequence);\n        control.storeFloat64Release(slot + CONSUMER_SLOT.at.cursor',
    'this.nextSequence - 1);\n        control.storeFloat64Release(slot + CONSUMER_SLOT.at.cursor',
  ),
  mutant(
    'takes the tail in halves',
    'MPMC: a consumer joins at the end',
    JOIN,
    'this.sharedTail.loadWhole();',
    'this.sharedTail.load();',
  ),
  mutant(
    'takes an open claim for damage',
    'MPMC: a consumer leaves and returns',
    JOIN,
    'position < tail.position && this.isClaimed(walker)',
    'position > tail.position && this.isClaimed(walker)',
  ),
  mutant(
    'looks for a commit before it looks for a claim',
    'MPMC: a consumer leaves and returns',
    JOIN,
    'if (position < tail.position && this.isClaimed(walker))\n            return { position, sequence: remembered };\n        const sequence = walker.sequence();',
    'const sequence = walker.sequence();\n        if (position < tail.position && this.isClaimed(walker))\n            return { position, sequence: remembered };',
  ),
];
