import { withDirectory } from '../run/directory.js';
import type { Placement } from '../run/placement.js';
import type { Reference } from '../run/reference.js';
import { runWorkers, type WorkerSpec } from '../run/workers.js';
import { ENDPOINTS, type ThroughputScenario } from '../scenarios.js';
import { CHANNEL, type BenchChannel } from '../workers/channel.js';
import { PAUSE_NS, type Idle } from '../workers/idle.js';
import type { ThroughputConsumerResult, ThroughputConsumerSettings } from '../workers/throughput-consumer.js';
import type { ThroughputProducerSettings } from '../workers/throughput-producer.js';

/** Time for V8 to compile the hot path, before anything is counted. */
const WARMUP_NS = 3e8;

/** With a processor for every process they spin; with fewer they must give it up. */
export function idleOf(scenario: ThroughputScenario, placement: Placement): Idle {
  const { producers, consumers } = ENDPOINTS[scenario.type];
  return placement.holds(producers + consumers) ? 'spin' : 'wait';
}

/**
 * One run: messages per second that each consumer gets (the slowest, if there are several). Every message was checked for
 * its order, and their number against what was written.
 */
export function measureThroughput(
  scenario: ThroughputScenario,
  placement: Placement,
  seconds: number,
): Promise<number> {
  return withDirectory((directory) => measureThroughputIn(directory, scenario, placement, seconds));
}

/** The same in a directory of one's own. */
export async function measureThroughputIn(
  directory: string,
  scenario: ThroughputScenario,
  placement: Placement,
  seconds: number,
): Promise<number> {
  const { producers, consumers } = ENDPOINTS[scenario.type];
  const { type, ringBytes, messageBytes, timestamps, latencySampling } = scenario;
  const channel: BenchChannel = { directory, name: CHANNEL, type, ringBytes, messageBytes, latencySampling };
  const common = { channel, idle: idleOf(scenario, placement), warmupNs: WARMUP_NS, measureNs: seconds * 1e9 };
  const specs: WorkerSpec[] = [];
  for (let consumer = 0; consumer < consumers; consumer++) {
    const settings: ThroughputConsumerSettings = { ...common, consumer, producers };
    specs.push({ role: 'throughput-consumer', settings });
  }
  for (let producer = 0; producer < producers; producer++) {
    const settings: ThroughputProducerSettings = { ...common, producer, timestamps };
    specs.push({ role: 'throughput-producer', settings });
  }
  const results = await runWorkers(specs, placement);
  const read = results.slice(0, consumers) as ThroughputConsumerResult[];
  const written = (results.slice(consumers) as { written: number }[]).reduce((sum, each) => sum + each.written, 0);
  for (const { received } of read) {
    if (received !== written) throw new Error(`${written} messages were written, but a consumer got ${received}`);
  }
  return Math.min(...read.map((each) => each.rate));
}

/** One run of the same with the C reference. */
export function measureReferenceThroughput(
  scenario: ThroughputScenario,
  placement: Placement,
  reference: Reference,
  seconds: number,
): Promise<number> {
  const { producers, consumers } = ENDPOINTS[scenario.type];
  return reference.rate(scenario.type.startsWith('S') ? 'in-band' : 'claims', {
    producers,
    consumers,
    message: scenario.messageBytes,
    ring: scenario.ringBytes,
    timestamps: scenario.timestamps ? 1 : 0,
    yield: idleOf(scenario, placement) === 'wait' ? 1 : 0,
    pause: PAUSE_NS,
    seconds,
  });
}
