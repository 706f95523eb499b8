import type { Output, OutputStream } from '../output.js';
import { pause } from '../pause.js';

/** As much may wait for a reader; what comes then is dropped, until half of it was read. */
export const BACKLOG_BYTES_MAX = 4_194_304;
/** So long the last words wait for a reader that stands still. */
const LAST_WORDS_MS = 2000;
const LOOK_MS = 10;

/**
 * Writes lines for readers who may stand still (a pipe that nobody reads, a terminal after Ctrl-S): it waits for none of
 * them, keeps a bounded number of bytes for each, and says how many lines it has dropped. For those who have gone nothing is
 * written any more.
 */
export class PatientOutput {
  private readonly output: Output;
  private readonly sayLost: (lines: number) => string;
  private readonly lost = { data: 0, message: 0 };
  private readonly isFull = { data: false, message: false };
  private readonly isGone = { data: false, message: false };

  /** `sayLost` writes a line about lines of the same stream that were dropped before it. */
  constructor(output: Output, sayLost: (lines: number) => string) {
    this.output = output;
    this.sayLost = sayLost;
    output.backlog?.begin();
    output.backlog?.whenGone((stream) => {
      this.isGone[stream] = true;
    });
  }

  write(stream: OutputStream, line: string): void {
    if (this.isGone[stream]) return;
    if (this.hasRoom(stream)) this.output[stream](this.takeLost(stream) + line);
    else this.lost[stream] += 1;
  }

  /** Says what it has not said yet; answers whether all was read: not when nobody reads for too long, or has gone. */
  async end(): Promise<boolean> {
    for (const stream of ['data', 'message'] as const) {
      const words = this.takeLost(stream);
      if (words !== '' && !this.isGone[stream]) this.output[stream](words);
    }
    for (let waitedMs = 0; this.waits('data') + this.waits('message') > 0; waitedMs += LOOK_MS) {
      if (waitedMs >= LAST_WORDS_MS) return false;
      await pause(LOOK_MS);
    }
    return !this.isGone.data && !this.isGone.message;
  }

  private hasRoom(stream: OutputStream): boolean {
    const bytes = this.waits(stream);
    const wasFull = this.isFull[stream];
    this.isFull[stream] = wasFull ? bytes > BACKLOG_BYTES_MAX / 2 : bytes >= BACKLOG_BYTES_MAX;
    if (!wasFull && this.isFull[stream] && stream === 'data') {
      const what = 'standard output stands still: nobody reads it; lines are dropped, and the services run on';
      this.write('message', `apbus: ${what}\n`);
    }
    return !this.isFull[stream];
  }

  private takeLost(stream: OutputStream): string {
    const lines = this.lost[stream];
    this.lost[stream] = 0;
    return lines === 0 ? '' : this.sayLost(lines);
  }

  private waits(stream: OutputStream): number {
    return this.isGone[stream] ? 0 : (this.output.backlog?.bytes(stream) ?? 0);
  }
}
