import { digits, medianText, spreadText } from '../report/figures.js';
import { describeMachine, type Machine } from '../report/machine.js';
import { formatTable } from '../report/table.js';
import type { PeerName } from './link.js';
import type { PeerLine, PeerResults } from './run.js';

/** How many times as fast the bus is to be: against everything, and in throughput against all but these. */
export const FASTER = 1;
export const MUCH_FASTER = 10;
export const EXEMPT_FROM_MUCH: readonly PeerName[] = ['unix-socket-batched'];

const WHAT: Readonly<Record<PeerName, string>> = {
  'process-send': 'process.send (serialization advanced)',
  'unix-socket': 'Unix socket, one write per message',
  'unix-socket-batched': 'Unix socket, batched by hand into 64 KB',
  'message-channel': 'MessageChannel (threads of one process)',
  zeromq: 'zeromq 6 (PAIR, ipc)',
  nats: 'NATS core (TCP, raw protocol)',
  redis: 'Redis pub/sub (Unix socket, raw protocol)',
};

export interface PeerCircumstances {
  readonly machine: Machine;
  readonly placement: string;
  readonly seconds: number;
  readonly runs: number;
}

/** Whether the bus was as much faster than this line as it should be; undefined for the bus itself. */
export function isReached({ name, ratios }: PeerLine): boolean | undefined {
  if (ratios === undefined) return undefined;
  const throughput = EXEMPT_FROM_MUCH.includes(name as PeerName) ? FASTER : MUCH_FASTER;
  const { small, large, roundTrip } = ratios;
  // Of the targets, "faster" is strict and "ten times" is not.
  const fast = (ratio: number): boolean => (throughput === FASTER ? ratio > FASTER : ratio >= throughput);
  return fast(small.median) && fast(large.median) && roundTrip.median > FASTER;
}

export function formatPeers(circumstances: PeerCircumstances, results: PeerResults): string {
  const { machine, placement, seconds, runs } = circumstances;
  const parts = [
    [
      `- Machine: ${describeMachine(machine)}`,
      `- Processes: ${placement}`,
      `- Runs: ${runs} of ${seconds} s each; the bus and its peers take turns. Figures are medians over the runs, in brackets the least and ` +
        'the most; "×" says how many times as fast the bus was, run by run. Every message is checked for its order; at most 8192 are on ' +
        'their way. Round trips follow each other without a pause; the bus spins, all others are woken by the event loop.',
      `- To reach: faster on every line, and ${MUCH_FASTER} × in throughput against all but ${EXEMPT_FROM_MUCH.map((name) => WHAT[name]).join(', ')}.`,
    ].join('\n'),
    table(results.lines),
  ];
  if (results.skipped.length > 0) {
    const lines = results.skipped.map(({ name, why }) => `- ${WHAT[name]}: ${why}`);
    parts.push(`Skipped:\n\n${lines.join('\n')}`);
  }
  return `${parts.join('\n\n')}\n`;
}

function table(lines: readonly PeerLine[]): string {
  const head = ['', '64 B, M msg/s', '×', '1 KB, M msg/s', '×', 'round trip 64 B p50 µs', 'p99', 'p99.9', '×', ''];
  const rows = lines.map((line) => {
    const { small, large, roundTrip, ratios } = line;
    const reached = isReached(line);
    return [
      WHAT[line.name as PeerName] ?? line.name,
      spreadText(small, 1e6),
      ratios === undefined ? '' : digits(ratios.small.median),
      spreadText(large, 1e6),
      ratios === undefined ? '' : digits(ratios.large.median),
      ...[roundTrip.p50, roundTrip.p99, roundTrip.p999].map((spread) => medianText(spread, 1000)),
      ratios === undefined ? '' : digits(ratios.roundTrip.median),
      reached === undefined ? '' : reached ? '✓' : '✗',
    ];
  });
  return formatTable(head, rows);
}
