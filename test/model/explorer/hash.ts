/*
 * Hashes of states. Two lanes of 32 bits are kept, of which 52 bits become a key: among the 10^6 states of a run two
 * different ones share a key with a probability of 10^-4, and then a part of the state space is missed, nothing else.
 */

/** Mixes a 32-bit value into a hash (a round of MurmurHash3 and its finisher). The two are not interchangeable. */
export function mix(hash: number, value: number): number {
  let scrambled = Math.imul(value, 0xcc9e_2d51);
  scrambled = Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b87_3593);
  let mixed = Math.imul(hash, 5) ^ scrambled ^ 0xe654_6b64;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}

/** The second lane: the same with other constants. */
export function mixOther(hash: number, value: number): number {
  let scrambled = Math.imul(value, 0x2388_7b4d);
  scrambled = Math.imul((scrambled << 13) | (scrambled >>> 19), 0x2545_f491);
  let mixed = Math.imul(hash, 9) ^ scrambled ^ 0x5bd1_e995;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x9e37_79b1);
  mixed = Math.imul(mixed ^ (mixed >>> 14), 0x27d4_eb2f);
  return mixed ^ (mixed >>> 15);
}

const double = new Float64Array(1);
const doubleHalves = new Int32Array(double.buffer);

/** Two lanes, filled value by value. */
export class Digest {
  a = 0x1357_9bdf;
  b = 0x2468_ace1;

  int(value: number): void {
    this.a = mix(this.a, value);
    this.b = mixOther(this.b, value);
  }

  /** Any number, by its bits. */
  number(value: number): void {
    double[0] = value;
    this.int(doubleHalves[0]!);
    this.int(doubleHalves[1]!);
  }

  text(value: string): void {
    this.int(value.length);
    for (let i = 0; i < value.length; i++) this.int(value.charCodeAt(i));
  }
}

/** A set of hashes: open addressing in one array of doubles, because millions of them must fit. */
export class HashSet {
  size = 0;
  private table = new Float64Array(1 << 16);

  /** Adds the hash of two lanes; false when it was there. */
  add(a: number, b: number): boolean {
    if (this.size * 2 > this.table.length) this.grow();
    // never 0, which marks an empty place
    const key = (a >>> 0) * 2 ** 20 + (b >>> 12) + 1;
    const place = this.placeOf(key, a);
    if (this.table[place] === key) return false;
    this.table[place] = key;
    this.size++;
    return true;
  }

  private placeOf(key: number, hash: number): number {
    const { table } = this;
    const mask = table.length - 1;
    let place = hash & mask;
    while (table[place] !== 0 && table[place] !== key) place = (place + 1) & mask;
    return place;
  }

  private grow(): void {
    const keys = this.table;
    this.table = new Float64Array(keys.length * 2);
    for (const key of keys) {
      if (key === 0) continue;
      this.table[this.placeOf(key, Math.floor((key - 1) / 2 ** 20) | 0)] = key;
    }
  }
}
