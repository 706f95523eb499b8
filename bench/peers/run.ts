import { measureRoundTrip } from '../measure/latency.js';
import { measureThroughput } from '../measure/throughput.js';
import type { Placement } from '../run/placement.js';
import { KIB, MIB } from '../scenarios.js';
import { quantileSpread, type QuantileSpread } from '../statistics/quantile-spread.js';
import type { Quantiles } from '../statistics/quantiles.js';
import { ratiosOf, spreadOf, type Spread } from '../statistics/spread.js';
import { PEERS, type PeerName } from './link.js';
import { measurePeerRoundTrip, measurePeerThroughput } from './measure.js';
import type { PeerOptions } from './options.js';
import { serverMissing, startNats, startRedis, type Server } from './servers.js';
import { zeromqMissing } from './zeromq.js';

/** A line of the table: the bus, or a peer. The ratios say how many times as fast the bus was, run by run. */
export interface PeerLine {
  readonly name: string;
  readonly small: Spread;
  readonly large: Spread;
  readonly roundTrip: QuantileSpread;
  readonly ratios: { readonly small: Spread; readonly large: Spread; readonly roundTrip: Spread } | undefined;
}

export interface PeerResults {
  readonly lines: PeerLine[];
  readonly skipped: { readonly name: PeerName; readonly why: string }[];
}

export const SMALL_BYTES = 64;
export const LARGE_BYTES = KIB;

/** One run of a line. */
interface Sample {
  readonly small: number;
  readonly large: number;
  readonly roundTrip: Quantiles;
}

export const BUS = 'alphapulse-bus (SPSC, timestamps, spinning)';

/** Measures the bus and the chosen peers in turn, as often as asked for. */
export async function runPeers(
  options: PeerOptions,
  placement: Placement,
  directory: string,
  say: (text: string) => void,
): Promise<PeerResults> {
  const results: PeerResults = { lines: [], skipped: [] };
  const servers = new Map<PeerName, Server>();
  const peers: PeerName[] = [];
  for (const name of PEERS) {
    if (options.only !== undefined && !options.only.test(name)) continue;
    const why = missing(name, options);
    if (why === undefined) peers.push(name);
    else results.skipped.push({ name, why });
  }
  try {
    if (peers.includes('nats')) servers.set('nats', await startNats());
    if (peers.includes('redis')) servers.set('redis', await startRedis(directory));
    const samples = new Map<string, Sample[]>([BUS, ...peers].map((name) => [name, []]));
    for (let run = 1; run <= options.runs; run++) {
      say(`run ${run}: the bus`);
      samples.get(BUS)!.push(await sampleBus(placement, options.seconds));
      for (const name of peers) {
        say(`run ${run}: ${name}`);
        samples.get(name)!.push(await samplePeer(name, placement, options.seconds, servers.get(name)?.address));
      }
    }
    const bus = samples.get(BUS)!;
    for (const [name, runs] of samples) results.lines.push(lineOf(name, runs, name === BUS ? undefined : bus));
  } finally {
    for (const server of servers.values()) await server.stop();
  }
  return results;
}

function missing(name: PeerName, options: PeerOptions): string | undefined {
  if (name === 'zeromq') return zeromqMissing(options.install);
  if (name === 'nats') return serverMissing('nats-server');
  return name === 'redis' ? serverMissing('redis-server') : undefined;
}

async function sampleBus(placement: Placement, seconds: number): Promise<Sample> {
  const common = { type: 'SPSC', ringBytes: MIB, timestamps: true } as const;
  const throughput = (messageBytes: number): Promise<number> =>
    measureThroughput({ ...common, kind: 'throughput', messageBytes }, placement, seconds);
  const small = await throughput(SMALL_BYTES);
  const large = await throughput(LARGE_BYTES);
  const scenario = { ...common, kind: 'round-trip', messageBytes: SMALL_BYTES, idle: 'spin', perSecond: 0 } as const;
  return { small, large, roundTrip: await measureRoundTrip(scenario, placement, seconds) };
}

async function samplePeer(
  name: PeerName,
  placement: Placement,
  seconds: number,
  server: string | undefined,
): Promise<Sample> {
  const small = await measurePeerThroughput(name, SMALL_BYTES, seconds, placement, server);
  const large = await measurePeerThroughput(name, LARGE_BYTES, seconds, placement, server);
  return { small, large, roundTrip: await measurePeerRoundTrip(name, SMALL_BYTES, seconds, placement, server) };
}

function lineOf(name: string, runs: readonly Sample[], bus: readonly Sample[] | undefined): PeerLine {
  const values = (of: readonly Sample[], key: 'small' | 'large'): number[] => of.map((sample) => sample[key]);
  const medians = (of: readonly Sample[]): number[] => of.map((sample) => sample.roundTrip.p50);
  return {
    name,
    small: spreadOf(values(runs, 'small')),
    large: spreadOf(values(runs, 'large')),
    roundTrip: quantileSpread(runs.map((sample) => sample.roundTrip)),
    ratios: bus && {
      small: ratiosOf(values(bus, 'small'), values(runs, 'small')),
      large: ratiosOf(values(bus, 'large'), values(runs, 'large')),
      roundTrip: ratiosOf(medians(runs), medians(bus)),
    },
  };
}
