import { setImmediate as immediately } from 'node:timers/promises';

/** Lets the event loop turn once. */
export function nextTurn(): Promise<void> {
  return immediately();
}

const notAtAll = (): boolean => false;

/**
 * A sleep on the event loop that anybody may end early. The process lives on meanwhile. One timer serves all sleeps of
 * one length: it is not cleared when a sleep ends early, and runs out unnoticed, unless the next one puts it off.
 */
export class LoopSleep {
  private resolve: (() => void) | undefined;
  private goesOn: () => boolean = notAtAll;
  private timer: NodeJS.Timeout | undefined;
  private timerMs = 0;

  /**
   * Resolves after `ms` (rounded up), or at once when woken. When the time is over and `goesOn` says so, the same time
   * is slept once more. One sleep at a time.
   */
  for(ms: number, goesOn: () => boolean = notAtAll): Promise<void> {
    return new Promise((resolve) => {
      this.resolve = resolve;
      this.goesOn = goesOn;
      this.wind(Math.ceil(ms));
    });
  }

  wake(): void {
    const { resolve } = this;
    if (resolve === undefined) return;
    this.resolve = undefined;
    this.timer?.unref();
    resolve();
  }

  /** Wakes, and leaves no timer behind. */
  close(): void {
    this.wake();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private wind(ms: number): void {
    if (this.timer !== undefined && ms === this.timerMs) {
      this.timer.ref();
      this.timer.refresh();
      return;
    }
    clearTimeout(this.timer);
    this.timerMs = ms;
    this.timer = setTimeout(() => this.tick(), ms);
  }

  private tick(): void {
    if (this.resolve !== undefined && this.goesOn()) this.timer?.refresh();
    else this.wake();
  }
}
