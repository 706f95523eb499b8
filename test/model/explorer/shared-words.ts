import { mix, mixOther } from './hash.js';

/** The bytes that the threads of a model share, and a hash of them that every store keeps up to date. */
export class SharedWords {
  readonly words: Int32Array;
  hashA = 0;
  hashB = 0;
  private readonly doubles: Float64Array;
  /** The last snapshot, as long as nothing was stored since. */
  private unchanged: Snapshot | undefined;

  constructor(count: number) {
    this.words = new Int32Array(Math.ceil(count / 2) * 2);
    this.doubles = new Float64Array(this.words.buffer);
  }

  loadDouble(index: number): number {
    return this.doubles[index >> 1]!;
  }

  /** Whether that changed anything. */
  store(index: number, value: number): boolean {
    const { words } = this;
    const old = words[index]!;
    const next = value | 0;
    if (old === next) return false;
    this.hashA ^= mix(index, old) ^ mix(index, next);
    this.hashB ^= mixOther(index, old) ^ mixOther(index, next);
    words[index] = next;
    this.unchanged = undefined;
    return true;
  }

  snapshot(): Snapshot {
    this.unchanged ??= { words: this.words.slice(), hashA: this.hashA, hashB: this.hashB };
    return this.unchanged;
  }

  restore(snapshot: Snapshot): void {
    if (this.unchanged === snapshot) return;
    this.words.set(snapshot.words);
    this.hashA = snapshot.hashA;
    this.hashB = snapshot.hashB;
    this.unchanged = snapshot;
  }
}

export interface Snapshot {
  readonly words: Int32Array;
  readonly hashA: number;
  readonly hashB: number;
}
