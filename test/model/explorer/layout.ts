import {
  CELL_BYTES,
  CONSUMER_SLOT,
  CONTROL,
  CONTROL_BYTES,
  PRODUCER_SLOT,
  consumerSlotOffset,
  producerSlotOffset,
} from '#src/layout/schema.js';
import type { Struct } from '#src/layout/struct.js';

/** Word of a control region that the model has no memory for. */
export const UNMAPPED = -1;
/** Word that one endpoint writes and nobody else looks at: statistics. Stores to it are dropped, loads give 0. */
export const IGNORED = -2;

const CONTROL_FIELDS = [
  'originPosition',
  'originSequence',
  'tail',
  'oldest',
  'tailPosition',
  'consumerSlotsUsed',
  'repairLock',
];
const PRODUCER_FIELDS = ['state', 'intentTail', 'intentCells'];
const CONSUMER_FIELDS = ['gates', 'sequence', 'cursor'];
const STATISTICS = ['messages', 'messageBytes', 'lost'];

export interface RingShape {
  /** Cells of the ring: a power of two. */
  readonly cells: number;
  readonly hasClaims: boolean;
  readonly producers: number;
  readonly consumers: number;
  /** Consumers come and go; otherwise the words that say who is attached are constant. */
  readonly isOpen: boolean;
}

/**
 * Where the shared bytes of a tiny channel stand in one small array of 32-bit words: only those fields of the control
 * region that ring code uses, so that a whole state takes half a kilobyte. An access to any other place is an error.
 */
export class ModelLayout {
  readonly words: number;
  readonly claimsStart: number;
  readonly ringStart: number;
  readonly ringWords: number;
  /** By word of the control region: index of its word, UNMAPPED or IGNORED. */
  readonly control = new Int16Array(CONTROL_BYTES / 4).fill(UNMAPPED);
  /** By index: 1 for words that nobody stores to. */
  readonly constants: Uint8Array;
  private readonly names: string[] = [];

  constructor({ cells, hasClaims, producers, consumers, isOpen }: RingShape) {
    this.map(CONTROL, 0, CONTROL_FIELDS, 'control');
    for (let slot = 0; slot < producers; slot++) {
      this.map(PRODUCER_SLOT, producerSlotOffset(slot), PRODUCER_FIELDS, `producer${slot}`);
    }
    for (let slot = 0; slot < consumers; slot++) {
      this.map(CONSUMER_SLOT, consumerSlotOffset(slot), CONSUMER_FIELDS, `consumer${slot}`);
    }
    this.claimsStart = this.names.length;
    for (let cell = 0; hasClaims && cell < cells; cell++)
      this.names.push(`claims[${cell}].low`, `claims[${cell}].high`);
    this.ringStart = this.names.length;
    this.ringWords = (cells * CELL_BYTES) / 4;
    for (let word = 0; word < this.ringWords; word++) {
      this.names.push(`ring[${Math.floor((word * 4) / CELL_BYTES)}]+${(word * 4) % CELL_BYTES}`);
    }
    this.words = this.names.length;
    const constant = isOpen ? /\.origin/ : /\.origin|\.consumerSlotsUsed|^consumer\d+\.state/;
    this.constants = Uint8Array.from(this.names, (name) => (constant.test(name) ? 1 : 0));
  }

  /** What a word is, for people. */
  nameOf(index: number): string {
    return this.names[index] ?? `word ${index}`;
  }

  private map(struct: Struct, base: number, fields: readonly string[], owner: string): void {
    for (const [name, field] of Object.entries(struct.fields)) {
      const first = (base + field.offset) / 4;
      if (STATISTICS.includes(name)) this.control.fill(IGNORED, first, first + field.bytes / 4);
      if (!fields.includes(name)) continue;
      // Every field takes an even number of words, so that doubles stay aligned.
      this.control[first] = this.names.length;
      if (field.bytes === 8) this.control[first + 1] = this.names.length + 1;
      this.names.push(`${owner}.${name}`, `${owner}.${name}+4`);
    }
  }
}
