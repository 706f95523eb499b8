import { withDirectory } from '../run/directory.js';
import type { Placement } from '../run/placement.js';
import { runWorkers } from '../run/workers.js';
import type { BackpressureScenario, CostScenario, GarbageScenario } from '../scenarios.js';
import { CHANNEL } from '../workers/channel.js';
import type { CostResult, CostSettings } from '../workers/cost.js';
import type { GarbageSettings } from '../workers/garbage.js';
import type { ModesResult, ModesSettings } from '../workers/modes.js';
import type { HotPathHeap } from './hot-path-heap.js';

const WARMUP_NS = 3e8;
const MESSAGES = 1_000_000;

/** One run: what a `write` and a polled message cost where nobody else touches the ring. */
export function measureCost(scenario: CostScenario, placement: Placement, seconds: number): Promise<CostResult> {
  return withDirectory(async (directory) => {
    const { type, ringBytes, messageBytes, timestamps } = scenario;
    const channel = { directory, name: CHANNEL, type, ringBytes, messageBytes };
    const settings: CostSettings = { channel, timestamps, warmupNs: WARMUP_NS, measureNs: seconds * 1e9 };
    const [result] = await runWorkers([{ role: 'cost', settings }], placement);
    return result as CostResult;
  });
}

/** One run: what a `write` costs in each mode of backpressure. */
export function measureModes(
  { type, ringBytes, messageBytes, timestamps }: BackpressureScenario,
  placement: Placement,
  seconds: number,
): Promise<ModesResult> {
  return withDirectory(async (directory) => {
    const channel = { type, ringBytes, messageBytes };
    // a share of the time for each of them
    const settings: ModesSettings = { directory, channel, timestamps, warmupNs: 1e9, measureNs: seconds * 6e9 };
    const [result] = await runWorkers([{ role: 'modes', settings }], placement);
    return result as ModesResult;
  });
}

/** One run: heap bytes of a million messages. */
export function measureGarbage(scenario: GarbageScenario, placement: Placement): Promise<HotPathHeap> {
  return withDirectory(async (directory) => {
    const { type, ringBytes, messageBytes } = scenario;
    const channel = { directory, name: CHANNEL, type, ringBytes, messageBytes };
    const settings: GarbageSettings = { channel, messages: MESSAGES };
    const [result] = await runWorkers([{ role: 'garbage', settings }], placement);
    return result as HotPathHeap;
  });
}
