import { CONSUMER_SLOT, CONSUMER_SLOTS, CONTROL, consumerSlotOffset } from '../layout/schema.js';
import type { RingStorage } from './storage.js';
import { corrupt } from './storage.js';

const SLOTS_USED = CONTROL.at.consumerSlotsUsed;
const GATES = CONSUMER_SLOT.at.gates;
const CURSOR = CONSUMER_SLOT.at.cursor;

/** How many consumer slots may be in use. */
export function consumerSlotsUsed(storage: Pick<RingStorage, 'control' | 'channel'>): number {
  const used = storage.control.loadVolatile(SLOTS_USED);
  if (used >= 0 && used <= CONSUMER_SLOTS) return used;
  throw corrupt(storage.channel, `${used} consumer slots are said to be in use, of ${CONSUMER_SLOTS}`);
}

/**
 * The gating position: the slowest cursor of the consumers that gate, or Infinity when none does.
 *
 * Whoever scans must have announced `oldest` first (store, then fence): then either this scan sees a consumer that is
 * joining, or that consumer sees the announcement and joins further on. See join.ts for the other half.
 */
export function gatingPosition(storage: RingStorage): number {
  const { control } = storage;
  const used = consumerSlotsUsed(storage);
  let slowest = Infinity;
  for (let slot = 0; slot < used; slot++) {
    const base = consumerSlotOffset(slot);
    if (control.loadAcquire(base + GATES) === 0) continue;
    const cursor = control.loadFloat64Acquire(base + CURSOR);
    if (!(cursor >= 0)) throw corrupt(storage.channel, `consumer slot ${slot} has its cursor at ${cursor}`);
    if (cursor < slowest) slowest = cursor;
  }
  return slowest;
}

/** A gating position that lies beyond the tail was forged: nobody can have read what was not written. */
export function checkGate(storage: RingStorage, gate: number, tail: number): void {
  if (gate <= tail || gate === Infinity) return;
  throw corrupt(storage.channel, `the slowest consumer's cursor ${gate} is ahead of the tail ${tail}`);
}

/** The slot of the slowest gating consumer, or -1: for advice on who blocks a producer. */
export function slowestConsumer(storage: RingStorage): number {
  const { control } = storage;
  const used = consumerSlotsUsed(storage);
  let slowest = Infinity;
  let found = -1;
  for (let slot = 0; slot < used; slot++) {
    const base = consumerSlotOffset(slot);
    if (control.loadAcquire(base + GATES) === 0) continue;
    const cursor = control.loadFloat64Acquire(base + CURSOR);
    if (cursor < slowest) {
      slowest = cursor;
      found = slot;
    }
  }
  return found;
}
