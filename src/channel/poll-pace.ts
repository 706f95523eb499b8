import { loadNative } from '../platform/load-native.js';

/** The longest pause, in processor pause instructions: about a microsecond. */
const PAUSES_MAX = 24;
/** A message that comes within so many empty polls counts as part of a stream. */
const STREAM_POLLS = 2;
/** So many empty polls in a row say that there is no stream. */
const IDLE_POLLS = 4;

/**
 * How long an empty `poll` pauses before it returns.
 *
 * A consumer that has caught up and looks again at once takes the cache line from under the producer's next write, every
 * time, and both slow down to the speed of that line: a quarter of the throughput. So, when messages come as fast as they
 * are looked for, it pauses a little and finds several next time; when they do not (a request and its answer), it looks
 * again at once, and the latency stays what it was.
 */
export class PollPace {
  private pauses = 1;
  private emptyPolls = 0;
  private readonly pause: (iterations: number) => void = loadNative().pause;

  /** To be called after each poll, with what it delivered. */
  after(delivered: number): void {
    if (delivered > 0) {
      if (this.emptyPolls > 0 && this.emptyPolls <= STREAM_POLLS && this.pauses < PAUSES_MAX) this.pauses *= 2;
      this.emptyPolls = 0;
      return;
    }
    this.emptyPolls += 1;
    if (this.emptyPolls >= IDLE_POLLS && this.pauses > 1) this.pauses /= 2;
    this.pause(this.pauses);
  }
}
