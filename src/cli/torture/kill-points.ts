import { Segment } from '../../layout/segment.js';
import { MappedBuffer } from '../../memory/mapped-buffer.js';

/** Whatever changes shared memory. */
const STORES = [
  'putInt32',
  'putFloat64',
  'putBytes',
  'storeRelease',
  'storeFloat64Release',
  'storeVolatile',
  'exchange',
  'add',
  'compareAndSwap64',
] as const;

type Call = (this: object, ...args: never[]) => unknown;

/**
 * Ends its own process, as by SIGKILL from outside, before one of its stores into shared memory: the n-th one after it was
 * armed. Stores are where a death makes a difference to others, so this goes through every place at which one can die.
 */
export class StoreCountdown {
  private left = Infinity;
  private readonly die: () => void;

  /** Watches all stores of this process from now on. */
  constructor(die: () => void) {
    this.die = die;
    const prototype = MappedBuffer.prototype as unknown as Record<(typeof STORES)[number], Call>;
    for (const name of STORES) {
      const original = prototype[name];
      const count = (): void => {
        if (this.left-- <= 0) this.die();
      };
      prototype[name] = function store(...args) {
        count();
        return original.apply(this, args);
      };
    }
  }

  arm(stores: number): void {
    this.left = stores;
  }

  disarm(): void {
    this.left = Infinity;
  }

  /** Arms itself for the time of every repair that this process makes. */
  armInRepairs(stores: number): void {
    const prototype = Segment.prototype as unknown as { withWritableRing: Call };
    const original = prototype.withWritableRing;
    const arm = (): void => this.arm(stores);
    const disarm = (): void => this.disarm();
    prototype.withWritableRing = function repair(...args) {
      arm();
      try {
        return original.apply(this, args);
      } finally {
        disarm();
      }
    };
  }
}
