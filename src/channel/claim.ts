import { BusError } from '../platform/bus-error.js';

const NOTHING = new Uint8Array(0);

/**
 * Room in a ring, to be filled in place: `length` bytes of `buffer` (and of `view`, the same memory) from `offset` on.
 * What stands there before is rubbish. `commit` publishes it and returns its sequence; `abort` gives it up. One or the
 * other, once; the object is reused by the next claim.
 *
 * @throws BusError `ERR_CLAIM_STATE` from `commit` and `abort` when no claim is open
 */
export class Claim {
  buffer: Uint8Array = NOTHING;
  view: DataView = new DataView(NOTHING.buffer);
  offset = 0;
  length = 0;
  private isOpen = false;
  private readonly actions: { commit: () => number; abort: () => number };

  /** @internal Made by the producer. */
  constructor(actions: { commit: () => number; abort: () => number }) {
    this.actions = actions;
  }

  commit(): number {
    this.take('commit');
    return this.actions.commit();
  }

  abort(): void {
    this.take('abort');
    this.actions.abort();
  }

  /** @internal */
  open(buffer: Uint8Array, view: DataView, offset: number, length: number): this {
    this.buffer = buffer;
    this.view = view;
    this.offset = offset;
    this.length = length;
    this.isOpen = true;
    return this;
  }

  /** @internal The producer was closed. */
  end(): void {
    this.isOpen = false;
  }

  private take(what: string): void {
    if (!this.isOpen) {
      throw new BusError(
        'ERR_CLAIM_STATE',
        `cannot ${what}: this claim was committed or aborted already, or its producer closed`,
      );
    }
    this.isOpen = false;
  }
}
