import { loadNative } from '../platform/load-native.js';

/** Pauses in processor pause instructions, of 10 to 60 ns each. Up to here a stream is only guessed at. */
const GUESS_PAUSES_MAX = 8;
/** The longest pause in a stream. */
const PAUSES_MAX = 64;
/** And in one so fast that a pause is over many messages: less than waiting in the ring costs them anyway. */
const BURST_PAUSES_MAX = 256;
/** A poll that finds so many messages after a pause is part of such a stream. */
const BURST_MESSAGES = 16;
/** So many empty polls in a row say that there is no stream. */
const IDLE_POLLS = 4;
/**
 * After so many, and so many again, it is worth a look whether something is wrong: few enough for a loop that polls every
 * ten milliseconds. A power of two.
 */
const VAIN_POLLS = 8;
/** A poll that finds so many messages is not close behind the producer. */
const CLOSE_MESSAGES = 64;

/**
 * How long a `poll` that ran dry pauses before it returns.
 *
 * A consumer that has caught up and looks again at once takes the cache line from under the producer's next write, every
 * time, and both slow down to the speed of that line: a quarter of the throughput. So, when messages come as fast as they
 * are looked for, it pauses a little and finds several next time; when they do not, it looks again at once.
 *
 * What tells a stream from a question and its answer is how many messages a pause is over. One message after each pause
 * is no stream, however promptly it comes: it came during the pause, and had to wait for its end.
 */
export class PollPace {
  private pauses = 1;
  private emptyPolls = 0;

  /** Whether the last poll was the last of so many empty ones that somebody should look what it waits for. */
  get isInVain(): boolean {
    return this.emptyPolls > 0 && (this.emptyPolls & (VAIN_POLLS - 1)) === 0;
  }

  /** To be called after each poll, with what it delivered and at most would have. */
  after(delivered: number, limit: number): void {
    if (delivered === 0) {
      this.emptyPolls += 1;
      if (this.emptyPolls >= IDLE_POLLS && this.pauses > 1) this.pauses /= 2;
      loadNative().pause(this.pauses);
      return;
    }
    if (this.emptyPolls > 0) {
      this.emptyPolls = 0;
      return;
    }
    if (delivered === 1 && this.pauses >= GUESS_PAUSES_MAX) this.pauses = 1;
    else this.pauses = Math.min(this.pauses * 2, delivered >= BURST_MESSAGES ? BURST_PAUSES_MAX : PAUSES_MAX);
    if (delivered < CLOSE_MESSAGES && delivered < limit) loadNative().pause(this.pauses);
  }
}
