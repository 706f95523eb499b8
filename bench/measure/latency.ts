import { withDirectory } from '../run/directory.js';
import type { Placement } from '../run/placement.js';
import type { Reference } from '../run/reference.js';
import { runWorkers, type WorkerSpec } from '../run/workers.js';
import { ENDPOINTS, type OneWayScenario, type RoundTripScenario } from '../scenarios.js';
import type { Quantiles } from '../statistics/quantiles.js';
import { CHANNEL, type BenchChannel } from '../workers/channel.js';
import type { LatencyConsumerSettings } from '../workers/latency-consumer.js';
import type { PacedProducerSettings } from '../workers/paced-producer.js';
import type { RoundTripSettings } from '../workers/ping.js';

const WARMUP_NS = 3e8;
/** At a low rate the hot path is warm later. */
const SLOW_WARMUP_NS = 5e8;
const SLOW_PER_SECOND = 10_000;

function warmupOf(perSecond: number): number {
  return perSecond < SLOW_PER_SECOND ? SLOW_WARMUP_NS : WARMUP_NS;
}

/** One run, in ns from the intended time of sending to the handler; of several consumers, the one with the slower median. */
export function measureOneWay(scenario: OneWayScenario, placement: Placement, seconds: number): Promise<Quantiles> {
  return withDirectory(async (directory) => {
    const { producers, consumers } = ENDPOINTS[scenario.type];
    const { type, ringBytes, messageBytes, timestamps, idle, perSecond } = scenario;
    const channel: BenchChannel = { directory, name: CHANNEL, type, ringBytes, messageBytes };
    const warmupNs = warmupOf(perSecond);
    const specs: WorkerSpec[] = [];
    for (let consumer = 0; consumer < consumers; consumer++) {
      const samplesMax = Math.ceil(seconds * perSecond) + producers;
      const settings: LatencyConsumerSettings = { channel, consumer, producers, idle, warmupNs, samplesMax };
      specs.push({ role: 'latency-consumer', settings });
    }
    for (let producer = 0; producer < producers; producer++) {
      const intervalNs = (1e9 * producers) / perSecond;
      const shiftNs = (1e9 * producer) / perSecond;
      const durationNs = warmupNs + seconds * 1e9;
      const settings: PacedProducerSettings = { channel, producer, timestamps, intervalNs, shiftNs, durationNs };
      specs.push({ role: 'paced-producer', settings });
    }
    const results = (await runWorkers(specs, placement)).slice(0, consumers) as Quantiles[];
    return results.reduce((slowest, each) => (each.p50 > slowest.p50 ? each : slowest));
  });
}

/** One run, in ns from the intended time of sending until the answer was read. `perSecond` 0: one after the other. */
export function measureRoundTrip(
  scenario: RoundTripScenario,
  placement: Placement,
  seconds: number,
): Promise<Quantiles> {
  return withDirectory(async (directory) => {
    const { ringBytes, messageBytes, timestamps, idle, perSecond } = scenario;
    const channel = (name: string): BenchChannel => ({ directory, name, type: 'SPSC', ringBytes, messageBytes });
    const settings: RoundTripSettings = {
      there: channel('there'),
      back: channel('back'),
      timestamps,
      idle,
      intervalNs: perSecond === 0 ? 0 : 1e9 / perSecond,
      warmupNs: warmupOf(perSecond === 0 ? Infinity : perSecond),
      measureNs: seconds * 1e9,
    };
    const roles = ['ping', 'pong'].map((role) => ({ role, settings }));
    const [quantiles] = await runWorkers(roles, placement);
    return quantiles as Quantiles;
  });
}

/**
 * One run of the same with the C reference: a ring with a tail word, without timestamps. It only spins; undefined for
 * scenarios that sleep.
 */
export async function measureReferenceRoundTrip(
  scenario: RoundTripScenario,
  reference: Reference,
  seconds: number,
): Promise<Quantiles | undefined> {
  if (scenario.idle !== 'spin') return undefined;
  return reference.roundTrip({
    message: scenario.messageBytes,
    ring: scenario.ringBytes,
    interval: scenario.perSecond === 0 ? 0 : 1e9 / scenario.perSecond,
    seconds,
  });
}
