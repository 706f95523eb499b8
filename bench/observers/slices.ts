import { setTimeout as sleep } from 'node:timers/promises';
import { Segment } from '#src/layout/segment.js';
import { RingHistory } from '#src/ring/join.js';
import { nowNs } from '../run/worker.js';
import { CHANNEL } from '../workers/channel.js';

const MS = 1e6;
/** What a change leaves behind is over after so long. */
const SETTLE_MS = 50;
const PATIENCE_MS = 10_000;

/** Messages per second that were written in each slice: those with something and those without it, by turns. */
export interface Slices {
  /** One more than `with`: each of those stands between two. */
  readonly without: readonly number[];
  readonly with: readonly number[];
}

export interface SliceSettings {
  readonly slices: number;
  readonly seconds: number;
}

/** How long {@link measureSlices} takes, from the first message on, s. */
export function secondsFor({ slices, seconds }: SliceSettings): number {
  return 2 + (2 * slices + 1) * (seconds + (2 * SETTLE_MS) / 1000);
}

/**
 * Measures a running channel slice by slice, while something is switched on and off. Whole runs differ by more than what is
 * looked for here, since where the kernel and V8 put things is thrown anew with each; slices of one run do not.
 */
export async function measureSlices(
  directory: string,
  { slices, seconds }: SliceSettings,
  turn: (on: boolean) => void,
): Promise<Slices> {
  const segment = await appeared(directory);
  try {
    const history = new RingHistory(segment);
    const rate = async (on: boolean): Promise<number> => {
      turn(on);
      await sleep(SETTLE_MS);
      const [beganNs, before] = [nowNs(), history.tail().sequence];
      await sleep(seconds * 1000);
      const [endedNs, after] = [nowNs(), history.tail().sequence];
      return (after - before) / ((endedNs - beganNs) / 1e9);
    };
    const [without, costly]: [number[], number[]] = [[], []];
    // the first ones are compiled
    await rate(true);
    without.push(await rate(false));
    for (let slice = 0; slice < slices; slice++) {
      costly.push(await rate(true));
      without.push(await rate(false));
    }
    return { without, with: costly };
  } finally {
    segment.close();
  }
}

/** The channel, as soon as something was written into it. */
async function appeared(directory: string): Promise<Segment> {
  const untilNs = nowNs() + PATIENCE_MS * MS;
  for (;;) {
    const segment = Segment.openExisting(directory, CHANNEL, { ringWritable: false });
    if (segment !== undefined && new RingHistory(segment).tail().sequence > 0) return segment;
    segment?.close();
    if (nowNs() > untilNs) throw new Error(`nothing was written to ${CHANNEL} in ${PATIENCE_MS} ms`);
    await sleep(20);
  }
}
