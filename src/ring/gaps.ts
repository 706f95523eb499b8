/**
 * Why messages are missing: their producer died inside the claim, they were overwritten before they were read, or the
 * journal does not have them (any more) or has them damaged.
 */
export type GapReason = 'died' | 'overwritten' | 'not-recorded';

/** Messages that a consumer will never see. */
export interface Gap {
  /** The first of them. */
  readonly sequence: number;
  /** How many there are, in a row. */
  readonly lost: number;
  readonly reason: GapReason;
}

export type GapHandler = (gap: Gap) => void;

/** The gaps that a consumer has to tell of. Nobody listens in most cases: then there is never one. */
export class Gaps {
  private readonly onGap: GapHandler | undefined;
  private readonly untold: Gap[] = [];

  constructor(onGap: GapHandler | undefined) {
    this.onGap = onGap;
  }

  get isAny(): boolean {
    return this.untold.length > 0;
  }

  add(gap: Gap): void {
    if (this.onGap !== undefined && gap.lost > 0) this.untold.push(gap);
  }

  /** Tells of each, in turn; one at which the handler throws stays the next. */
  tell(): void {
    for (let gap = this.untold[0]; gap !== undefined; gap = this.untold[0]) {
      this.onGap?.(gap);
      this.untold.shift();
    }
  }
}
