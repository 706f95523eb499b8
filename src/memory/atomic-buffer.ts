/**
 * Shared memory as the ring code sees it: a range of bytes that other processes read and write at the same time.
 *
 * Offsets are bytes from the start of the buffer, aligned to the size of what is accessed; 32-bit values are signed.
 * Production has exactly one implementation (`MappedBuffer`), so that every call site stays monomorphic; the explorer
 * of the tests (test/model) has another one, in which every access is a scheduling point. Nothing here throws for what
 * it finds in memory: what the values mean, and whether they can be trusted, is for the callers to decide.
 */
export interface AtomicBuffer {
  readonly byteLength: number;
  /** The same memory, for payloads handed to users. */
  readonly bytes: Uint8Array;
  readonly view: DataView;

  /** Plain accesses: no order beyond that of the ordered accesses around them. */
  getInt32(offset: number): number;
  putInt32(offset: number, value: number): void;
  /** Plain 8-byte accesses, never torn on the supported processors. */
  getFloat64(offset: number): number;
  putFloat64(offset: number, value: number): void;
  /** Copies a payload in. */
  putBytes(offset: number, source: Uint8Array): void;

  /** What comes after it in the program also comes after it in memory. */
  loadAcquire(offset: number): number;
  /** What comes before it in the program also comes before it in memory. */
  storeRelease(offset: number, value: number): void;
  loadFloat64Acquire(offset: number): number;
  storeFloat64Release(offset: number, value: number): void;

  /** Sequentially consistent; never cached or hoisted by the compiler. */
  loadVolatile(offset: number): number;
  storeVolatile(offset: number, value: number): void;
  exchange(offset: number, value: number): number;
  add(offset: number, value: number): number;
  compareAndSwap32(offset: number, expected: number, value: number): boolean;
  /** 64 bits as two halves, little-endian, 8-aligned. */
  compareAndSwap64(offset: number, expectedLow: number, expectedHigh: number, low: number, high: number): boolean;
  compareAndSwapFloat64(offset: number, expected: number, value: number): boolean;
  /** Earlier loads are made before later ones. */
  loadFence(): void;
  /** A full fence of this thread: earlier stores become visible before later loads are made. */
  fence(): void;

  /** Writes the time, ns since the epoch, as a u64 at an 8-aligned offset. */
  stamp(offset: number): void;
  /** The same reading into two places; `fetchBytes` from the first on are about to be written (a hint to the processor). */
  stampTwice(first: number, second: number, fetchBytes: number): void;
}
