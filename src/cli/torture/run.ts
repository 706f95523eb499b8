import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { systemClock } from '../../platform/clock.js';
import { spaceFacts } from '../doctor/machine.js';
import type { TortureOptions } from './options.js';
import type { StormResult } from './result.js';
import { runStorm } from './storm.js';

const SHARED_MEMORY = '/dev/shm';

/** How far a run has come, for those who wait for it. */
export interface TortureWatch {
  readonly isInterrupted: () => boolean;
  /** A scenario is over. */
  readonly finished: (result: StormResult) => void;
}

/** Runs one scenario after the other, each with its share of the kills or of the time, in a folder that is gone afterwards. */
export async function runTorture(options: TortureOptions, watch: TortureWatch): Promise<StormResult[]> {
  const { scenarios, durationMs, kills, stops, seed } = options;
  const directory = makeDirectory(options.directory);
  const results: StormResult[] = [];
  const endNs = systemClock().monotonicNs() + durationMs * 1e6;
  try {
    for (const [index, scenario] of scenarios.entries()) {
      if (watch.isInterrupted()) break;
      const left = scenarios.length - index;
      const nowNs = systemClock().monotonicNs();
      const result = await runStorm({
        scenario,
        directory: join(directory, scenario.name),
        seed: (seed + index * 1_000_003) >>> 0,
        kills: Math.ceil(kills / scenarios.length),
        stops: Math.ceil(stops / scenarios.length),
        deadlineNs: nowNs + (endNs - nowNs) / left,
        isInterrupted: watch.isInterrupted,
      });
      results.push(result);
      watch.finished(result);
    }
    return results;
  } finally {
    if (!options.keep) rmSync(directory, { recursive: true, force: true });
  }
}

/** Private to this user and this run; in shared memory where there is any. */
function makeDirectory(within: string | undefined): string {
  if (within !== undefined) mkdirSync(within, { recursive: true, mode: 0o700 });
  const place = within ?? (spaceFacts(SHARED_MEMORY) === undefined ? tmpdir() : SHARED_MEMORY);
  return mkdtempSync(join(resolve(place), 'alphapulse-torture-'));
}
