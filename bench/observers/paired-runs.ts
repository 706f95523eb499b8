import { Placement } from '../run/placement.js';
import { Reference } from '../run/reference.js';
import { Steadiness } from '../run/steadiness.js';
import { ratiosOf, type Spread } from '../statistics/spread.js';

/** What was measured with something and without it, by turns. */
export interface Paired {
  readonly without: readonly number[];
  readonly with: readonly number[];
  /** Of each run with it and the mean of the two without it around it. */
  readonly ratio: Spread;
  /** Of those two: what the machine does by itself. */
  readonly control: Spread;
}

type Measure = (placement: Placement) => Promise<number>;

/** Measures in the order without, with, without, as often as it is told, on a machine that is steady if it ever is. */
export class PairedRuns {
  private readonly runs: number;
  private readonly placement = Placement.detect();
  private readonly steadiness: Steadiness | undefined;

  constructor(runs: number) {
    this.runs = runs;
    const reference = Reference.compile(this.placement);
    this.steadiness = reference && new Steadiness(reference);
  }

  async measure(plain: Measure, costly: Measure): Promise<Paired> {
    const [before, costing, after, between]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let run = 0; run < this.runs; run++) {
      await this.steadiness?.settle();
      before.push(await plain(this.placement));
      costing.push(await costly(this.placement));
      after.push(await plain(this.placement));
      between.push((before[run]! + after[run]!) / 2);
    }
    return { without: between, with: costing, ratio: ratiosOf(costing, between), control: ratiosOf(after, before) };
  }
}
