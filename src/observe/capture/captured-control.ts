import { histogramBytes } from '../../layout/histogram.js';
import {
  CONSUMER_SLOT,
  CONSUMER_SLOTS,
  CONTROL,
  CONTROL_BYTES,
  HISTOGRAM,
  PRODUCER_SLOT,
  PRODUCER_SLOTS,
  SlotState,
  consumerSlotOffset,
  producerSlotOffset,
} from '../../layout/schema.js';
import type { Segment } from '../../layout/segment.js';
import type { Struct } from '../../layout/struct.js';
import { isSlotLocked } from '../../channel/slot-locks.js';
import { isStopped } from '../../liveness/process-state.js';
import type { Clock } from '../../platform/clock.js';
import { lossIn } from '../../ring/loss.js';

/** So often a cursor and its sequence are read until both are of one moment; a consumer that is faster is shown as it was last. */
const PAIR_ATTEMPTS = 100;

/** A channel's control region at one moment, and what the kernel knew of its endpoints. */
export interface ControlImage {
  readonly bytes: Uint8Array;
  /** Offsets of the slots whose tokens were held, and of those whose processes were stopped. */
  readonly locked: readonly number[];
  readonly stopped: readonly number[];
  /** Monotonic, ns: when reading began and ended. */
  readonly readNs: readonly [number, number];
}

/** The bytes of a control region that say something; in huge pages the region is longer. */
export function controlBytes(type: Segment['shape']['type']): number {
  return CONTROL_BYTES + histogramBytes(type);
}

/**
 * Reads it, without storing anything: the histograms, which take most of the time, first, and the cursors last, so that little
 * is written between them and the end of the channel, which is read next.
 */
export function readControl(segment: Segment, clock: Clock): ControlImage {
  const { control, shape } = segment;
  const beganNs = clock.monotonicNs();
  const before = lockedSlots(segment);
  const bytes = new Uint8Array(controlBytes(shape.type));
  const view = new DataView(bytes.buffer);
  for (let at = CONTROL_BYTES; at < bytes.length; at += HISTOGRAM.bytes) copyHistogram(segment, view, at);
  // what is no number of 8 bytes: as of now too
  bytes.set(control.bytes.subarray(0, CONTROL_BYTES));
  // a copy of many bytes may tear what is being written; single accesses do not
  copyNumbers(segment, view, CONTROL, 0);
  for (let slot = 0; slot < PRODUCER_SLOTS; slot++) copyNumbers(segment, view, PRODUCER_SLOT, producerSlotOffset(slot));
  for (let slot = 0; slot < CONSUMER_SLOTS; slot++) {
    copyNumbers(segment, view, CONSUMER_SLOT, consumerSlotOffset(slot));
    copyCursor(segment, view, consumerSlotOffset(slot));
  }
  // who attaches takes the token first, who leaves gives it up last: who had it at one of the two moments was alive
  const locked = [...new Set([...before, ...lockedSlots(segment)])];
  const stopped = locked.filter((base) => {
    const { pid, pidNamespace } = base < consumerSlotOffset(0) ? PRODUCER_SLOT.at : CONSUMER_SLOT.at;
    return isStopped(view.getUint32(base + pid, true), view.getInt32(base + pidNamespace, true));
  });
  return { bytes, locked, stopped, readNs: [beganNs, clock.monotonicNs()] };
}

function lockedSlots(segment: Segment): number[] {
  const { control } = segment;
  const bases = [
    ...Array.from({ length: PRODUCER_SLOTS }, (_, slot) => producerSlotOffset(slot)),
    ...Array.from({ length: CONSUMER_SLOTS }, (_, slot) => consumerSlotOffset(slot)),
  ];
  // the state is the first word of both kinds of slots
  return bases.filter((base) => control.loadVolatile(base) !== SlotState.FREE && isSlotLocked(segment, base));
}

function copyNumbers({ control }: Segment, view: DataView, struct: Struct, base: number): void {
  for (const { type, offset } of Object.values(struct.fields)) {
    if (type === 'f64') view.setFloat64(base + offset, control.getFloat64(base + offset), true);
  }
}

function copyHistogram({ control }: Segment, view: DataView, base: number): void {
  for (let at = base; at < base + HISTOGRAM.bytes; at += 8) view.setFloat64(at, control.getFloat64(at), true);
}

function copyCursor({ control }: Segment, view: DataView, base: number): void {
  const { cursor: CURSOR, sequence: SEQUENCE, lost: LOST } = CONSUMER_SLOT.at;
  let cursor = control.loadFloat64Acquire(base + CURSOR);
  let sequence = control.loadFloat64Acquire(base + SEQUENCE);
  for (let attempt = 0; attempt < PAIR_ATTEMPTS; attempt++) {
    const [cursorBefore, sequenceBefore] = [cursor, sequence];
    cursor = control.loadFloat64Acquire(base + CURSOR);
    sequence = control.loadFloat64Acquire(base + SEQUENCE);
    if (cursor === cursorBefore && sequence === sequenceBefore) break;
  }
  view.setFloat64(base + LOST, lossIn(control, base), true);
  view.setFloat64(base + CURSOR, cursor, true);
  view.setFloat64(base + SEQUENCE, sequence, true);
}
