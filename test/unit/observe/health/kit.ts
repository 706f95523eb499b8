import type { ChannelFigures, EndpointFigures } from '#src/observe/channel-figures.js';
import { checkHealth, type HealthSurroundings } from '#src/observe/health/check-health.js';
import type { HealthFinding } from '#src/observe/health/finding.js';
import type { HealthThresholds } from '#src/observe/health/thresholds.js';
import type { SeenChannel } from '#src/observe/watched-channels.js';

const READER: EndpointFigures = {
  role: 'consumer',
  name: 'reader',
  slot: 0,
  pid: 7,
  state: 'alive',
  reason: undefined,
  isStopped: false,
  unreadMs: 0,
  loopLagMs: 0,
  lag: { messages: 0, bytes: 0 },
  lost: 0,
  gating: true,
  generation: 1,
  deaths: 0,
  evictions: 0,
  attachedNs: 1n,
  counters: {},
  policy: { gating: 'attached', failureTimeoutMs: 0, stalledAfterMs: 1000 },
};

const HEALTHY: ChannelFigures = {
  channel: 'orders',
  atNs: 1.7e18,
  type: 'SPMC',
  mode: 'BlockProducer',
  capacityBytes: 65_536,
  messageSizeMax: 1024,
  path: '/dev/shm/x/orders.ring',
  fileBytes: 100_000,
  createdNs: 1n,
  creatorPid: 1,
  agreement: undefined,
  memory: { pageBytes: 4096, grants: [], numaNode: -1 },
  written: 0,
  oldest: { position: 0, sequence: 0, receivedNs: 0 },
  tail: { position: 0, sequence: 0 },
  utilization: 0,
  gatingPosition: 0,
  producersWait: false,
  waitsFor: undefined,
  repairs: 0,
  reaped: 0,
  breaker: undefined,
  journal: undefined,
  producers: [],
  consumers: [],
};

/** A channel without anything amiss, but for what is said. */
export function channel(more: Partial<ChannelFigures> = {}): ChannelFigures {
  return { ...HEALTHY, ...more };
}

export function consumer(more: Partial<EndpointFigures> = {}): EndpointFigures {
  return { ...READER, ...more };
}

export function producer(more: Partial<EndpointFigures> = {}): EndpointFigures {
  return { ...READER, role: 'producer', name: 'feed', lag: undefined, gating: undefined, ...more };
}

export function findings(
  seen: SeenChannel,
  thresholds?: Partial<HealthThresholds>,
  around?: HealthSurroundings,
): readonly HealthFinding[] {
  return checkHealth([seen], thresholds, around).findings;
}

/** What was found, as `severity code`. */
export function codes(seen: SeenChannel, thresholds?: Partial<HealthThresholds>): string[] {
  return findings(seen, thresholds).map(({ severity, code }) => `${severity} ${code}`);
}
