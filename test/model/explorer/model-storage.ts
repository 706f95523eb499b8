import type { Place } from '#src/ring/record-consumer.js';
import type { RingStorage } from '#src/ring/storage.js';
import { recordBytes } from '#src/layout/record.js';
import { CELL_BYTES, CONSUMER_SLOT, CONTROL, CONTROL_BYTES, RECORD, consumerSlotOffset } from '#src/layout/schema.js';
import { ModelLayout, UNMAPPED, type RingShape } from './layout.js';
import { Machine } from './machine.js';
import { ModelBuffer } from './model-buffer.js';
import { ModelRecordCopy } from './model-record-copy.js';
import { SharedWords } from './shared-words.js';

export interface StorageOptions extends RingShape {
  /** Where the channel begins to count. */
  readonly origin: Place;
  readonly messageSizeMax: number;
  /** Into how many windows the ring is cut. */
  readonly windows: number;
  /** Consumers that are attached from the beginning; the rest of the slots is free. */
  readonly attached: number;
  /** Whether producers wait for those that are attached. */
  readonly gates: boolean;
  readonly buffersStores: boolean;
}

/** The memory of a tiny channel, as it is just after it was created and its first consumers have attached. */
export class ModelStorage implements RingStorage {
  readonly channel = 'model';
  readonly capacity: number;
  readonly messageSizeMax: number;
  readonly control: ModelBuffer;
  readonly claims: ModelBuffer;
  readonly windows: readonly ModelBuffer[];
  readonly windowBytes: number;
  readonly scratch: ModelBuffer;
  /** The ring as one range that goes round: what handlers read payloads through. */
  readonly ring: ModelBuffer;
  readonly layout: ModelLayout;
  readonly machine: Machine;
  readonly memory: SharedWords;
  readonly buffersStores: boolean;

  constructor(options: StorageOptions) {
    this.buffersStores = options.buffersStores;
    const layout = new ModelLayout(options);
    this.layout = layout;
    this.memory = new SharedWords(layout.words);
    this.machine = new Machine(this.memory, layout.constants, options.buffersStores);
    this.capacity = options.cells * CELL_BYTES;
    this.messageSizeMax = options.messageSizeMax;
    this.windowBytes = this.capacity / options.windows;
    this.control = new ModelBuffer(this.machine, CONTROL_BYTES, (offset) => this.controlIndex(offset));
    this.claims = new ModelBuffer(
      this.machine,
      options.hasClaims ? options.cells * 8 : 0,
      (offset) => layout.claimsStart + (offset >> 2),
    );
    this.windows = Array.from({ length: options.windows }, (_, i) =>
      this.ringFrom(i * this.windowBytes, this.windowBytes),
    );
    this.ring = this.ringFrom(0, this.capacity);
    this.scratch = new ModelBuffer(this.machine, 128, () => {
      throw new Error('the model has no scratch memory');
    });
    this.initialize(options);
  }

  recordCopy(): ModelRecordCopy {
    return new ModelRecordCopy();
  }

  /** What never changes while threads run, numbered for hashes. */
  get fixed(): ReadonlyMap<unknown, number> {
    const { control, claims, windows, scratch, ring } = this;
    const buffers = [control, claims, scratch, ring, ...windows];
    const things = [this, windows, ...buffers, ...buffers.flatMap((buffer) => [buffer.bytes, buffer.view])];
    return new Map(things.map((thing, i) => [thing, i + 1]));
  }

  /** Words of the control region as a state has them, for checks. */
  wordIn(words: Int32Array, offset: number): number {
    return words[this.controlIndex(offset)]!;
  }

  /** The same of the ring. */
  ringWordIn(words: Int32Array, offset: number): number {
    return words[this.layout.ringStart + ((offset >> 2) & (this.layout.ringWords - 1))]!;
  }

  doubleInRing(words: Int32Array, offset: number): number {
    const { ringStart, ringWords } = this.layout;
    return new Float64Array(words.buffer)[(ringStart + ((offset >> 2) & (ringWords - 1))) >> 1]!;
  }

  doubleIn(words: Int32Array, offset: number): number {
    return new Float64Array(words.buffer)[this.controlIndex(offset) >> 1]!;
  }

  private ringFrom(start: number, bytes: number): ModelBuffer {
    const { layout, machine } = this;
    const mask = layout.ringWords - 1;
    const beyond = recordBytes(this.messageSizeMax) + CELL_BYTES;
    return new ModelBuffer(machine, bytes + beyond, (offset) => {
      if (!(offset >= 0 && offset < bytes + beyond)) throw new RangeError(`offset ${offset} is outside of a window`);
      return layout.ringStart + (((start + offset) >> 2) & mask);
    });
  }

  private controlIndex(offset: number): number {
    const index = this.layout.control[offset >> 2] ?? UNMAPPED;
    if (index === UNMAPPED) throw new RangeError(`the model has no memory at byte ${offset} of the control region`);
    return index;
  }

  private initialize({ origin, hasClaims, attached, gates }: StorageOptions): void {
    const { at } = CONTROL;
    const put = (offset: number, value: number): void => void this.memory.store(this.controlIndex(offset), value);
    const putDouble = (index: number, value: number): void => {
      const halves = new Int32Array(new Float64Array([value]).buffer);
      this.memory.store(index, halves[0]!);
      this.memory.store(index + 1, halves[1]!);
    };
    for (const field of [at.originPosition, at.oldest, at.tailPosition])
      putDouble(this.controlIndex(field), origin.position);
    putDouble(this.controlIndex(at.originSequence), origin.sequence);
    put(at.tail, (origin.position / CELL_BYTES) | 0);
    put(at.tail + 4, origin.sequence | 0);
    put(at.consumerSlotsUsed, attached);
    for (let slot = 0; slot < attached; slot++) {
      const base = consumerSlotOffset(slot);
      put(base + CONSUMER_SLOT.at.gates, gates ? 1 : 0);
      putDouble(this.controlIndex(base + CONSUMER_SLOT.at.sequence), origin.sequence);
      putDouble(this.controlIndex(base + CONSUMER_SLOT.at.cursor), origin.position);
    }
    const first = this.layout.ringStart + (origin.position % this.capacity) / 4;
    if (!hasClaims) putDouble(first + RECORD.at.sequence / 4, origin.sequence);
  }
}
