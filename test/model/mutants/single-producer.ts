import { mutant, type Mutant } from './mutant.js';

const FILE = 'ring/single-producer';
const SUCCESSOR = 'SPSC: a producer and its successor';
const TWO = 'SPMC: two consumers, a successor';
const LAPS = 'SPSC: three laps';

const WRITE = `        this.writeHeader(window, offset, length, bytes);
        window.putBytes(offset + HEADER, message);
        return this.publish(window, offset, bytes);`;
const CLEAR = `        window.putInt32(next + COMMIT, 0);
`;
const NUMBER = `        window.putFloat64(next + SEQUENCE, sequence + 1);
`;
const COMMIT = `        window.storeRelease(offset + COMMIT, wordOf(sequence));
`;
const PUBLISH = `        this.control.storeFloat64Release(TAIL_POSITION, this.base + next);
`;
const ANNOUNCE = `                control.storeFloat64Release(OLDEST, oldest.position);
`;
const LIMIT = 'const limit = Math.min(oldest.position, gatingPosition(storage)) + capacity;';

/** Mistakes in the producer of SPSC and SPMC rings. */
export const SINGLE_PRODUCER_MUTANTS: readonly Mutant[] = [
  mutant(
    'commits before the payload is there',
    SUCCESSOR,
    FILE,
    WRITE,
    `        this.writeHeader(window, offset, length, bytes);
        const sequence = this.publish(window, offset, bytes);
        window.putBytes(offset + HEADER, message);
        return sequence;`,
  ),
  mutant(
    'commits before the header is there',
    SUCCESSOR,
    FILE,
    WRITE,
    `        window.putBytes(offset + HEADER, message);
        const sequence = this.publish(window, offset, bytes);
        this.writeHeader(window, offset, length, bytes);
        return sequence;`,
  ),
  mutant('does not clear the next commit word', LAPS, FILE, CLEAR, ''),
  mutant(
    'clears the next commit word after the commit',
    SUCCESSOR,
    FILE,
    CLEAR + NUMBER + COMMIT,
    NUMBER + COMMIT + CLEAR,
  ),
  mutant('does not write the next sequence', SUCCESSOR, FILE, NUMBER, ''),
  mutant('writes the next sequence after the commit', SUCCESSOR, FILE, NUMBER + COMMIT, COMMIT + NUMBER),
  mutant('publishes the tail before the commit', SUCCESSOR, FILE, COMMIT + PUBLISH, PUBLISH + COMMIT),
  mutant('never publishes the tail', SUCCESSOR, FILE, PUBLISH, ''),
  mutant('leaves no room for the next header', LAPS, FILE, 'limit - tail - CELL_BYTES', 'limit - tail'),
  mutant(
    'takes one cell too many behind the slowest consumer',
    LAPS,
    FILE,
    LIMIT,
    LIMIT.replace('+ capacity', '+ capacity + CELL_BYTES'),
  ),
  mutant('does not use up its room', LAPS, FILE, 'this.room = (this.room - bytes) | 0;', ''),
  mutant(
    'does not ask for room',
    LAPS,
    FILE,
    'if (bytes > this.room && !this.makeRoom(bytes))\n            return FULL;',
    '',
  ),
  mutant(
    'looks at the cursors only before it announces',
    'SPMC: a consumer joins at the oldest record',
    FILE,
    LIMIT,
    'const limit = oldest.position + capacity;',
  ),
  mutant('does not announce what it gives up', 'SPMC: a consumer joins at the oldest record', FILE, ANNOUNCE, ''),
  {
    name: 'announces what it gives up after the second look at the cursors',
    scenario: 'SPMC: a consumer joins at the oldest record',
    edits: [
      { file: FILE, find: ANNOUNCE, replace: '' },
      { file: FILE, find: LIMIT, replace: `${LIMIT}\n        control.storeFloat64Release(OLDEST, oldest.position);` },
    ],
  },
  mutant(
    'announces what it gives up without a fence',
    'SPSC: store buffers, a consumer that goes back',
    FILE,
    `${ANNOUNCE}                control.fence();`,
    ANNOUNCE,
  ),
  mutant(
    'remembers what is no boundary',
    'SPMC: a consumer joins at the oldest record',
    FILE,
    'boundaries.add(tail);',
    'boundaries.add(tail + CELL_BYTES);',
  ),
  mutant(
    'gives up less than it needs',
    LAPS,
    FILE,
    'boundaries.takeFrom(needed)',
    'boundaries.takeFrom(needed - capacity)',
  ),
  mutant(
    'publishes what was aborted',
    SUCCESSOR,
    FILE,
    '    abort() {\n        this.claimed = false;',
    '    abort() {\n        this.claimed = false;\n        this.publish(this.window, this.offset, this.claimBytes);',
  ),
  mutant('commits one cell of two', SUCCESSOR, FILE, 'this.claimBytes = bytes;', 'this.claimBytes = CELL_BYTES;'),
  mutant('commits with the next sequence', TWO, FILE, 'wordOf(sequence)', 'wordOf(sequence + 1)'),
  mutant(
    'does not change the window',
    'SPSC: from 2^31 cells and sequences on',
    FILE,
    '            this.nextWindow();',
    '            this.window = this.tail.window;',
  ),
];
