import { loadNative } from '../platform/load-native.js';

/** The longest pause, in processor pause instructions: some microseconds at most. */
const PAUSES_MAX = 64;
/** Messages that come within so many empty polls are part of a stream. */
const STREAM_POLLS = 2;
/** So many empty polls in a row say that there is no stream. */
const IDLE_POLLS = 4;
/** A poll that finds so many messages is not close behind the producer. */
const CLOSE_MESSAGES = 64;

/**
 * How long a `poll` that ran dry pauses before it returns.
 *
 * A consumer that has caught up and looks again at once takes the cache line from under the producer's next write, every
 * time, and both slow down to the speed of that line: a quarter of the throughput. So, when messages come as fast as they
 * are looked for, it pauses a little and finds several next time; when they do not (a request and its answer), it looks
 * again at once, and the latency stays what it was.
 */
export class PollPace {
  private pauses = 1;
  private emptyPolls = 0;

  /** To be called after each poll, with what it delivered and at most would have. */
  after(delivered: number, limit: number): void {
    if (delivered === 0) {
      this.emptyPolls += 1;
      if (this.emptyPolls >= IDLE_POLLS && this.pauses > 1) this.pauses /= 2;
      loadNative().pause(this.pauses);
      return;
    }
    const streaming = this.emptyPolls <= STREAM_POLLS;
    if (streaming && this.pauses < PAUSES_MAX) this.pauses *= 2;
    const close = delivered < CLOSE_MESSAGES && delivered < limit;
    if (streaming && close && this.emptyPolls === 0) loadNative().pause(this.pauses);
    this.emptyPolls = 0;
  }
}
