/** The times of the last so many rows, ascending. What was measured then stands in arrays beside it, at the row's slot. */
export class TimeRing {
  private readonly times: Float64Array;
  private first = 0;
  private count = 0;

  constructor(rowsMax: number) {
    this.times = new Float64Array(rowsMax);
  }

  /** How many rows there may be. */
  get rowsMax(): number {
    return this.times.length;
  }

  get length(): number {
    return this.count;
  }

  /** The time of the newest row, ms; -Infinity when there is none. */
  get newestMs(): number {
    return this.count === 0 ? -Infinity : this.timeOf(this.count - 1);
  }

  /** Where the newest row stands. */
  get newestSlot(): number {
    return this.slotOf(this.count - 1);
  }

  /** Begins a row, later than all others, in the place of the oldest when there is no room. Answers its slot. */
  push(atMs: number): number {
    if (this.count < this.rowsMax) this.count += 1;
    else this.first = (this.first + 1) % this.rowsMax;
    this.times[this.newestSlot] = atMs;
    return this.newestSlot;
  }

  /** Forgets the rows of that time and later; answers whether there were any. */
  forgetFrom(atMs: number): boolean {
    const before = this.count;
    while (this.newestMs >= atMs) this.count -= 1;
    return this.count < before;
  }

  /** The oldest row has the index 0. */
  timeOf(index: number): number {
    return this.times[this.slotOf(index)]!;
  }

  slotOf(index: number): number {
    return (this.first + index) % this.rowsMax;
  }
}
