import { wakePath } from '../layout/directory.js';
import { CONSUMER_SLOT, CONTROL, WaiterKind, consumerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { loadNative } from '../platform/load-native.js';
import { consumerSlotsUsed, gatingPosition } from '../ring/gating.js';

const { consumersWaiting: CONSUMERS_WAITING, producersWaiting: PRODUCERS_WAITING } = CONTROL.at;
const { spaceSignal: SPACE_SIGNAL, spaceWanted: SPACE_WANTED } = CONTROL.at;
const { sleeping: SLEEPING, wakeSignal: WAKE_SIGNAL } = CONSUMER_SLOT.at;

/*
 * The handshake of sleeping and waking, both ways:
 *
 *   sleeper: flag := 1; fence; look again; sleep          writer: publish; look at the flag; if set, clear it and wake
 *
 * Without a fence in the writer its look may come before its publication is visible. A fence per message would cost more
 * than the message; so the sleeper, who has time, makes all running processes fence (`membarrier`). Where the kernel
 * does not offer that, nobody sleeps longer than a millisecond at a time.
 *
 * It makes those fence that are registered, and to register takes the kernel ten milliseconds and more: too long for a
 * process that is to handle its first message. So that is done a little later, and until then a writer fences itself: a
 * consumer before it looks, and a producer by looking after each commit at all that may sleep, as if one did.
 */
let isRegistered = false;
let onRegistered: (() => void)[] = [];
/** Whether the kernel offers the sleepers' fence; undefined as long as nobody has slept. */
let reachesOthers: boolean | undefined;

/** Stands for the word that says whether a consumer sleeps, as long as that may not be believed. */
export const SOMEBODY_SLEEPS = new Int32Array(new ArrayBuffer(4)).fill(1);

/** Registers this process for the sleepers' fence, once. It blocks the thread for some ten milliseconds. */
export function registerForWakeups(): void {
  if (isRegistered) return;
  // where it is refused, no sleeper relies on it
  loadNative().registerFence();
  isRegistered = true;
  for (const tell of onRegistered) tell();
  onRegistered = [];
}

/** Calls back when this process is registered, at once if it is. */
export function whenRegistered(tell: () => void): void {
  if (isRegistered) tell();
  else onRegistered.push(tell);
}

/** The longest single sleep, in ns: a safety net where fences reach everybody, the mechanism itself where not. */
export function longestSleepNs(): number {
  reachesOthers ??= loadNative().fenceOthers() >= 0;
  return reachesOthers ? 1e9 : 1e6;
}

/** Makes the store of a sleeping flag visible to every writer, and every writer's publications visible to this thread. */
export function fenceBeforeSleep(segment: Segment): void {
  reachesOthers = loadNative().fenceOthers() >= 0;
  if (!reachesOthers) segment.control.fence();
}

/** Announces that the consumer in this slot is about to sleep. */
export function announceConsumerSleep(segment: Segment, slot: number, kind: number): void {
  segment.control.storeVolatile(consumerSlotOffset(slot) + SLEEPING, kind);
  segment.control.storeVolatile(CONSUMERS_WAITING, 1);
  fenceBeforeSleep(segment);
}

export function endConsumerSleep(segment: Segment, slot: number): void {
  segment.control.storeVolatile(consumerSlotOffset(slot) + SLEEPING, WaiterKind.AWAKE);
}

/** Blocks the thread until woken, or `timeoutNs` have passed. The caller has announced FUTEX and looked again. */
export function sleepOnFutex(segment: Segment, slot: number, signal: number, timeoutNs: number): void {
  segment.control.futexWait(consumerSlotOffset(slot) + WAKE_SIGNAL, signal, timeoutNs);
}

export function wakeSignalOf(segment: Segment, slot: number): number {
  return segment.control.loadVolatile(consumerSlotOffset(slot) + WAKE_SIGNAL);
}

/** Producer side: wakes the consumers that sleep. Called when `consumersWaiting` was seen set after a commit. */
export class ConsumerWaker {
  private readonly segment: Segment;
  private readonly fifos = new Map<number, number>();

  constructor(segment: Segment) {
    this.segment = segment;
  }

  wakeAll(): void {
    const { control } = this.segment;
    control.exchange(CONSUMERS_WAITING, 0);
    const used = consumerSlotsUsed(this.segment);
    for (let slot = 0; slot < used; slot++) {
      const base = consumerSlotOffset(slot);
      if (control.loadVolatile(base + SLEEPING) === WaiterKind.AWAKE) continue;
      const kind = control.exchange(base + SLEEPING, WaiterKind.AWAKE);
      if (kind === WaiterKind.FUTEX) {
        control.add(base + WAKE_SIGNAL, 1);
        control.futexWake(base + WAKE_SIGNAL, 1);
      } else if (kind === WaiterKind.FIFO) {
        this.signal(slot);
      }
    }
  }

  close(): void {
    for (const fd of this.fifos.values()) loadNative().closeFile(fd);
    this.fifos.clear();
  }

  private openFifo(slot: number): number {
    return loadNative().openFifo(wakePath(this.segment.directory, this.segment.channel, slot), true);
  }

  /** Writes to the slot's FIFO; one that was made anew by a restarted consumer is opened again. */
  private signal(slot: number): void {
    const native = loadNative();
    for (let attempt = 0; attempt < 2; attempt++) {
      const fd = this.fifos.get(slot) ?? this.openFifo(slot);
      // Its reader is gone: nobody to wake. (Or this process is out of descriptors: the sleeper wakes by itself in a second.)
      if (fd < 0) return;
      this.fifos.set(slot, fd);
      if (native.signalFifo(fd) === 0) return;
      native.closeFile(fd);
      this.fifos.delete(slot);
    }
  }
}

/** Consumer side: whether a producer waits for space. To be asked after what may give it some was stored. */
export function producersWait({ control }: Segment): boolean {
  if (!isRegistered) control.fence();
  return control.getInt32(PRODUCERS_WAITING) !== 0;
}

/**
 * Consumer side: wakes producers that wait for space, if there is now enough to be worth it. Called when
 * {@link producersWait} after a cursor store. Of two consumers that store their cursors at the same time, the
 * fence makes one see both.
 */
export function wakeProducersForRoom(segment: Segment): void {
  segment.control.fence();
  if (gatingPosition(segment) >= segment.control.getFloat64(SPACE_WANTED)) wakeProducers(segment);
}

/** Wakes producers that wait for space, whatever there is. */
export function wakeProducers(segment: Segment): void {
  const { control } = segment;
  control.exchange(PRODUCERS_WAITING, 0);
  control.add(SPACE_SIGNAL, 1);
  control.futexWake(SPACE_SIGNAL, 2 ** 30);
}

/**
 * Producer side: sleeps until the gating position is at `wanted`, or `timeoutNs` have passed; `retry` looks again before
 * the sleep.
 */
export function sleepForSpace(segment: Segment, wanted: number, timeoutNs: number, retry: () => boolean): boolean {
  const { control } = segment;
  control.putFloat64(SPACE_WANTED, wanted);
  const signal = control.loadVolatile(SPACE_SIGNAL);
  control.storeVolatile(PRODUCERS_WAITING, 1);
  fenceBeforeSleep(segment);
  if (retry()) return true;
  control.futexWait(SPACE_SIGNAL, signal, timeoutNs);
  return false;
}
