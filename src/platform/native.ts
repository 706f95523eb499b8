/**
 * What the native addon offers, as TypeScript sees it. Its C side is `native/`; this file and the C sources are the
 * two halves of one contract, checked by `test/unit/platform/native.test.ts`.
 *
 * Conventions:
 * - Calls on the hot path take small integers only (a region handle and a byte offset inside that region), never
 *   views, strings or BigInts, allocate nothing and throw nothing: a bad handle or offset answers `-EINVAL`.
 * - The hottest, `stamp`, `stampTwice` and `compareAndSwap64`, take them from {@link registers} and leave their result
 *   there: arguments and results of a call into the addon cost more than the work.
 * - Calls on the control path answer `0` or a positive result, or a negative `errno`, never an exception. Arguments of
 *   the wrong JavaScript type are a `TypeError` (a bug in this package, not a condition).
 * - File descriptors, mappings and regions belong to the environment (main thread or worker) that made them: when it
 *   ends, by whatever way, its descriptors are closed, and so its locks are released.
 * - A descriptor that was not opened here, or whose number names another file by now, answers `-EBADF`.
 */
export interface Native {
  /** Version of this contract; the loader refuses an addon that differs. */
  readonly abi: number;

  /** The arguments of the hottest calls, as 32-bit words: see {@link Register}. One block per thread. */
  readonly registers: ArrayBuffer;

  // --- files (control path) ---

  /**
   * Opens a segment file read-write with `O_NOFOLLOW|O_CLOEXEC` (and `O_NONBLOCK`, so that a FIFO cannot block), and
   * refuses what is not an ordinary file (`NOT_REGULAR`), not owned by the effective user (`FOREIGN_OWNER`), open to
   * group or others (`LOOSE_MODE`), or with more than one link (`LINKED`). A file that was unlinked after the open
   * (zero links) answers `-ENOENT`. Answers a descriptor, one of these codes, or `-errno` (`-ELOOP`: a symlink).
   */
  openFile(path: string): number;
  /** Creates a file with `O_EXCL|O_NOFOLLOW|O_CLOEXEC`, mode 0600. Answers a descriptor or `-errno`. */
  createFile(path: string): number;
  closeFile(fd: number): number;
  /** Size in bytes of an open file, or `-errno`. */
  fileSize(fd: number): number;
  /** Links that the open file still has: 0 once it was unlinked. Or `-errno`. */
  linkCount(fd: number): number;
  /** `posix_fallocate`: takes `bytes` of space now, so that no later touch can fail. `0` or `-errno` (`-ENOSPC`). */
  allocate(fd: number, bytes: number): number;
  /** `renameat2(RENAME_NOREPLACE)`: `0` or `-errno` (`-EEXIST` when `to` is there already). */
  renameNoReplace(from: string, to: string): number;
  makeFifo(path: string): number;
  /**
   * Opens a FIFO `O_RDWR` (reader, so that it never sees an end of file) or `O_WRONLY` (`-ENXIO`: no reader),
   * non-blocking; refuses as {@link openFile} does, `NOT_REGULAR` here meaning: no FIFO.
   */
  openFifo(path: string, writer: boolean): number;
  /** Writes one byte to a FIFO; a full FIFO is a success (the reader will wake anyway). `0` or `-errno`. Never raises SIGPIPE. */
  signalFifo(fd: number): number;

  // --- open-file-description locks (control path) ---

  /** Takes the exclusive lock on one byte without waiting: `0`, `-EAGAIN` when another description holds it, or `-errno`. */
  lockByte(fd: number, offset: number): number;
  unlockByte(fd: number, offset: number): number;
  /** `1` when another open file description holds the lock on that byte, `0` when none does (this one's own is not seen). */
  isByteLocked(fd: number, offset: number): number;

  // --- memory (control path) ---

  /**
   * Maps a segment in one stretch of address space: `[control | claims | ring | ring again | scratch]`. `control` starts
   * at file offset 0 and `claims` and `ring` follow without gaps; all sizes are multiples of 64 KiB (claims may be 0).
   * The ring is mapped twice, back to back, and read-only when `ringWritable` is false; the scratch memory (private,
   * zero) is this mapping's own. A file smaller than control + claims + ring is refused with `-ENODATA`.
   * Answers a mapping handle, or `-errno`. The descriptor may be closed afterwards.
   */
  map(
    fd: number,
    controlBytes: number,
    claimsBytes: number,
    ringBytes: number,
    scratchBytes: number,
    ringWritable: boolean,
  ): number;
  /** The mapping as an ArrayBuffer, made on the first call and the same object afterwards. */
  buffer(mapping: number): ArrayBuffer;
  /**
   * Ends a mapping: its pages are replaced, in place and atomically, by private zero pages, so that views which
   * somebody kept read zeros and crash nothing; its regions become invalid; the address space goes back when the
   * ArrayBuffer is collected. `0` or `-EINVAL`.
   */
  unmap(mapping: number): number;
  /**
   * A handle for the hot-path calls on `[start, start + length)` of a mapping, so that offsets stay small integers in rings
   * larger than 2 GiB. `length` is 0 to 2^31. Answers a region handle or `-errno`.
   */
  region(mapping: number, start: number, length: number): number;

  /**
   * Binds whole pages of a mapping to one NUMA node (`mbind`, `MPOL_BIND`). For a file in memory it is the file that keeps
   * it, for whoever takes its pages afterwards; pages that are there already stay. `0` or `-errno` (`-EINVAL`: no such node).
   */
  bindNode(mapping: number, start: number, length: number, node: number): number;
  /** `madvise(MADV_HUGEPAGE)` for whole pages of a mapping: `0` or `-errno`. */
  wantHugePages(mapping: number, start: number, length: number): number;
  /**
   * Makes whole pages of a mapping present in this process (`MADV_POPULATE_WRITE`, or `_READ` where the ring is read-only;
   * by touching them before Linux 5.14). A page that cannot be had is `-errno` and no signal, but before 5.14.
   */
  populate(mapping: number, start: number, length: number): number;
  /** `mlock` of whole pages of a mapping, until it ends: `0` or `-errno` (`-ENOMEM`, `-EPERM`: `ulimit -l`). */
  lockPages(mapping: number, start: number, length: number): number;

  // --- clock ---

  /** `CLOCK_MONOTONIC` in nanoseconds (exact to 2^53, about 104 days of uptime; to 2 ns after that). */
  monotonicNs(): number;
  /** Writes `CLOCK_REALTIME - CLOCK_MONOTONIC` in ns as an i64 at an 8-aligned offset of a region. `0` or `-EINVAL`. */
  writeClockOffset(region: number, offset: number): number;
  /** Gives a mapping the epoch offset, in ns as low and high 32-bit halves, that {@link stamp} adds. `0` or `-EINVAL`. */
  setClockOffset(mapping: number, low: number, high: number): number;
  /** Writes monotonic time + the mapping's epoch offset as a u64 at REGION, OFFSET (8-aligned). */
  stamp(): void;
  /** The same reading at REGION, OFFSET and REGION, SECOND (sent and received stamps of a record). */
  stampTwice(): void;

  // --- atomics and waiting ---

  /** 64-bit compare-and-swap at REGION, OFFSET (8-aligned), sequentially consistent; RESULT: 1 swapped, 0 not, or `-EINVAL`. */
  compareAndSwap64(): void;
  /** Hot path: a full memory fence of this thread. */
  fence(): void;
  /** Hot path: `iterations` processor pauses (bounded to 10,000). */
  pause(iterations: number): void;
  /** Gives up the processor once (`sched_yield`). */
  yieldProcessor(): void;
  /** Sleeps this thread for up to `ns` nanoseconds (bounded to 10 s); ends early on a signal. */
  sleep(ns: number): void;
  /** Registers this process for {@link fenceOthers}. `0` or `-errno` (old kernels, seccomp). */
  registerFence(): number;
  /** A full fence in every running thread of every registered process (`membarrier`, global expedited). `0` or `-errno`. */
  fenceOthers(): number;
  /** Shared futex: sleeps while the aligned word equals `expected`, at most `timeoutNs` (bounded to 1 h). `0`, `-EAGAIN`, `-ETIMEDOUT`, `-EINTR` or `-EINVAL`. */
  futexWait(region: number, offset: number, expected: number, timeoutNs: number): number;
  /** Wakes up to `count` waiters of a shared futex word; how many, or `-EINVAL`. */
  futexWake(region: number, offset: number, count: number): number;
}

/** The contract version that this package needs. */
export const NATIVE_ABI = 3;

/** Which word of {@link Native.registers} is what. */
export const Register = {
  REGION: 0,
  OFFSET: 1,
  /** Second offset of `stampTwice`. */
  SECOND: 2,
  /** How many bytes from OFFSET on `stampTwice` fetches into this processor's cache, for writing; at most 4096. */
  FETCH: 3,
  EXPECTED_LOW: 2,
  EXPECTED_HIGH: 3,
  LOW: 4,
  HIGH: 5,
  /** `stamp`, `stampTwice`: 0 or `-EINVAL`. `compareAndSwap64`: 1, 0 or `-EINVAL`. */
  RESULT: 6,
} as const;

/** Codes of {@link Native.openFile} for files that exist but are refused; below every `-errno`. */
export const OPEN_REFUSED = {
  NOT_REGULAR: -10001,
  FOREIGN_OWNER: -10002,
  LOOSE_MODE: -10003,
  LINKED: -10004,
} as const;
