import { mutant, type Mutant } from './mutant.js';

const READS = 'ring/record-consumer';
const PLACE = 'ring/shared-tail';
const SINGLE = 'SPSC: a consumer is overtaken';
const BUFFERED = 'SPSC: store buffers, a consumer is overtaken';
const SEVERAL = 'MPSC: a consumer is overtaken';

const COPY = `        if (isPossible)
            copy.take(window, offset, bytesOf(length));
`;
const LOOK = `        this.control.loadFence();
        if (this.isOvertaken()) {
            this.goOnAtOldest();
            return NOT_THERE;
        }
`;

/** Mistakes in what a consumer does that can be overtaken, and in what producers do for it. */
export const OVERTAKEN_MUTANTS: readonly Mutant[] = [
  mutant('believes its copy without a look at oldest', SINGLE, READS, LOOK, ''),
  mutant('looks at oldest before it copies', SINGLE, READS, COPY + LOOK, LOOK + COPY),
  mutant(
    'reads the length again after the look',
    SINGLE,
    READS,
    "throw this.impossible('another sequence');\n        return length;",
    "throw this.impossible('another sequence');\n        return window.getInt32(offset + LENGTH);",
  ),
  mutant(
    'takes the record at oldest for overwritten',
    SINGLE,
    'ring/oldest-seen',
    'oldest <= position',
    'oldest < position',
  ),
  mutant(
    'takes an oldest for the one it has seen of which only one half is the same',
    SINGLE,
    'ring/oldest-seen',
    ' && control.loadAcquire(OLDEST + 4) === halves[1]',
    '',
  ),
  mutant(
    'waits for ever at a word that is no commit word any more',
    SINGLE,
    'ring/in-band-consumer',
    'if (word === expected || this.isOvertaken())',
    'if (word === expected)',
  ),
  mutant('the same with claim words', SEVERAL, 'ring/claim-word-consumer', ' || this.isOvertaken()', ''),
  mutant(
    'loses one too few',
    SINGLE,
    READS,
    "this.lose(this.nextSequence, place.sequence - this.nextSequence, 'overwritten')",
    "this.lose(this.nextSequence, place.sequence - this.nextSequence - 1, 'overwritten')",
  ),
  mutant(
    'counts no loss',
    SINGLE,
    READS,
    "this.lose(this.nextSequence, place.sequence - this.nextSequence, 'overwritten');",
    '',
  ),
  mutant(
    'takes the sequence at oldest without a second look',
    SINGLE,
    PLACE,
    'if (control.loadFloat64Acquire(OLDEST) !== position)\n            continue;',
    '',
  ),
  mutant(
    'producers announce oldest after they have overwritten it',
    BUFFERED,
    'ring/single-producer',
    `                control.storeFloat64Release(OLDEST, oldest.position);
                control.fence();
`,
    '',
  ),
];
