import type { ChannelType } from 'alphapulse-bus';
import type { Results, RoundTripResult, ThroughputResult } from '../results.js';
import { KIB, MIB } from '../scenarios.js';
import { digits } from './figures.js';

/** The figures to reach. */
export const TARGETS = {
  spsc1KbRatio: 0.8,
  spsc1KbRate: 10e6,
  spsc1KbBytes: 10e9,
  spsc64StampedRatio: 0.2,
  spsc64BareRatio: 0.45,
  deliveredRate: { SPMC: 5e6, MPSC: 3e6, MPMC: 1e6 },
  roundTripRatio: 1.5,
  roundTripP99Ns: 2000,
  callNs: { SPSC: 100, MPMC: 500 },
  garbageBytesPerMessage: 0,
  wakeRatio: 1.5,
  idleShare: 0.001,
  modeRatio: 1.05,
} as const;

/**
 * What counts as no garbage at all: the smallest object of V8 has 16 bytes, so that less than this per message means that
 * no message allocates, only that V8's compiler or the measuring left something.
 */
export const GARBAGE_TOLERANCE_BYTES = 1;

export interface Verdict {
  readonly what: string;
  readonly target: string;
  readonly measured: string;
  /** Undefined: was not measured. */
  readonly reached: boolean | undefined;
}

const UNMEASURED = 'not measured';

/** All figures to reach, with what the run says of each. */
export function judge(results: Results): Verdict[] {
  return [
    ...spsc1Kb(find(results, 'SPSC', KIB, true)),
    ratio('SPSC 64 B, all timestamps, to the C reference', find(results, 'SPSC', 64, true), TARGETS.spsc64StampedRatio),
    ratio('SPSC 64 B, no timestamps, to the C reference', find(results, 'SPSC', 64, false), TARGETS.spsc64BareRatio),
    ...delivered(results),
    ...roundTrip(results.roundTrip.find(({ scenario }) => scenario.idle === 'spin' && scenario.messageBytes === 64)),
    ...calls(results),
    ...waking(results),
    modes(results),
    garbage(results),
  ];
}

function find(
  results: Results,
  type: ChannelType,
  messageBytes: number,
  timestamps: boolean,
): ThroughputResult | undefined {
  return results.throughput.find(
    ({ scenario }) =>
      scenario.type === type &&
      scenario.messageBytes === messageBytes &&
      scenario.timestamps === timestamps &&
      scenario.ringBytes === MIB,
  );
}

function atLeast(what: string, value: number | undefined, target: number, unit: number, name: string): Verdict {
  return {
    what,
    target: `≥ ${target / unit} ${name}`.trimEnd(),
    measured: value === undefined ? UNMEASURED : `${digits(value / unit)} ${name}`.trimEnd(),
    reached: value === undefined ? undefined : value >= target,
  };
}

function atMost(what: string, value: number | undefined, target: number, unit: number, name: string): Verdict {
  return {
    what,
    target: `≤ ${target / unit} ${name}`.trimEnd(),
    measured: value === undefined ? UNMEASURED : `${digits(value / unit)} ${name}`.trimEnd(),
    reached: value === undefined ? undefined : value <= target,
  };
}

function ratio(what: string, result: ThroughputResult | undefined, target: number): Verdict {
  return atLeast(what, result?.ratio?.median, target, 1, '×');
}

function spsc1Kb(result: ThroughputResult | undefined): Verdict[] {
  const rate = result?.rate.median;
  return [
    ratio('SPSC 1 KB, all timestamps, to the C reference', result, TARGETS.spsc1KbRatio),
    atLeast('SPSC 1 KB, all timestamps', rate, TARGETS.spsc1KbRate, 1e6, 'M/s'),
    atLeast('the same in bytes', rate === undefined ? undefined : rate * KIB, TARGETS.spsc1KbBytes, 1e9, 'GB/s'),
  ];
}

function delivered(results: Results): Verdict[] {
  return (['SPMC', 'MPSC', 'MPMC'] as const).map((type) =>
    atLeast(
      `${type} 1 KB, all timestamps, to each consumer`,
      find(results, type, KIB, true)?.rate.median,
      TARGETS.deliveredRate[type],
      1e6,
      'M/s',
    ),
  );
}

function roundTrip(result: RoundTripResult | undefined): Verdict[] {
  const what = 'round trip 64 B, spinning, timestamps';
  return [
    atMost(`${what}: p50 to the C tail-word ring`, result?.ratio?.median, TARGETS.roundTripRatio, 1, '×'),
    atMost(`${what}: p99`, result?.ns.p99.median, TARGETS.roundTripP99Ns, 1000, 'µs'),
  ];
}

function calls(results: Results): Verdict[] {
  return (['SPSC', 'MPMC'] as const).flatMap((type) => {
    const result = results.cost.find(
      ({ scenario }) => scenario.type === type && scenario.messageBytes === 64 && scenario.timestamps,
    );
    const target = TARGETS.callNs[type];
    return [
      atMost(`one write, ${type} 64 B, timestamps: p50`, result?.write.p50.median, target, 1, 'ns'),
      atMost(`one polled message, ${type} 64 B, timestamps: p50`, result?.poll.p50.median, target, 1, 'ns'),
    ];
  });
}

function waking(results: Results): Verdict[] {
  const ratios = (['subscribe', 'waitSync'] as const).map((sleeper) => {
    const parked = results.wake.find(({ scenario }) => scenario.idle === 'park' && scenario.sleeper === sleeper);
    const bare = sleeper === 'subscribe' ? 'FIFO' : 'futex';
    return atMost(`wake-up of ${sleeper}: p50 to a bare ${bare}`, parked?.ratio.median, TARGETS.wakeRatio, 1, '×');
  });
  const shares = results.idle.filter(({ scenario }) => scenario.idle === 'park').map(({ share }) => share.max);
  const most = shares.length === 0 ? undefined : Math.max(...shares);
  return [...ratios, atMost('processor time of an idle consumer', most, TARGETS.idleShare, 0.01, '%')];
}

function modes(results: Results): Verdict {
  const ratios = results.backpressure.flatMap(({ rows }) =>
    rows.filter(({ subject }) => subject !== 'ring alone').map(({ ratio: { median } }) => median),
  );
  const most = ratios.length === 0 ? undefined : Math.max(...ratios);
  return atMost('one write in any mode of backpressure, to BlockProducer', most, TARGETS.modeRatio, 1, '×');
}

function garbage(results: Results): Verdict {
  const all = results.garbage.flatMap(({ write, tryWrite, poll }) => [write.max, tryWrite.max, poll.max]);
  const most = all.length === 0 ? undefined : Math.max(...all) / 1e6;
  return {
    what: `heap per message, write, tryWrite and poll, ${results.garbage.map(({ scenario }) => scenario.type).join(', ') || 'all types'}`,
    target: `${TARGETS.garbageBytesPerMessage} B`,
    measured: most === undefined ? UNMEASURED : `${most.toFixed(4)} B at most`,
    reached: most === undefined ? undefined : most <= TARGETS.garbageBytesPerMessage + GARBAGE_TOLERANCE_BYTES,
  };
}
