/** So long nothing may move though somebody is alive. */
const PATIENCE_NS = 5e9;
/** Time between two looks that counts at most: the rest of it this process itself did not run. */
const LOOK_MAX_NS = 100e6;

/** Notices that nothing moves. A machine that gives nobody any time, the watchdog included, is not held against anybody. */
export class Watchdog {
  private lastLookNs: number;
  private stillNs = 0;
  private progress = -1;

  constructor(nowNs: number) {
    this.lastLookNs = nowNs;
  }

  /** `progress` is any number that changes when something moves; `isAnybodyThere`: who could move something. */
  look(nowNs: number, progress: number, isAnybodyThere: boolean): boolean {
    const elapsedNs = Math.min(nowNs - this.lastLookNs, LOOK_MAX_NS);
    this.lastLookNs = nowNs;
    if (progress !== this.progress || !isAnybodyThere) this.stillNs = 0;
    else this.stillNs += elapsedNs;
    this.progress = progress;
    return this.stillNs > PATIENCE_NS;
  }
}
