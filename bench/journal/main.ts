import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { recordBytes } from '#src/layout/record.js';
import { UsageError, wholePositive } from '../options.js';
import { spreadOf } from '../statistics/spread.js';
import type { WriterTask } from './channel.js';
import { measureLargeJournal } from './large-journal.js';
import { rawWriteRate } from './raw-disk.js';

/*
 * `npm run bench:journal`: what recording costs, what it reaches, and how fast a journal is read. Ring 16 MB, SPMC, no
 * consumer but the recorder; writer and recorder are two threads of one process; fsync = interval (100 ms). Exit code: 0
 * when it was measured; 2 for a wrong command line.
 */

const USAGE = `npm run bench:journal -- [options]

  --runs N          of each measurement, in turn (default 3)
  --seconds N       that a writer writes (default 3)
  --megabytes N     of the journal that is opened and read (default 10240)
  --folder PATH     where journals are written: a folder on the disk to be measured (default: the temporary one)
  --help            this text
`;

interface Written {
  readonly written: number;
  readonly elapsedNs: number;
  readonly durableNs: number;
}

/** fsync_interval_ms of the journal. */
const SYNC_NS = 100e6;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { runs: text, seconds: text, megabytes: text, folder: text, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) process.stdout.write(USAGE);
  else {
    const runs = wholePositive('--runs', values.runs, 3);
    const seconds = wholePositive('--seconds', values.seconds, 3);
    const megabytes = wholePositive('--megabytes', values.megabytes, 10_240);
    await measure(runs, seconds, megabytes * 2 ** 20, values.folder ?? tmpdir());
  }
} catch (error) {
  process.stderr.write(`bench:journal: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function measure(runs: number, seconds: number, bytes: number, folder: string): Promise<void> {
  say('| what | median | least | most |');
  say('| --- | ---: | ---: | ---: |');
  const disk: number[] = [];
  const journaled: number[] = [];
  const ratios: number[] = [];
  const inOneGo: number[] = [];
  const inOneGoRatios: number[] = [];
  for (let run = 0; run < runs; run++) {
    const own = mkdtempSync(join(folder, 'apbus-bench-journal-'));
    try {
      const { written, durableNs } = await write({ messageBytes: 1024, seconds }, join(own, 'journal'));
      const recorded = written * recordBytes(1024);
      journaled.push((recorded / durableNs) * 1e9);
      rmSync(join(own, 'journal'), { recursive: true });
      const bytesWritten = Math.ceil(recorded / 2 ** 20) * 2 ** 20;
      disk.push(rawWriteRate(own, bytesWritten, SYNC_NS));
      inOneGo.push(rawWriteRate(own, bytesWritten, Infinity));
      ratios.push(journaled.at(-1)! / disk.at(-1)!);
      inOneGoRatios.push(journaled.at(-1)! / inOneGo.at(-1)!);
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  }
  row('journal, 1 KB messages, until durable, MB/s', journaled, 1e6);
  row('plain write, synced as often, MB/s', disk, 1e6);
  row('ratio', ratios, 1, 2);
  row('plain write, synced once at the end (as dd conv=fdatasync), MB/s', inOneGo, 1e6);
  row('ratio', inOneGoRatios, 1, 2);

  for (const messageBytes of [64, 1024]) {
    const without: number[] = [];
    const withJournal: number[] = [];
    const shares: number[] = [];
    for (let run = 0; run < runs; run++) {
      const own = mkdtempSync(join(folder, 'apbus-bench-journal-'));
      try {
        without.push(rate(await write({ messageBytes, seconds }, undefined)));
        withJournal.push(rate(await write({ messageBytes, seconds }, join(own, 'journal'))));
        shares.push(withJournal.at(-1)! / without.at(-1)!);
      } finally {
        rmSync(own, { recursive: true, force: true });
      }
    }
    row(`producer alone, ${messageBytes} B, M messages/s`, without, 1e6, 2);
    row(`producer with a journal, ${messageBytes} B, M messages/s`, withJournal, 1e6, 2);
    row('ratio', shares, 1, 2);
  }

  const own = mkdtempSync(join(folder, 'apbus-bench-journal-'));
  try {
    const large = measureLargeJournal(own, bytes);
    const size = `${(large.bytes / 2 ** 30).toFixed(1)} GB, ${large.messages} messages of 256 B`;
    say(`| open a journal of ${size}, and find its middle, ms | ${large.openReaderMs.toFixed(1)} | | |`);
    say(`| open it for writing, ms | ${large.openWriterMs.toFixed(1)} | | |`);
    say(`| replay, 256 B, M messages/s | ${(large.replayedPerSecond / 1e6).toFixed(2)} | | |`);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

function row(what: string, values: readonly number[], unit: number, digits = 0): void {
  const { median, min, max } = spreadOf(values);
  say(`| ${what} | ${[median, min, max].map((value) => (value / unit).toFixed(digits)).join(' | ')} |`);
}

function rate({ written, elapsedNs }: Written): number {
  return (written / elapsedNs) * 1e9;
}

async function write(
  task: Pick<WriterTask, 'messageBytes' | 'seconds'>,
  journal: string | undefined,
): Promise<Written> {
  const directory = mkdtempSync('/dev/shm/apbus-bench-');
  try {
    const writer = fork(fileURLToPath(new URL('./writer.js', import.meta.url)), [
      JSON.stringify({ ...task, directory, journal }),
    ]);
    const [message] = (await once(writer, 'message')) as [Written];
    await once(writer, 'exit');
    return message;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
