const encoder = new TextEncoder();
const ZERO = 48;
const LINE_END = 10;
const ASCII_END = 0x80;
/** Digits of the greatest integer that is exact. */
const DIGITS_MAX = 16;
const INT31 = 2 ** 31;

/**
 * A text as it grows, in bytes: without a string for each line, which the collector of garbage would have to find again. What
 * repeats itself is encoded once, by {@link bytesOf}.
 */
export class TextBytes {
  private bytes: Uint8Array<ArrayBuffer>;
  private end = 0;

  /** `bytes`: how many there will be, as far as anybody knows. */
  constructor(bytes: number) {
    this.bytes = new Uint8Array(Math.max(bytes, 1024));
  }

  get length(): number {
    return this.end;
  }

  /** Takes back what stands from there on. */
  cut(length: number): void {
    this.end = length;
  }

  add(text: string): void {
    // UTF-8 takes at most three bytes for each unit of a string
    this.makeRoom(text.length * 3);
    const { bytes, end } = this;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= ASCII_END) {
        this.end += encoder.encodeInto(text, bytes.subarray(end)).written;
        return;
      }
      bytes[end + index] = unit;
    }
    this.end = end + text.length;
  }

  addBytes(bytes: Uint8Array): void {
    this.makeRoom(bytes.length);
    this.bytes.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** What stands from one place to another, again. */
  addAgain(from: number, to: number): void {
    this.makeRoom(to - from);
    this.bytes.copyWithin(this.end, from, to);
    this.end += to - from;
  }

  /** A number as JavaScript writes it, and a line's end. */
  endWith(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) this.add(String(value));
    else this.addDigits(value);
    this.makeRoom(1);
    this.bytes[this.end++] = LINE_END;
  }

  /** What stands up to there, or all of it; good until something is added. */
  view(end = this.end): Uint8Array {
    return this.bytes.subarray(0, end);
  }

  private addDigits(value: number): void {
    this.makeRoom(DIGITS_MAX);
    const { bytes } = this;
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits++;
    let at = this.end + digits;
    this.end = at;
    let rest = value;
    for (; rest >= INT31; rest = Math.floor(rest / 10)) bytes[--at] = ZERO + (rest % 10);
    // the arithmetic of small integers is several times as fast
    let small = rest | 0;
    do {
      const next = (small / 10) | 0;
      bytes[--at] = ZERO + (small - next * 10);
      small = next;
    } while (small > 0);
  }

  private makeRoom(bytes: number): void {
    if (this.end + bytes <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.end + bytes));
    larger.set(this.view());
    this.bytes = larger;
  }
}

/** A text for {@link TextBytes.addBytes}. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}
