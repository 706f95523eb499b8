import type { ChannelFigures, EndpointFigures } from '../../observe/channel-figures.js';
import type { Latencies } from '../../observe/latencies.js';
import { formatTable } from '../output.js';
import { shortNs } from '../short-numbers.js';

const HEADINGS = ['  slot', 'name', 'time of', 'count', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max'];

/** What was timed of a channel's endpoints, a line for each latency; undefined when nothing was. */
export function latencyTable({ producers, consumers }: ChannelFigures): string | undefined {
  const rows = [...producers.flatMap(producerRows), ...consumers.flatMap(consumerRows)];
  return rows.length === 0 ? undefined : formatTable([HEADINGS, ...rows]);
}

function producerRows(one: EndpointFigures): string[][] {
  return rowsOf(one, [['write', one.writeLatency]]);
}

function consumerRows(one: EndpointFigures): string[][] {
  return rowsOf(one, [
    ['queue', one.queueLatency],
    ['total', one.totalLatency],
    ['handling', one.handlingLatency],
  ]);
}

function rowsOf({ slot, name }: EndpointFigures, timed: readonly [string, Latencies | undefined][]): string[][] {
  return timed.flatMap(([what, latencies]) => {
    if (latencies === undefined || latencies.count === 0) return [];
    const quantiles = [0.5, 0.9, 0.99, 0.999].map((share) => latencies.quantile(share));
    const times = [latencies.meanNs, ...quantiles, latencies.maxNs].map(shortNs);
    return [[`  ${slot}`, name, what, String(latencies.count), ...times]];
  });
}
