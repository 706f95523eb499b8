import { CONTROL } from '../../layout/schema.js';
import type { AtomicBuffer } from '../../memory/atomic-buffer.js';
import type { Clock } from '../../platform/clock.js';

const { breaker: BREAKER, breakerOpened: OPENED } = CONTROL.at;
const State = { CLOSED: 0, OPEN: 1, HALF_OPEN: 2 } as const;
const NAMES = ['closed', 'open', 'half-open'] as const;
const FAILURES_MAX = 2 ** 22 - 1;
/** More than there can be others who count; a number that was forged to be none would never be swapped. */
const COUNT_ATTEMPTS = 100;

export type BreakerState = (typeof NAMES)[number];

export interface BreakerSettings {
  /** Failures that open it. */
  readonly failureThreshold: number;
  /** The time within which they must happen, from the first of them on, ms. */
  readonly failureWindowMs: number;
  /** How long it stays open before a write is let through, ms. */
  readonly recoveryTimeoutMs: number;
}

/**
 * The circuit breaker of a channel, shared by its producers: one 64-bit word of the segment, moved by swaps alone, so that
 * all see the same and a death at any point leaves it whole.
 *
 * ```text
 *   high half: a time, ms of the monotonic clock, mod 2^32      low half: failures (22 bits) | prober (8) | state (2)
 *
 *   closed {failures, since the first}  --- the threshold within the window --->  open {since}
 *   open  --- the recovery time is over: the next writer is let through --->  half-open {prober, since}
 *   half-open  --- it finds room --->  closed        half-open  --- it does not --->  open
 *   half-open  --- the prober is dead, or silent for the recovery time --->  half-open, with another prober
 * ```
 *
 * The window is not sliding: it begins with a failure, and the first failure after its end begins the next one.
 */
export class CircuitBreaker {
  private readonly control: AtomicBuffer;
  private readonly settings: BreakerSettings;
  private readonly clock: Clock;
  /** The slot of the producer whose view of the breaker this is. */
  private readonly self: number;
  private readonly isAlive: (slot: number) => boolean;

  constructor(
    control: AtomicBuffer,
    self: number,
    settings: BreakerSettings,
    clock: Clock,
    isAlive: (slot: number) => boolean,
  ) {
    this.control = control;
    this.self = self;
    this.settings = settings;
    this.clock = clock;
    this.isAlive = isAlive;
  }

  get state(): BreakerState {
    return NAMES[stateIn(this.control.loadVolatile(BREAKER))] ?? 'closed';
  }

  /** Whether writes may be tried as ever: one load. */
  get isClosed(): boolean {
    return stateIn(this.control.loadAcquire(BREAKER)) === State.CLOSED;
  }

  /** A write that was admitted found no room. That of a producer which is not the prober says nothing while one probes. */
  failed(): void {
    for (;;) {
      const [low, high] = this.load();
      const now = this.nowMs();
      if (stateIn(low) === State.OPEN) return;
      if (stateIn(low) === State.HALF_OPEN) {
        if (proberIn(low) !== this.self || this.open(low, high, now)) return;
        continue;
      }
      const isWithin = failuresIn(low) > 0 && elapsed(high, now) <= this.settings.failureWindowMs;
      const failures = isWithin ? failuresIn(low) + 1 : 1;
      if (failures >= this.settings.failureThreshold) {
        if (this.open(low, high, now)) return;
        continue;
      }
      const counted = (Math.min(failures, FAILURES_MAX) << 10) | State.CLOSED;
      if (this.swap(low, high, counted, isWithin ? high : now)) return;
    }
  }

  /** A write that was admitted found room: if it was the probe, the breaker is closed. */
  succeeded(): void {
    const [low, high] = this.load();
    if (this.isMine(low)) this.swap(low, high, State.CLOSED, 0);
  }

  /** A write that was admitted came to nothing: the next one may be the probe, at once. */
  givenBack(): void {
    const [low, high] = this.load();
    if (this.isMine(low)) this.swap(low, high, State.OPEN, (this.nowMs() - this.settings.recoveryTimeoutMs) | 0);
  }

  /** The breaker was not closed: whether one write may be tried, as its probe. */
  mayProbe(): boolean {
    for (;;) {
      const [low, high] = this.load();
      const now = this.nowMs();
      const isOver = elapsed(high, now) >= this.settings.recoveryTimeoutMs;
      switch (stateIn(low)) {
        case State.CLOSED:
          return true;
        case State.HALF_OPEN:
          if (proberIn(low) === this.self) return true;
          if (!isOver && this.isAlive(proberIn(low))) return false;
          break;
        default:
          if (!isOver) return false;
      }
      if (this.swap(low, high, (this.self << 2) | State.HALF_OPEN, now)) return true;
    }
  }

  private open(low: number, high: number, now: number): boolean {
    if (!this.swap(low, high, State.OPEN, now)) return false;
    const { control } = this;
    for (let attempt = 0; attempt < COUNT_ATTEMPTS; attempt++) {
      const times = control.getFloat64(OPENED);
      if (control.compareAndSwapFloat64(OPENED, times, times + 1)) break;
    }
    return true;
  }

  private isMine(low: number): boolean {
    return stateIn(low) === State.HALF_OPEN && proberIn(low) === this.self;
  }

  private load(): [low: number, high: number] {
    // The halves may be of two moments: then the swap fails, and both are read again.
    return [this.control.loadVolatile(BREAKER), this.control.loadVolatile(BREAKER + 4)];
  }

  private swap(low: number, high: number, toLow: number, toHigh: number): boolean {
    return this.control.compareAndSwap64(BREAKER, low, high, toLow, toHigh);
  }

  private nowMs(): number {
    return (this.clock.monotonicNs() / 1e6) | 0;
  }
}

function stateIn(low: number): number {
  return low & 3;
}

function proberIn(low: number): number {
  return (low >>> 2) & 0xff;
}

function failuresIn(low: number): number {
  return low >>> 10;
}

/** From a time to a later one, both mod 2^32: right for 49 days. */
function elapsed(from: number, to: number): number {
  return (to - from) >>> 0;
}
