import { BusError } from '../platform/bus-error.js';
import { NO_TRACE, TraceFlag } from '../protocol/index.js';

/**
 * Which messages get a span:
 *
 * - `all`: every one; the tracer's own sampler decides what becomes of it
 * - `parent`: those that belong to a trace which is sampled
 * - `{ oneIn: n }`: these, and the first and every n-th of those that belong to no trace
 */
export type Sampling = 'all' | 'parent' | { readonly oneIn: number };

/** Decides it, message by message. */
export class Sampler {
  private readonly takesAll: boolean;
  /** Messages without a trace from one that is taken to the next; 0 for none. */
  private readonly every: number;
  private left = 0;

  /** @throws BusError `ERR_INVALID_ARGUMENT` */
  constructor(sampling: Sampling) {
    this.takesAll = sampling === 'all';
    this.every = typeof sampling === 'object' && sampling !== null ? sampling.oneIn : 0;
    const isName = sampling === 'all' || sampling === 'parent';
    if (isName || (Number.isSafeInteger(this.every) && this.every >= 1)) return;
    const found = typeof sampling === 'object' && sampling !== null ? `{ oneIn: ${String(this.every)} }` : sampling;
    const expected = "'all', 'parent' or { oneIn } with a whole number from 1 on";
    throw new BusError('ERR_INVALID_ARGUMENT', `sampling: found ${found}, expected ${expected}`);
  }

  /** Whether a message is to have a span, by the flags of the trace that it belongs to, or NO_TRACE. */
  takes(flags: number): boolean {
    if (this.takesAll) return true;
    if (flags !== NO_TRACE) return (flags & TraceFlag.Sampled) !== 0;
    if (this.every === 0) return false;
    if (this.left > 0) {
      this.left -= 1;
      return false;
    }
    this.left = this.every - 1;
    return true;
  }
}
