const encoder = new TextEncoder();
const ZERO = 48;
/** Digits of the greatest integer that is exact. */
const DIGITS_MAX = 16;

/**
 * A text as it grows, in bytes: without a string for each line, which the collector of garbage would have to find again. What
 * repeats itself is encoded once, by {@link bytesOf}.
 */
export class TextBytes {
  private bytes: Buffer;
  private end = 0;

  /** `bytes`: how many there will be, as far as anybody knows. */
  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafe(Math.max(bytes, 1024));
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
    this.end += this.bytes.write(text, this.end);
  }

  addBytes(bytes: Uint8Array): void {
    this.makeRoom(bytes.length);
    this.bytes.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** A number as JavaScript writes it, and a line's end. */
  endWith(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) return this.add(`${value}\n`);
    this.makeRoom(DIGITS_MAX + 1);
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits++;
    let rest = value;
    for (let at = this.end + digits - 1; at >= this.end; at--) {
      const next = Math.floor(rest / 10);
      this.bytes[at] = ZERO + (rest - next * 10);
      rest = next;
    }
    this.bytes[this.end + digits] = 10;
    this.end += digits + 1;
  }

  /** All of it; the object must not be used any more. */
  take(): Buffer {
    return this.bytes.subarray(0, this.end);
  }

  private makeRoom(bytes: number): void {
    if (this.end + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.end + bytes));
    larger.set(this.bytes.subarray(0, this.end));
    this.bytes = larger;
  }
}

/** A text for {@link TextBytes.addBytes}. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}
