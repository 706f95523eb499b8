import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { parseSpan } from '../../bus/config/spans.js';
import { BusError } from '../../platform/bus-error.js';
import { spaceFacts } from '../doctor/machine.js';
import { ExitCode } from '../exit-code.js';
import { formatJson, formatTable, type Output } from '../output.js';
import { untilTold } from '../signals.js';
import { MEASUREMENTS, idleFor, type BenchIdle, type BenchTask, type Measurement } from './measurements.js';
import { runProcesses } from './processes.js';

export interface BenchOptions {
  readonly duration?: string;
  readonly json?: true;
}

/** What one measurement came to. Rates are what each consumer gets: the slowest, if there are several. */
interface Measured extends Measurement {
  readonly idle: BenchIdle;
  readonly messagesPerSecond?: number;
  readonly bytesPerSecond?: number;
  readonly p50Ns?: number;
  readonly p99Ns?: number;
  readonly maxNs?: number;
}

const DURATION_MS = 1000;
const DURATION_MAX_MS = 60_000;
const SHARED_MEMORY = '/dev/shm';

export function addBench(program: Command, output: Output, finish: (code: ExitCode) => void): void {
  program
    .command('bench')
    .description('measures the bus on this machine, between processes of its own: throughput and round trips')
    .option('-d, --duration <time>', 'of each of the nine measurements: 500ms, 2s (default: 1s)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  apbus bench\n  apbus bench --duration 5s --json')
    .action(async (options: BenchOptions) => finish(await bench(options, output)));
}

/** `apbus bench`. Ctrl-C ends it with what it has by then, and exit code 1. */
async function bench(options: BenchOptions, output: Output): Promise<ExitCode> {
  const durationMs = durationOf(options.duration);
  const machine = {
    processor: cpus()[0]?.model.trim() ?? process.arch,
    processors: availableParallelism(),
    kernel: `Linux ${release()}`,
    node: process.version,
  };
  const results: Measured[] = [];
  try {
    await untilTold(async (told) => {
      output.message(`apbus: ${MEASUREMENTS.length} measurements; Ctrl-C ends it early\n`);
      for (const each of MEASUREMENTS) results.push(await measure(each, durationMs, machine.processors, told));
    });
  } catch (error) {
    if (!BusError.is(error, 'ERR_ABORTED')) throw error;
  }
  if (options.json) output.data(formatJson({ machine, durationMs, results }));
  else {
    const { processor, processors, kernel, node } = machine;
    output.data(`${processor}, ${processors} processors; ${kernel}; Node.js ${node}\n\n`);
    output.data(formatTable([HEADER, ...results.map(rowOf)]));
    if (results.some(({ idle }) => idle === 'park')) output.data(CROWDED);
  }
  return results.length === MEASUREMENTS.length ? ExitCode.OK : ExitCode.FAILED;
}

async function measure(
  measurement: Measurement,
  durationMs: number,
  processors: number,
  told: AbortSignal,
): Promise<Measured> {
  const directory = mkdtempSync(
    join(spaceFacts(SHARED_MEMORY) === undefined ? tmpdir() : SHARED_MEMORY, `alphapulse-bench-${process.pid}-`),
  );
  const idle = idleFor(measurement, processors);
  const taskOf = (role: BenchTask['role'], number: number): BenchTask => {
    return { role, number, directory, measurement, idle, durationNs: durationMs * 1e6 };
  };
  try {
    if (measurement.name === 'round trip') {
      const answers = await runProcesses([taskOf('ping', 0), taskOf('pong', 0)], told);
      return { ...measurement, idle, ...answers[0] };
    }
    const { producers, consumers, messageBytes } = measurement;
    const answers = await runProcesses(
      [
        ...Array.from({ length: consumers }, (_, number) => taskOf('consumer', number)),
        ...Array.from({ length: producers }, (_, number) => taskOf('producer', number)),
      ],
      told,
    );
    const written = answers.reduce((sum, each) => sum + ('written' in each ? each.written : 0), 0);
    const read = answers.flatMap((each) => ('perSecond' in each ? [each] : []));
    for (const { received } of read) {
      if (received !== written)
        throw new BusError('ERR_CORRUPT', `bench: ${written} messages were written, but a consumer got ${received}`);
    }
    const messagesPerSecond = Math.round(Math.min(...read.map(({ perSecond }) => perSecond)));
    return { ...measurement, idle, messagesPerSecond, bytesPerSecond: messagesPerSecond * messageBytes };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const HEADER = ['', 'type', 'bytes', 'producers', 'consumers', 'idle', 'result'];
const CROWDED =
  '\nThere are fewer processors than processes where idle is "park": processes took turns, and figures are lower and vary\n' +
  'more than on a machine with a processor for each.\n';

function rowOf({ name, type, messageBytes, producers, consumers, idle, ...figures }: Measured): string[] {
  const { messagesPerSecond, bytesPerSecond = 0, p50Ns = 0, p99Ns = 0, maxNs = 0 } = figures;
  const us = (ns: number): string => `${(ns / 1000).toFixed(1)} us`;
  const result =
    messagesPerSecond === undefined
      ? `p50 ${us(p50Ns)}, p99 ${us(p99Ns)}, longest ${us(maxNs)}`
      : `${(messagesPerSecond / 1e6).toFixed(2)} M messages/s, ${(bytesPerSecond / 1e9).toFixed(2)} GB/s`;
  return [name, type, `${messageBytes}`, `${producers}`, `${consumers}`, idle, result];
}

function durationOf(text: string | undefined): number {
  if (text === undefined) return DURATION_MS;
  const span = parseSpan(text);
  if ('ms' in span && span.ms > 0 && span.ms <= DURATION_MAX_MS) return span.ms;
  throw new BusError(
    'ERR_INVALID_ARGUMENT',
    `--duration: found ${JSON.stringify(text)}, expected a time up to 60s such as 500ms or 2s`,
  );
}
