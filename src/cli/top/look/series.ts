/** How long each value of a series stands for. */
export const STEP_MS = 5000;
/** As many steps are kept: five minutes. */
export const STEPS = 60;

/** A figure over the last minutes, in steps of the same length; so many of them and no more, however often it is looked at. */
export class Series {
  private readonly values: number[] = [];
  private readonly take: 'mean' | 'max';
  private step = -1;
  private looks = 0;

  /** What a step has of the looks in it: their mean, or the greatest. */
  constructor(take: 'mean' | 'max') {
    this.take = take;
  }

  /** A value that holds since the last one was added; `nowMs` is monotonic. */
  add(nowMs: number, value: number): void {
    const step = Math.floor(nowMs / STEP_MS);
    if (step !== this.step) {
      const missed = this.step < 0 ? 1 : Math.min(STEPS, step - this.step);
      for (let n = 0; n < missed; n++) this.values.push(value);
      this.values.splice(0, this.values.length - STEPS);
      this.step = step;
      this.looks = 1;
      return;
    }
    this.looks++;
    const last = this.values.length - 1;
    const then = this.values[last]!;
    this.values[last] = this.take === 'max' ? Math.max(then, value) : then + (value - then) / this.looks;
  }

  /** The last ones, oldest first. */
  last(count: number): number[] {
    return count > 0 ? this.values.slice(-count) : [];
  }
}
