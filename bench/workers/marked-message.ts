/*
 * What the messages of the throughput scenarios carry, so that consumers can check them: one 32-bit word, of which the
 * upper 4 bits name the producer and the lower 28 count its messages. Producer 15 is the end: then the count says which
 * producer has ended.
 */
const COUNT_BITS = 28;
export const COUNT_MASK = (1 << COUNT_BITS) - 1;
const END = 15;
export const PRODUCERS_MAX = END;

export function markOf(producer: number, count: number): number {
  return (producer << COUNT_BITS) | (count & COUNT_MASK);
}

export function endMark(producer: number): number {
  return markOf(END, producer);
}

/** Checks that the messages of each producer come in order, without a gap; knows when all of them have ended. */
export class OrderCheck {
  private readonly expected: Int32Array;
  private running: number;

  constructor(producers: number) {
    this.expected = Int32Array.from({ length: producers }, (_, producer) => markOf(producer, 0));
    this.running = producers;
  }

  get ended(): boolean {
    return this.running === 0;
  }

  see(mark: number): void {
    const producer = mark >>> COUNT_BITS;
    const expected = this.expected[producer];
    if (mark === expected) this.expected[producer] = markOf(producer, mark + 1);
    else this.seeOther(mark, expected);
  }

  private seeOther(mark: number, expected: number | undefined): void {
    if (mark >>> COUNT_BITS !== END)
      throw new Error(`message ${mark.toString(16)} came where ${expected?.toString(16)} was due`);
    this.running -= 1;
  }
}
