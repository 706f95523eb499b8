import { withDirectory } from '../run/directory.js';
import type { Placement } from '../run/placement.js';
import { runWorkers } from '../run/workers.js';
import { MIB, type IdleScenario, type WakeScenario } from '../scenarios.js';
import { CHANNEL, type BenchChannel } from '../workers/channel.js';
import type { IdleSettings } from '../workers/idle-consumer.js';
import type { WakeQuantiles, WakeSettings } from '../workers/wake.js';

const WARMUP_NS = 1e9;
const IDLE_NS = 10e9;

function channelOf(directory: string, type: BenchChannel['type']): BenchChannel {
  return { directory, name: CHANNEL, type, ringBytes: MIB, messageBytes: 64 };
}

/** One run: from a write to the handler of a consumer that sleeps in another process, on the bus and by bare means. */
export function measureWake(scenario: WakeScenario, placement: Placement, seconds: number): Promise<WakeQuantiles> {
  return withDirectory(async (directory) => {
    const loops = scenario.sleeper === 'subscribe';
    const settings: WakeSettings = {
      channel: channelOf(directory, 'SPSC'),
      idle: scenario.idle,
      bare: loops ? 'fifo' : 'futex',
      warmupNs: WARMUP_NS,
      durationNs: WARMUP_NS + seconds * 1e9,
    };
    const roles = [loops ? 'wake-loop' : 'wake-thread', 'wake-sender'];
    const [quantiles] = await runWorkers(
      roles.map((role) => ({ role, settings })),
      placement,
    );
    return quantiles as WakeQuantiles;
  });
}

/** One run: the share of a processor that a consumer uses to which nobody writes. */
export function measureIdle(scenario: IdleScenario, placement: Placement): Promise<number> {
  return withDirectory(async (directory) => {
    const { sleeper, idle, type } = scenario;
    const settings: IdleSettings = { channel: channelOf(directory, type), sleeper, idle, measureNs: IDLE_NS };
    const [share] = await runWorkers([{ role: 'idle-consumer', settings }], placement);
    return share as number;
  });
}
