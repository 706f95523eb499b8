import { join } from 'node:path';
import { withDirectory } from '../run/directory.js';
import type { Placement } from '../run/placement.js';
import { runWorkers } from '../run/workers.js';
import type { Quantiles } from '../statistics/quantiles.js';
import type { ExchangeSettings } from './exchange.js';
import type { PeerName } from './link.js';

const WARMUP_NS = 3e8;

/** One run of a peer: messages per second that arrived, or round trips in ns. */
async function exchange(
  what: ExchangeSettings['what'],
  peer: PeerName,
  messageBytes: number,
  seconds: number,
  placement: Placement,
  server: string | undefined,
): Promise<unknown> {
  return withDirectory(async (directory) => {
    const bound = placement.available && placement.holds(2);
    const settings: ExchangeSettings = {
      peer,
      what,
      messageBytes,
      address: server ?? join(directory, 'socket'),
      warmupNs: WARMUP_NS,
      measureNs: seconds * 1e9,
      receiverProcessor: bound ? placement.processorOf(1) : undefined,
    };
    const [result] = await runWorkers([{ role: '../peers/sender', settings }], placement);
    return result;
  });
}

export async function measurePeerThroughput(
  peer: PeerName,
  messageBytes: number,
  seconds: number,
  placement: Placement,
  server: string | undefined,
): Promise<number> {
  return (await exchange('throughput', peer, messageBytes, seconds, placement, server)) as number;
}

export async function measurePeerRoundTrip(
  peer: PeerName,
  messageBytes: number,
  seconds: number,
  placement: Placement,
  server: string | undefined,
): Promise<Quantiles> {
  return (await exchange('round-trip', peer, messageBytes, seconds, placement, server)) as Quantiles;
}
