/** More than a ring holds: a producer remembers about 16 a lap, and more only when it is held up. */
const REMEMBERED = 32;

/**
 * Places in the ring at which records start, as their producer remembers them: some of those behind the tail, in order.
 *
 * To give up history a producer needs a record boundary far behind the tail. Walking there would read a header of every
 * record that it is about to overwrite: a cache line each that a consumer has, once to read it and once more to own it.
 */
export class RecordBoundaries {
  private readonly positions = new Float64Array(REMEMBERED);
  /** Of the ring of positions: where the oldest one stands, and how many there are. */
  private first = 0;
  private count = 0;

  /** Remembers a boundary; it is not before those that are remembered. When there are too many, the oldest is forgotten. */
  add(position: number): void {
    const { positions } = this;
    if (this.count > 0 && positions[(this.first + this.count - 1) % REMEMBERED] === position) return;
    positions[(this.first + this.count) % REMEMBERED] = position;
    if (this.count < REMEMBERED) this.count += 1;
    else this.first = (this.first + 1) % REMEMBERED;
  }

  /** The first boundary at or after `position`, and forgets those before it; Infinity when there is none. */
  takeFrom(position: number): number {
    const { positions } = this;
    while (this.count > 0 && positions[this.first]! < position) {
      this.first = (this.first + 1) % REMEMBERED;
      this.count -= 1;
    }
    return this.count > 0 ? positions[this.first]! : Infinity;
  }
}
