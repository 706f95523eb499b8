import type { ResolvedService } from '../bus/config/index.js';

type Settings = Pick<
  ResolvedService,
  'restartDelayMs' | 'restartDelayMaxMs' | 'stableAfterMs' | 'crashLoopThreshold' | 'crashLoopWindowMs'
>;

/** What is to be done with a service that has ended. */
export type Verdict = { readonly delayMs: number } | { readonly isLooping: true; readonly ends: number };

/**
 * When a service that ends is started again: after its delay, doubled for each end in a row up to the greatest; one that
 * has run for `stableAfterMs` begins anew. Never again when it has ended too often within the window.
 */
export class RestartPolicy {
  private readonly settings: Settings;
  private inRow = 0;
  private endsMs: number[] = [];

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** `ranMs` is how long it has run; `nowMs` the time of any clock that does not step. */
  ended(ranMs: number, nowMs: number): Verdict {
    const { restartDelayMs, restartDelayMaxMs, stableAfterMs, crashLoopThreshold, crashLoopWindowMs } = this.settings;
    this.endsMs = [...this.endsMs.filter((endMs) => nowMs - endMs < crashLoopWindowMs), nowMs];
    if (this.endsMs.length >= crashLoopThreshold) return { isLooping: true, ends: this.endsMs.length };
    this.inRow = ranMs >= stableAfterMs ? 1 : this.inRow + 1;
    return { delayMs: Math.min(restartDelayMs * 2 ** (this.inRow - 1), restartDelayMaxMs) };
  }

  /** It was told to end, or to start anew: what it did before does not count. */
  forget(): void {
    this.inRow = 0;
    this.endsMs = [];
  }
}
