import { CONTROL } from '../layout/schema.js';
import type { AtomicBuffer } from '../memory/atomic-buffer.js';

const OLDEST = CONTROL.at.oldest;
/** Nothing is before it, whatever stands in memory. */
const UNKNOWN = -1;

/**
 * Whether `oldest` has moved beyond the place of one who reads, asked for each record. A double that a call returns is an
 * object on the heap, unless the compiler inlined the call; so what is asked each time is whether its two halves are as they
 * were when it was not. They are read one after the other, which is as good: `oldest` takes no old value again.
 */
export class OldestSeen {
  private readonly whole = new Float64Array(1).fill(UNKNOWN);
  private readonly halves = new Int32Array(this.whole.buffer);

  /** Whether it stands where it was when it was last not beyond the place; that only moves on, or is told by `forget`. */
  stands(control: AtomicBuffer): boolean {
    const { halves } = this;
    return control.loadAcquire(OLDEST) === halves[0] && control.loadAcquire(OLDEST + 4) === halves[1];
  }

  /** What is no number is not before the place either: it is refused where this reader would go on. */
  isBeyond(control: AtomicBuffer, position: number): boolean {
    const oldest = control.loadFloat64Acquire(OLDEST);
    const isBeyond = !(oldest <= position);
    this.whole[0] = isBeyond ? UNKNOWN : oldest;
    return isBeyond;
  }

  /** The place may be further back now. */
  forget(): void {
    this.whole[0] = UNKNOWN;
  }
}
