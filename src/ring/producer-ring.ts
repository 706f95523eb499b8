import type { AtomicBuffer } from '../memory/atomic-buffer.js';

/**
 * The producing side of a ring, single- or multi-producer: claim, fill, then commit or abort. One claim at a time.
 * Lengths are checked by the caller: 1 to `messageSizeMax`.
 */
export interface ProducerRing {
  /** Sequence of the last commit plus one, as this endpoint knows it. */
  readonly nextSequence: number;
  /** True while a claim is neither committed nor aborted. */
  readonly claimed: boolean;
  /** The window and payload offset of the claim. */
  readonly window: AtomicBuffer;
  readonly payloadOffset: number;
  /** Set for an attempt of a writer that waits for room: the time it came is in the scratch memory, at {@link SENT_SCRATCH}. */
  waited: boolean;

  /** Claims room for a payload; false when the ring is full. The header is written, with its timestamps. */
  tryClaim(length: number): boolean;
  /** Publishes the claim. Returns its sequence. */
  commit(): number;
  /** Gives the claim up: consumers will skip it, and lose nothing. */
  abort(): void;
  /** Claim, copy and commit in one. Returns the sequence or `BACKPRESSURE`. */
  tryWrite(message: Uint8Array): number;
  /** End of the last claim: exact for a single producer, read anew for several. */
  tailPosition(): number;
}

/** Where in the scratch memory the time stands at which a `write` or `writeAsync` that waited was called. */
export const SENT_SCRATCH = 0;
/** Where a consumer's dequeue time goes. */
export const DEQUEUED_SCRATCH = 64;
