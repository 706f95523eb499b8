import { CONSUMER_SLOT, CONTROL, GatingPolicy, SlotState, consumerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { systemClock } from '../platform/clock.js';
import { consumerSlotsUsed } from '../ring/gating.js';
import { endGating } from './consumer-slot.js';
import { Progress } from './progress.js';
import { isSlotLocked, tryWithAttachLock } from './slot-locks.js';
import { producersWait, wakeProducers } from './wakeups.js';

const { at } = CONSUMER_SLOT;
const { reaped: REAPED } = CONTROL.at;
const NS_PER_MS = 1e6;

/*
 * Two ways for producers to stop waiting for a consumer that does not leave by itself:
 *
 * - its process is gone, says the kernel, and was found so `failureTimeoutMs` ago: until then it may come back for what
 *   was kept. When it was found stands in the slot, so that whoever looks next goes on with the count;
 * - its policy says `evictAfterMs`, and so long it read nothing though there was something. How long that is, each who
 *   looks knows from its own looks: two words in shared memory, written by several, could lie.
 *
 * Neither is ever done to one for which the channel keeps everything. Who does it holds the attach lock, so nobody is
 * attaching or giving up somebody meanwhile; the state is looked at again after the token, because whoever closes says
 * DETACHED first and lets go of the token then. `gates` is cleared before the state is changed: who dies in between leaves
 * an ACTIVE slot, for the next one to give up, and an evicted consumer that sees by `gates` that it must come back.
 */

const reapers = new WeakMap<Segment, Reaper>();

/** Gives up who is to be given up, and says how many that were. Never waits: while somebody attaches, it finds nobody. */
export function reapConsumers(segment: Segment): number {
  return reaperOf(segment).reap(systemClock().monotonicNs());
}

/**
 * The same for those who do not wait for room themselves, and wakes the producers that do. How many were given up.
 */
export function reapForOthers(segment: Segment, nowNs: number): number {
  const reaped = reaperOf(segment).reap(nowNs);
  if (reaped > 0 && producersWait(segment)) wakeProducers(segment);
  return reaped;
}

/** The one of this attachment: its memory of what was seen before serves all that look through it. */
export function reaperOf(segment: Segment): Reaper {
  const known = reapers.get(segment);
  if (known !== undefined) return known;
  const reaper = new Reaper(segment);
  reapers.set(segment, reaper);
  return reaper;
}

/** Looks for consumers of a channel that producers need not wait for any longer. */
export class Reaper {
  private readonly segment: Segment;
  /** What was seen through this attachment. */
  readonly progress: Progress;

  constructor(segment: Segment) {
    this.segment = segment;
    this.progress = new Progress(segment);
  }

  /** `nowNs` is the monotonic time. Takes the attach lock only when there is somebody to be given up or found dead. */
  reap(nowNs: number): number {
    const { segment } = this;
    const used = consumerSlotsUsed(segment);
    const found: number[] = [];
    for (let slot = 0; slot < used; slot++) if (this.isDue(slot, nowNs)) found.push(slot);
    if (found.length === 0) return 0;
    return tryWithAttachLock(segment, () => found.filter((slot) => this.giveUp(slot, nowNs)).length) ?? 0;
  }

  /** Whether there is a consumer whose policy has a time that somebody must keep. */
  hasTimes(): boolean {
    const { control } = this.segment;
    for (let slot = consumerSlotsUsed(this.segment) - 1; slot >= 0; slot--) {
      const base = consumerSlotOffset(slot);
      if (control.loadVolatile(base + at.state) !== SlotState.ACTIVE) continue;
      if (control.getInt32(base + at.failureTimeoutMs) > 0 || control.getInt32(base + at.evictAfterMs) > 0) return true;
    }
    return false;
  }

  /** Whether there is something to do about the consumer in a slot. */
  private isDue(slot: number, nowNs: number): boolean {
    const { segment, progress } = this;
    const { control } = segment;
    const base = consumerSlotOffset(slot);
    if (control.loadVolatile(base + at.state) !== SlotState.ACTIVE) return false;
    if (isSlotLocked(segment, base)) return this.isEvictable(base) && this.isOverdue(slot, base, nowNs);
    progress.forget(slot);
    // The token is free: dead, or closed since, which says DETACHED before.
    if (control.loadVolatile(base + at.state) !== SlotState.ACTIVE) return false;
    return control.getFloat64(base + at.diedNs) === 0 || (!this.isKept(base) && this.isTimeOver(base, nowNs));
  }

  /** With the attach lock. Whether producers wait for it no more. */
  private giveUp(slot: number, nowNs: number): boolean {
    if (!this.isDue(slot, nowNs)) return false;
    const { control } = this.segment;
    const base = consumerSlotOffset(slot);
    const isDead = !isSlotLocked(this.segment, base);
    if (isDead) {
      if (control.getFloat64(base + at.diedNs) === 0) control.putFloat64(base + at.diedNs, nowNs);
      if (this.isKept(base) || !this.isTimeOver(base, nowNs)) return false;
    }
    endGating(this.segment, base);
    // Not stored but swapped: one that lives may close at this moment, which takes no lock.
    if (!control.compareAndSwap32(base + at.state, SlotState.ACTIVE, SlotState.FAILED)) return false;
    if (!isDead) control.putInt32(base + at.evictions, control.getInt32(base + at.evictions) + 1);
    control.putFloat64(REAPED, control.getFloat64(REAPED) + 1);
    return true;
  }

  private isKept(base: number): boolean {
    return this.segment.control.getInt32(base + at.gating) === GatingPolicy.ALWAYS;
  }

  private isEvictable(base: number): boolean {
    const { control } = this.segment;
    return control.getInt32(base + at.evictAfterMs) > 0 && control.getInt32(base + at.gating) === GatingPolicy.ATTACHED;
  }

  private isOverdue(slot: number, base: number, nowNs: number): boolean {
    return this.progress.idleNs(slot, nowNs) >= this.segment.control.getInt32(base + at.evictAfterMs) * NS_PER_MS;
  }

  /** A time of death that lies ahead was not measured on this machine. */
  private isTimeOver(base: number, nowNs: number): boolean {
    const { control } = this.segment;
    const sinceNs = nowNs - control.getFloat64(base + at.diedNs);
    return !(sinceNs >= 0) || sinceNs >= control.getInt32(base + at.failureTimeoutMs) * NS_PER_MS;
  }
}
