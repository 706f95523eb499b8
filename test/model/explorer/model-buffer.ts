import type { AtomicBuffer } from '#src/memory/atomic-buffer.js';
import { IGNORED } from './layout.js';
import type { Machine } from './machine.js';

const NO_BYTES = new Uint8Array(0);
const NO_VIEW = new DataView(NO_BYTES.buffer);

/** Where the words of a buffer stand in the model's memory; IGNORED, or an error for a word that the model has not. */
export type WordIndex = (offset: number) => number;

/**
 * A range of shared memory in which every access is a place where other threads may come in. Payloads are stored in two
 * accesses, the last four bytes by themselves, so that torn ones can be seen. There are no raw bytes: what goes around
 * the accesses would go around the model.
 */
export class ModelBuffer implements AtomicBuffer {
  readonly byteLength: number;
  readonly bytes = NO_BYTES;
  readonly view = NO_VIEW;
  private readonly machine: Machine;
  private readonly indexOf: WordIndex;

  constructor(machine: Machine, byteLength: number, indexOf: WordIndex) {
    this.machine = machine;
    this.byteLength = byteLength;
    this.indexOf = indexOf;
  }

  getInt32(offset: number): number {
    const index = this.indexOf(offset);
    return index === IGNORED ? 0 : this.machine.load(index);
  }

  putInt32(offset: number, value: number): void {
    const index = this.indexOf(offset);
    if (index !== IGNORED) this.machine.store(index, value);
  }

  getFloat64(offset: number): number {
    const index = this.indexOf(offset);
    return index === IGNORED ? 0 : this.machine.loadDouble(index);
  }

  putFloat64(offset: number, value: number): void {
    const index = this.indexOf(offset);
    if (index !== IGNORED) this.machine.storeDouble(index, value);
  }

  putBytes(offset: number, source: Uint8Array): void {
    const words = Array.from(new Int32Array(source.buffer, source.byteOffset, source.byteLength / 4));
    const last = words.pop()!;
    if (words.length > 0) this.machine.storeWords(this.indexOf(offset), words);
    this.machine.storeWords(this.indexOf(offset + words.length * 4), [last]);
  }

  loadAcquire(offset: number): number {
    return this.getInt32(offset);
  }

  storeRelease(offset: number, value: number): void {
    this.putInt32(offset, value);
  }

  loadFloat64Acquire(offset: number): number {
    return this.getFloat64(offset);
  }

  storeFloat64Release(offset: number, value: number): void {
    this.putFloat64(offset, value);
  }

  loadVolatile(offset: number): number {
    return this.getInt32(offset);
  }

  storeVolatile(offset: number, value: number): void {
    this.machine.storeVolatile(this.indexOf(offset), value);
  }

  exchange(): number {
    throw new Error('ring code does not use exchange; give the model one when it does');
  }

  add(): number {
    throw new Error('ring code does not use add; give the model one when it does');
  }

  compareAndSwap32(offset: number, expected: number, value: number): boolean {
    return this.machine.swap(this.indexOf(offset), [expected], [value]);
  }

  compareAndSwap64(offset: number, expectedLow: number, expectedHigh: number, low: number, high: number): boolean {
    return this.machine.swap(this.indexOf(offset), [expectedLow, expectedHigh], [low, high]);
  }

  compareAndSwapFloat64(offset: number, expected: number, value: number): boolean {
    const bits = new Int32Array(new Float64Array([expected, value]).buffer);
    return this.machine.swap(this.indexOf(offset), [bits[0]!, bits[1]!], [bits[2]!, bits[3]!]);
  }

  /** Loads are made in order here, as on x86-64. */
  loadFence(): void {}

  fence(): void {
    this.machine.fence();
  }

  stamp(): void {
    throw new Error('the model has no clock; use rings without timestamps');
  }

  stampTwice(): void {
    this.stamp();
  }
}
