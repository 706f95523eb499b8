import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordBytes } from '#src/layout/record.js';
import { runBench } from '../command.js';
import { wholePositive } from '../options.js';
import { Placement } from '../run/placement.js';
import { sayRow } from '../report/spread-row.js';
import { ratiosOf, spreadOf } from '../statistics/spread.js';
import { BURST, type Written } from './channel.js';
import { measureLargeJournal } from './large-journal.js';
import { rawWriteRate } from './raw-disk.js';
import { withFolder, write } from './write.js';

/*
 * `npm run bench:journal`: what recording costs, what it reaches, and how fast a journal is read. Ring 16 MB, SPMC, fsync =
 * interval (100 ms). A writer that writes as fast as it can has no consumer, and the recorder is a thread of its process. A
 * paced one has a consumer that sleeps (`subscribe`) in another process, with a journal and without, and the recorder is a
 * thread of that one: three that run, measured with a processor for the writer and another one for the two, and where the
 * kernel places them. Exit code: 0 when it was measured; 2 for a wrong command line.
 */

const USAGE = `npm run bench:journal -- [options]

  --runs N          of each measurement, in turn (default 5)
  --seconds N       that a writer writes (default 3)
  --megabytes N     of the journal that is opened and read (default 10240)
  --folder PATH     where journals are written: a folder on the disk to be measured (default: the temporary one)
  --help            this text
`;

/** fsync_interval_ms of the journal. */
const SYNC_NS = 100e6;
/** Of what the disk takes: a journal of so much keeps up. */
const PACED_SHARE = 0.5;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await runBench('bench:journal', USAGE, ['runs', 'seconds', 'megabytes', 'folder'], async (values) => {
  const runs = wholePositive('--runs', values.runs, 5);
  const seconds = wholePositive('--seconds', values.seconds, 3);
  const megabytes = wholePositive('--megabytes', values.megabytes, 10_240);
  const folder = values.folder ?? tmpdir();
  say('| what | median | least | most |');
  say('| --- | ---: | ---: | ---: |');
  const bytesPerSecond = await measureSustained(runs, seconds, folder);
  for (const messageBytes of [64, 1024]) {
    const rate = (bytesPerSecond * PACED_SHARE) / recordBytes(messageBytes);
    const placement = Placement.detect();
    await measureBeside(runs, { messageBytes, seconds, rate }, folder, placement);
    await measureBeside(runs, { messageBytes, seconds, rate }, folder);
    await measureBeside(runs, { messageBytes, seconds }, folder);
  }
  await measureReading(megabytes * 2 ** 20, folder);
});

/** What the journal takes, against plain writes to the same disk; answers its bytes a second. */
async function measureSustained(runs: number, seconds: number, folder: string): Promise<number> {
  const journaled: number[] = [];
  const asOften: number[] = [];
  const inOneGo: number[] = [];
  for (let run = 0; run < runs; run++) {
    await withFolder(folder, async (own) => {
      const { written, durableNs } = await write({ messageBytes: 1024, seconds }, join(own, 'journal'));
      const recorded = written * recordBytes(1024);
      journaled.push((recorded / durableNs) * 1e9);
      rmSync(join(own, 'journal'), { recursive: true });
      const bytesWritten = Math.ceil(recorded / 2 ** 20) * 2 ** 20;
      inOneGo.push(rawWriteRate(own, bytesWritten, Infinity));
      asOften.push(rawWriteRate(own, bytesWritten, SYNC_NS));
    });
  }
  sayRow('journal, 1 KB messages, until durable, MB/s', spreadOf(journaled), 1e6);
  sayRow('plain write, synced once at the end (as dd conv=fdatasync), MB/s', spreadOf(inOneGo), 1e6);
  sayRow('ratio', ratiosOf(journaled, inOneGo), 1, 2);
  sayRow('plain write, synced as often as the journal, MB/s', spreadOf(asOften), 1e6);
  sayRow('ratio', ratiosOf(journaled, asOften), 1, 2);
  return spreadOf(journaled).median;
}

interface Beside {
  readonly messageBytes: number;
  readonly seconds: number;
  readonly rate?: number;
}

/**
 * A producer with a journal and without. A paced one writes in bursts, and what counts is how fast those are: the journal
 * keeps up, and what it costs is what it takes of the producer's lines and processor. The median burst says what it takes of
 * the lines; all of them together, also what is lost while others have the producer's processor.
 */
async function measureBeside(runs: number, task: Beside, folder: string, placement?: Placement): Promise<void> {
  const without: Written[] = [];
  const withJournal: Written[] = [];
  for (let run = 0; run < runs; run++) {
    await withFolder(folder, async (own) => {
      without.push(await write(task, undefined, placement));
      withJournal.push(await write(task, join(own, 'journal'), placement));
    });
  }
  const { messageBytes, rate } = task;
  const place = placement === undefined ? 'free' : 'bound';
  const pace = rate === undefined ? 'as fast as it is taken' : `bursts, ${(rate / 1e6).toFixed(2)} M/s, ${place}`;
  sayRatio(`${messageBytes} B, ${pace}`, without.map(throughput), withJournal.map(throughput));
  if (rate !== undefined)
    sayRatio(`${messageBytes} B, ${pace}, median burst`, without.map(burstRate), withJournal.map(burstRate));
}

function sayRatio(what: string, without: number[], withJournal: number[]): void {
  sayRow(`producer alone, ${what}, M messages/s`, spreadOf(without), 1e6, 2);
  sayRow(`with a journal, ${what}, M messages/s`, spreadOf(withJournal), 1e6, 2);
  sayRow('ratio', ratiosOf(withJournal, without), 1, 2);
}

function throughput({ written, busyNs }: Written): number {
  return (written / busyNs) * 1e9;
}

function burstRate({ burstNs }: Written): number {
  return (BURST / burstNs) * 1e9;
}

async function measureReading(bytes: number, folder: string): Promise<void> {
  await withFolder(folder, (own) => {
    const large = measureLargeJournal(own, bytes);
    const size = `${(large.bytes / 2 ** 30).toFixed(1)} GB, ${large.messages} messages of 256 B`;
    say(`| open a journal of ${size}, and find its middle, ms | ${large.openReaderMs.toFixed(1)} | | |`);
    say(`| open it for writing, ms | ${large.openWriterMs.toFixed(1)} | | |`);
    say(`| replay, 256 B, M messages/s | ${(large.replayedPerSecond / 1e6).toFixed(2)} | | |`);
    return Promise.resolve();
  });
}
