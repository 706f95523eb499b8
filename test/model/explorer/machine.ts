import { mix, mixOther } from './hash.js';
import type { SharedWords } from './shared-words.js';
import type { PendingStore, ThreadState } from './state.js';

/** Kinds of accesses; with the index of a word they make a site, by which a log is checked and told to people. */
export const Access = {
  LOAD: 1 << 16,
  LOAD_DOUBLE: 2 << 16,
  STORE: 3 << 16,
  STORE_DOUBLE: 4 << 16,
  STORE_BYTES: 5 << 16,
  STORE_VOLATILE: 6 << 16,
  SWAP: 7 << 16,
  FENCE: 8 << 16,
} as const;

/** Thrown through ring code to leave an operation in its midst. */
export const SUSPENDED = new Error('a model thread is suspended');

/** Stores of one thread that memory has not seen, at most; the next one pushes the oldest out. */
const PENDING_MAX = 4;
/** A loop is one when it has gone round three times, and has made so many accesses, without any change of memory. */
const ROUNDS = 3;
const SPIN_ACCESSES_MIN = 24;

/**
 * Performs the accesses of the thread that is running. The first ones are answered from its log; each one after that is
 * real. Before every real one but the first, `between` is called: there another thread could come in.
 */
export class Machine {
  sites: number[] = [];
  values: number[] = [];
  /** Of the log. */
  length = 0;
  /** Hash of checkpoint and log. */
  a = 0;
  b = 0;
  quietFrom = 0;
  /** Memory was changed in this run. */
  changed = false;
  /** Real accesses of this run. */
  accesses = 0;
  pending: readonly PendingStore[] = [];
  /** The run was left because the thread goes round without anything changing; its log is cut to one round. */
  spins = false;
  readonly memory: SharedWords;
  private readonly buffersStores: boolean;
  private readonly constants: Uint8Array;
  private replayed = 0;
  private checkpoint: { readonly a: number; readonly b: number } = { a: 0, b: 0 };
  private between: () => void = () => {};

  /** `constants` marks words that nobody stores to. With `buffersStores`, plain and release stores wait in a store buffer, as on x86-64. */
  constructor(memory: SharedWords, constants: Uint8Array, buffersStores: boolean) {
    this.memory = memory;
    this.constants = constants;
    this.buffersStores = buffersStores;
  }

  begin(thread: ThreadState, between: () => void): void {
    this.sites = thread.sites.slice(0, thread.length);
    this.values = thread.values.slice(0, thread.length);
    this.length = thread.length;
    this.a = thread.a;
    this.b = thread.b;
    this.checkpoint = thread.checkpoint;
    this.quietFrom = thread.quietFrom;
    this.pending = thread.pending;
    this.changed = false;
    this.accesses = 0;
    this.spins = false;
    this.replayed = 0;
    this.between = between;
  }

  /** Whether the log was answered to its end: an operation that ends before is not deterministic. */
  get replayedAll(): boolean {
    return this.replayed === this.length;
  }

  load(index: number): number {
    const site = Access.LOAD + index;
    if (this.replayed < this.length) return this.fromLog(site);
    if (this.isShared(index)) this.enter();
    return this.log(site, this.pending.length === 0 ? this.memory.words[index]! : this.forwarded(index));
  }

  loadDouble(index: number): number {
    const site = Access.LOAD_DOUBLE + index;
    if (this.replayed < this.length) return this.fromLog(site);
    if (this.isShared(index)) this.enter();
    if (this.pending.length === 0) return this.log(site, this.memory.loadDouble(index));
    halves[0] = this.forwarded(index);
    halves[1] = this.forwarded(index + 1);
    return this.log(site, double[0]!);
  }

  store(index: number, value: number): void {
    if (this.replayed < this.length) return void this.fromLog(Access.STORE + index);
    this.enter();
    this.put(index, [value | 0]);
    this.log(Access.STORE + index, value);
  }

  storeDouble(index: number, value: number): void {
    if (this.replayed < this.length) return void this.fromLog(Access.STORE_DOUBLE + index);
    this.enter();
    double[0] = value;
    this.put(index, [halves[0]!, halves[1]!]);
    this.log(Access.STORE_DOUBLE + index, value);
  }

  storeWords(index: number, words: readonly number[]): void {
    if (this.replayed < this.length) return void this.fromLog(Access.STORE_BYTES + index);
    this.enter();
    this.put(index, words);
    this.log(Access.STORE_BYTES + index, words[0] ?? 0);
  }

  storeVolatile(index: number, value: number): void {
    if (this.replayed < this.length) return void this.fromLog(Access.STORE_VOLATILE + index);
    this.enter();
    this.drain();
    this.change(index, value);
    this.log(Access.STORE_VOLATILE + index, value);
  }

  /** Replaces `expected` by `next`, words from `index` on, if all of them stand there. */
  swap(index: number, expected: readonly number[], next: readonly number[]): boolean {
    const site = Access.SWAP + index;
    if (this.replayed < this.length) return this.fromLog(site) === 1;
    this.enter();
    this.drain();
    const matches = expected.every((word, i) => this.memory.words[index + i] === (word | 0));
    if (matches) next.forEach((word, i) => this.change(index + i, word));
    return this.log(site, matches ? 1 : 0) === 1;
  }

  /** Without store buffers a fence does nothing, and is not even a place where others could come in. */
  fence(): void {
    if (!this.buffersStores) return;
    if (this.replayed < this.length) return void this.fromLog(Access.FENCE);
    this.enter();
    this.drain();
    this.log(Access.FENCE, 0);
  }

  private fromLog(site: number): number {
    if (this.sites[this.replayed] !== site)
      throw new Error('the model thread is not deterministic: another access came');
    return this.values[this.replayed++]!;
  }

  /** Nothing can come in before a load of what nobody ever stores. */
  private isShared(index: number): boolean {
    return this.constants[index] !== 1;
  }

  private enter(): void {
    if (this.length - this.quietFrom >= SPIN_ACCESSES_MIN && this.cutSpin()) {
      this.spins = true;
      throw SUSPENDED;
    }
    if (this.accesses > 0) this.between();
    this.accesses++;
  }

  private log(site: number, value: number): number {
    this.sites.push(site);
    this.values.push(value);
    this.length++;
    this.replayed++;
    this.digest(site, value);
    return value;
  }

  private digest(site: number, value: number): void {
    this.a = mix(mix(this.a, site), value);
    this.b = mixOther(mixOther(this.b, site), value);
    if (value === (value | 0)) return;
    double[0] = value;
    this.a = mix(mix(this.a, halves[0]!), halves[1]!);
    this.b = mixOther(mixOther(this.b, halves[0]!), halves[1]!);
  }

  private put(index: number, words: readonly number[]): void {
    if (!this.buffersStores) {
      words.forEach((word, i) => this.change(index + i, word));
      return;
    }
    if (this.pending.length === PENDING_MAX) this.drainOldest();
    this.pending = [...this.pending, { index, values: words }];
  }

  private change(index: number, value: number): void {
    if (!this.isShared(index)) throw new Error(`word ${index} was said to be constant, and is stored to`);
    if (!this.memory.store(index, value)) return;
    this.changed = true;
    // the log is one entry longer when this access is in it
    this.quietFrom = this.length + 1;
  }

  private drain(): void {
    while (this.pending.length > 0) this.drainOldest();
  }

  private drainOldest(): void {
    const [oldest, ...rest] = this.pending;
    this.pending = rest;
    oldest?.values.forEach((word, i) => this.change(oldest.index + i, word));
  }

  /** A thread sees its own stores before the others do. */
  private forwarded(index: number): number {
    const store = this.pending.findLast((one) => index >= one.index && index < one.index + one.values.length);
    return store === undefined ? this.memory.words[index]! : store.values[index - store.index]!;
  }

  /** Whether the end of the log is a loop; then all rounds but one are taken out, and so it is a state known already. */
  private cutSpin(): boolean {
    const quiet = this.length - this.quietFrom;
    for (let period = Math.ceil(SPIN_ACCESSES_MIN / ROUNDS); period * ROUNDS <= quiet; period++) {
      if (!this.repeats(period)) continue;
      this.length -= period * (ROUNDS - 1);
      // copies: states of this run share the arrays, and go on further
      this.sites = this.sites.slice(0, this.length);
      this.values = this.values.slice(0, this.length);
      this.a = this.checkpoint.a;
      this.b = this.checkpoint.b;
      for (let i = 0; i < this.length; i++) this.digest(this.sites[i]!, this.values[i]!);
      return true;
    }
    return false;
  }

  private repeats(period: number): boolean {
    const { sites, values, length } = this;
    for (let i = length - period * (ROUNDS - 1); i < length; i++) {
      if (sites[i] !== sites[i - period] || values[i] !== values[i - period]) return false;
    }
    return true;
  }
}

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);
