import { BusError } from '../platform/bus-error.js';
import { Register, type Native } from '../platform/native.js';
import type { AtomicBuffer } from './atomic-buffer.js';

/*
 * The one file that names Atomics and decides what memory ordering costs.
 *
 * x86-64 keeps loads in order, stores in order, and no store passes an earlier load (TSO). A plain typed-array access
 * is a single `mov` there, and V8 keeps the order of accesses to memory within a thread, so a plain store publishes
 * (release) and a plain load subscribes (acquire). `Atomics.store` would be an `xchg`, which waits for the contended
 * line and drains the store buffer, and on Node 20 to 26 both `Atomics` calls are calls into a builtin: three to
 * twenty times as slow. On other processors (arm64: `stlr`, `ldar`) Atomics are used; doubles have no atomic form in
 * JavaScript, so there a fence stands beside the plain access.
 *
 * A compiler may keep a plain load's result across a loop that makes no calls. So a plain `loadAcquire` only ever
 * says "yes, it is there", which stays true; the answer "not yet" must be confirmed by `loadVolatile` before anybody
 * loops on it (see the consumers in `ring/`). test/system/memory-order.test.ts is the litmus test. The environment
 * variable ALPHAPULSE_BUS_ATOMICS=1 goes back to Atomics everywhere.
 */
const PLAIN_IS_ORDERED = process.arch === 'x64' && process.env['ALPHAPULSE_BUS_ATOMICS'] !== '1';

/** Looked up once: a lookup on every copy costs as much as a small copy. */
// oxlint-disable-next-line typescript/unbound-method -- called with `.call` only
const setBytes = Uint8Array.prototype.set;

const { REGION, OFFSET, SECOND, FETCH, EXPECTED_LOW, EXPECTED_HIGH, LOW, HIGH, RESULT } = Register;

const float64Scratch = new Float64Array(2);
const halves = new Int32Array(float64Scratch.buffer);

/** Only a bug in this package leads here: endpoints refuse to be used after their close. */
function endedMapping(): Error {
  return new BusError('ERR_CLOSED', 'a segment was used after its mapping had ended');
}

/** A range of a mapped segment. */
export class MappedBuffer implements AtomicBuffer {
  readonly byteLength: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  private readonly int32: Int32Array;
  private readonly float64: Float64Array;
  private readonly native: Native;
  private readonly region: number;
  private readonly registers: Int32Array;

  /** `region` is the native handle of the same range: `[start, start + length)` of `memory`. */
  constructor(native: Native, region: number, memory: ArrayBuffer, start: number, length: number) {
    this.native = native;
    this.region = region;
    this.registers = new Int32Array(native.registers);
    this.byteLength = length;
    this.bytes = new Uint8Array(memory, start, length);
    this.view = new DataView(memory, start, length);
    this.int32 = new Int32Array(memory, start, length >>> 2);
    this.float64 = new Float64Array(memory, start, length >>> 3);
  }

  /** One word, for what is looked at so often that a call of {@link getInt32} counts; plain loads, as there. */
  word(offset: number): Int32Array {
    return this.int32.subarray(offset >> 2, (offset >> 2) + 1);
  }

  getInt32(offset: number): number {
    return this.int32[offset >> 2]!;
  }

  putInt32(offset: number, value: number): void {
    this.int32[offset >> 2] = value;
  }

  getFloat64(offset: number): number {
    return this.float64[offset >> 3]!;
  }

  putFloat64(offset: number, value: number): void {
    this.float64[offset >> 3] = value;
  }

  putBytes(offset: number, source: Uint8Array): void {
    setBytes.call(this.bytes, source, offset);
  }

  loadAcquire(offset: number): number {
    return PLAIN_IS_ORDERED ? this.int32[offset >> 2]! : Atomics.load(this.int32, offset >> 2);
  }

  storeRelease(offset: number, value: number): void {
    if (PLAIN_IS_ORDERED) this.int32[offset >> 2] = value;
    else Atomics.store(this.int32, offset >> 2, value);
  }

  loadFloat64Acquire(offset: number): number {
    const value = this.float64[offset >> 3]!;
    if (!PLAIN_IS_ORDERED) this.native.fence();
    return value;
  }

  storeFloat64Release(offset: number, value: number): void {
    if (!PLAIN_IS_ORDERED) this.native.fence();
    this.float64[offset >> 3] = value;
  }

  loadVolatile(offset: number): number {
    return Atomics.load(this.int32, offset >> 2);
  }

  storeVolatile(offset: number, value: number): void {
    Atomics.store(this.int32, offset >> 2, value);
  }

  exchange(offset: number, value: number): number {
    return Atomics.exchange(this.int32, offset >> 2, value);
  }

  add(offset: number, value: number): number {
    return Atomics.add(this.int32, offset >> 2, value);
  }

  compareAndSwap32(offset: number, expected: number, value: number): boolean {
    return Atomics.compareExchange(this.int32, offset >> 2, expected, value) === expected;
  }

  compareAndSwap64(offset: number, expectedLow: number, expectedHigh: number, low: number, high: number): boolean {
    const { registers } = this;
    registers[REGION] = this.region;
    registers[OFFSET] = offset;
    registers[EXPECTED_LOW] = expectedLow;
    registers[EXPECTED_HIGH] = expectedHigh;
    registers[LOW] = low;
    registers[HIGH] = high;
    this.native.compareAndSwap64();
    const result = registers[RESULT]!;
    if (result < 0) throw endedMapping();
    return result === 1;
  }

  compareAndSwapFloat64(offset: number, expected: number, value: number): boolean {
    float64Scratch[0] = expected;
    float64Scratch[1] = value;
    return this.compareAndSwap64(offset, halves[0]!, halves[1]!, halves[2]!, halves[3]!);
  }

  loadFence(): void {
    if (!PLAIN_IS_ORDERED) this.native.fence();
  }

  fence(): void {
    this.native.fence();
  }

  stamp(offset: number): void {
    const { registers } = this;
    registers[REGION] = this.region;
    registers[OFFSET] = offset;
    this.native.stamp();
  }

  stampTwice(first: number, second: number, fetchBytes: number): void {
    const { registers } = this;
    registers[REGION] = this.region;
    registers[OFFSET] = first;
    registers[SECOND] = second;
    registers[FETCH] = fetchBytes;
    this.native.stampTwice();
  }

  /** Sleeps while the word equals `expected`, at most `timeoutNs`; returns early for any reason. */
  futexWait(offset: number, expected: number, timeoutNs: number): void {
    this.native.futexWait(this.region, offset, expected, timeoutNs);
  }

  futexWake(offset: number, count: number): void {
    this.native.futexWake(this.region, offset, count);
  }

  /** Writes the difference between the wall clock and the monotonic clock, as an i64 in ns. */
  putClockOffset(offset: number): void {
    this.native.writeClockOffset(this.region, offset);
  }
}
