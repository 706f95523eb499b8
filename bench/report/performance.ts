import type { ChannelType } from 'alphapulse-bus';
import type { BackpressureOutcome, CostOutcome, Results, ThroughputResult } from '../results.js';
import { ENDPOINTS, RING_SIZES, formatBytes } from '../scenarios.js';
import type { QuantileSpread } from '../statistics/quantile-spread.js';
import { PAUSE_NS } from '../workers/idle.js';
import { digits, medianText, spreadText } from './figures.js';
import { describeMachine, type Machine } from './machine.js';
import { formatTable } from './table.js';
import { judge } from './targets.js';

/** Everything beside the figures that a reader needs to judge them. */
export interface Circumstances {
  readonly machine: Machine;
  readonly placement: string;
  /** Undefined: no C compiler, so no reference and no ratios. */
  readonly compiler: string | undefined;
  readonly seconds: number;
  readonly runs: number;
}

/** The whole report as Markdown. */
export function formatReport(circumstances: Circumstances, results: Results): string {
  const sections: (string | undefined)[] = [
    formatCircumstances(circumstances),
    formatVerdicts(results),
    ...RING_SIZES.map((ringBytes) => throughput(results, ringBytes)),
    latency(results),
    cost(results.cost),
    backpressure(results.backpressure),
    garbage(results),
    wake(results),
    idleness(results),
    memcpy(results),
    failures(results),
  ];
  return `${sections.filter((section) => section !== undefined).join('\n\n')}\n`;
}

function formatCircumstances({ machine, placement, compiler, seconds, runs }: Circumstances): string {
  return [
    `- Machine: ${describeMachine(machine)}`,
    `- Processes: ${placement}`,
    `- Reference: ${compiler ?? 'no C compiler was found, so there is no reference and there are no ratios'}`,
    `- Runs: ${runs} of ${seconds} s each (paced latencies 1 s at least) after a warm-up, each with fresh processes; ours and the ` +
      'reference take turns. Figures are medians over the runs, in brackets the least and the most; ratios are taken run by run.',
  ].join('\n');
}

export function formatVerdicts(results: Results): string {
  const mark = (reached: boolean | undefined): string => (reached === undefined ? '-' : reached ? '✓' : '✗');
  const rows = judge(results).map(({ what, target, measured, reached }) => [what, target, measured, mark(reached)]);
  return `### Figures to reach\n\n${formatTable(['what', 'target', 'measured', ''], rows)}`;
}

function throughput(results: Results, ringBytes: number): string | undefined {
  const rows = results.throughput.filter(({ scenario }) => scenario.ringBytes === ringBytes).map(throughputRow);
  if (rows.length === 0) return undefined;
  const head = ['channel', 'message', 'timestamps', 'waiting', 'M msg/s', 'GB/s', 'C, M msg/s', 'ours ÷ C', 'probe ns'];
  return [
    `### Throughput, ring of ${formatBytes(ringBytes)}`,
    'Messages per second that each consumer gets (the slowest one), every message checked for its order. The consumer reads in place: ' +
      "the header and the message's first word. Waiting: `spin` stays away from the ring for " +
      `${PAUSE_NS / 1000} µs when there is nothing to read or no room; \`wait\` uses \`write\` and \`waitSync\`, which give the processor up, ` +
      "since there are more processes than processors. Probe: a cache line's way to the other processor and back (C).",
    formatTable(head, rows),
  ].join('\n\n');
}

function throughputRow({ scenario, idle, rate, reference, ratio, probeNs }: ThroughputResult): string[] {
  return [
    processes(scenario.type),
    formatBytes(scenario.messageBytes),
    scenario.timestamps ? 'all' : 'none',
    idle,
    spreadText(rate, 1e6),
    digits((rate.median * scenario.messageBytes) / 1e9),
    medianText(reference, 1e6),
    ratio === undefined ? '-' : spreadText(ratio),
    probeNs === undefined ? '-' : spreadText(probeNs),
  ];
}

function processes(type: ChannelType): string {
  const { producers, consumers } = ENDPOINTS[type];
  return `${type} ${producers} → ${consumers}`;
}

function latency(results: Results): string | undefined {
  const row = (what: string, size: number, idle: string, rate: number, ns: QuantileSpread, ratio: string): string[] => [
    what,
    formatBytes(size),
    idle,
    String(rate),
    ...[ns.p50, ns.p99, ns.p999, ns.p9999, ns.max].map((spread) => medianText(spread, 1000)),
    ratio,
  ];
  const rows = [
    ...results.roundTrip.flatMap(({ scenario, ns, reference, ratio }) => {
      const { messageBytes, idle, perSecond } = scenario;
      const ours = row('round trip', messageBytes, idle, perSecond, ns, ratio === undefined ? '-' : spreadText(ratio));
      return reference === undefined
        ? [ours]
        : [ours, row('the same, C tail-word ring', messageBytes, 'spin', perSecond, reference, '')];
    }),
    ...results.oneWay.map(({ scenario: { type, messageBytes, idle, perSecond }, ns }) =>
      row(`one way, ${processes(type)}`, messageBytes, idle, perSecond, ns, '-'),
    ),
  ];
  if (rows.length === 0) return undefined;
  const head = ['what', 'message', 'consumer', 'msg/s', 'p50 µs', 'p99', 'p99.9', 'p99.99', 'max', 'p50 ÷ C'];
  return [
    '### Latency',
    'With all timestamps, ring of 1 MB, at a fixed rate, from the **intended** time of sending, so that a stall counts for every message ' +
      'that it delayed (corrected for coordinated omission). `spin` polls without a pause; `waitSync` and `subscribe` are asleep between ' +
      'two messages, and what they show is mostly what it costs to wake a sleeping processor. The C ring has no timestamps.',
    formatTable(head, rows),
  ].join('\n\n');
}

function cost(results: readonly CostOutcome[]): string | undefined {
  if (results.length === 0) return undefined;
  const rows = results.map(({ scenario: { type, messageBytes, timestamps }, write, poll }) => [
    type,
    formatBytes(messageBytes),
    timestamps ? 'all' : 'none',
    ...[write.p50, write.p99, poll.p50, poll.p99].map((spread) => medianText(spread)),
  ]);
  return [
    '### Cost of a call',
    'Producer and consumer in one process and nobody else at the ring, ring of 1 MB. Each sample is the mean of 128 calls, so that the ' +
      "clock's cost (which is subtracted) does not count; p50 and p99 are over the samples.",
    formatTable(['channel', 'message', 'timestamps', 'write p50 ns', 'p99', 'polled message p50 ns', 'p99'], rows),
  ].join('\n\n');
}

function backpressure(results: readonly BackpressureOutcome[]): string | undefined {
  if (results.length === 0) return undefined;
  const rows = results.flatMap(({ scenario: { type, messageBytes, timestamps }, rows: modes }) =>
    modes.map(({ subject, write, ratio }) => [
      type,
      formatBytes(messageBytes),
      timestamps ? 'all' : 'none',
      subject,
      medianText(write),
      spreadText(ratio),
    ]),
  );
  return [
    '### Modes of backpressure',
    'One `write` where there is room, in each mode, and to the ring alone without a producer around it (no checks of the message, the ' +
      'slot or the sleepers, no look at how full the ring is). All in one process, in turn, 128 calls at a time; ratios are run by run.',
    formatTable(['channel', 'message', 'timestamps', 'mode', 'write p50 ns', 'to BlockProducer'], rows),
  ].join('\n\n');
}

function garbage(results: Results): string | undefined {
  if (results.garbage.length === 0) return undefined;
  const rows = results.garbage.map(({ scenario, write, tryWrite, poll }) => [
    scenario.type,
    ...[write, tryWrite, poll].map(({ median }) => median.toFixed(0)),
  ]);
  return [
    '### Garbage',
    'Bytes of JavaScript heap allocated per **million** messages of 64 B with all timestamps, after a warm-up of a million: the growth of ' +
      "V8's used heap size over turns of 2048 calls. The smallest object would be 12 million bytes here; the little there is comes " +
      "from V8 itself (compiler, ring laps) and does not grow with a message's size.",
    formatTable(['channel', 'write', 'tryWrite', 'poll'], rows),
  ].join('\n\n');
}

function wake(results: Results): string | undefined {
  if (results.wake.length === 0) return undefined;
  const rows = results.wake.map(({ scenario: { sleeper, idle: strategy }, ns, bare, ratio }) => [
    sleeper,
    strategy,
    ...[ns.p50, ns.p99, bare.p50, bare.p99].map((spread) => medianText(spread, 1000)),
    spreadText(ratio),
  ]);
  return [
    '### Waking',
    'From just before a `write` to the handler in another process that waits, one message each 1 to 3 ms at random. In turn with them ' +
      'and between the same two processes, the same over bare means: for `subscribe` a FIFO read through `net.Socket`, for `waitSync` a ' +
      'futex. Idle: the strategy of the consumer.',
    formatTable(['consumer', 'idle', 'p50 µs', 'p99', 'bare p50 µs', 'p99', 'p50 ÷ bare'], rows),
  ].join('\n\n');
}

function idleness(results: Results): string | undefined {
  if (results.idle.length === 0) return undefined;
  const rows = results.idle.map(({ scenario: { type, sleeper, idle: strategy }, share }) => [
    sleeper,
    type,
    strategy,
    `${digits(share.median * 100)} %`,
  ]);
  return [
    '### Idle',
    'Processor time of a whole process whose consumer waits for 10 s for what never comes, as a share of one processor.',
    formatTable(['consumer', 'channel', 'idle', 'processor'], rows),
  ].join('\n\n');
}

function memcpy(results: Results): string | undefined {
  if (results.memcpy.length === 0) return undefined;
  const rows = results.memcpy.map(({ scenario: { messageBytes, ringBytes }, rate }) => [
    formatBytes(messageBytes),
    formatBytes(ringBytes),
    spreadText(rate, 1e6),
    digits((rate.median * messageBytes) / 1e9),
  ]);
  return `### memcpy, one processor, C\n\n${formatTable(['message', 'buffer', 'M copies/s', 'GB/s'], rows)}`;
}

function failures(results: Results): string | undefined {
  if (results.failures.length === 0) return undefined;
  const lines = results.failures.map(({ name, error }) => `- ${name}: ${error}`);
  return `### Not measured\n\n${lines.join('\n')}`;
}
