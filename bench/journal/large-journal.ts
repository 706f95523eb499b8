import { JournalReader } from '#src/journal/journal-reader.js';
import { JournalWriter } from '#src/journal/journal-writer.js';
import type { JournalSettings } from '#src/journal/settings.js';
import { commitWord, kindAndProducer, recordBytes } from '#src/layout/record.js';
import { RECORD, RecordKind } from '#src/layout/schema.js';

const IDENTITY = { channel: 'large', type: 'SPMC', capacity: 2 ** 24, messageSizeMax: 65_536, lifeNs: 1n } as const;

/** What a journal of that many bytes of 256-byte messages costs to open and to read. */
export interface LargeJournal {
  readonly bytes: number;
  readonly messages: number;
  readonly openReaderMs: number;
  readonly openWriterMs: number;
  readonly replayedPerSecond: number;
}

/** Writes a journal that large, through the writer itself, and measures on it. */
export function measureLargeJournal(directory: string, bytes: number): LargeJournal {
  const settings: JournalSettings = {
    directory,
    replay: true,
    replayWindowMs: Infinity,
    fsync: 'interval',
    fsyncIntervalMs: 100,
    rollBytes: 2 ** 28,
    rollMs: Infinity,
    retentionBytes: Infinity,
    retentionMs: Infinity,
    retentionForce: false,
    onFailure: 'stop',
  };
  const writer = JournalWriter.open(settings, IDENTITY);
  const size = recordBytes(256);
  const count = Math.floor((256 * 1024) / size);
  const records = new Uint8Array(count * size);
  const view = new DataView(records.buffer);
  let sequence = 0;
  for (let at = 0; at < bytes; at += records.length) {
    for (let n = 0; n < count; n++) putHeader(view, n * size, sequence + n);
    const ns = BigInt(sequence) * 1000n + 1n;
    writer.append(records, { position: sequence * size, sequence, count, firstNs: ns, lastNs: ns });
    if ((sequence / count) % 512 === 0) writer.sync();
    sequence += count;
  }
  writer.close();

  const openReaderMs = timed(() => {
    const reader = JournalReader.open(directory);
    reader.seek({ sequence: Math.floor(sequence / 2) });
    if (!reader.settle()) throw new Error('the message in the middle was not found');
    reader.close();
  });
  const openWriterMs = timed(() => JournalWriter.open(settings, IDENTITY).close());
  return { bytes, messages: sequence, openReaderMs, openWriterMs, replayedPerSecond: replay(directory) };
}

function replay(directory: string): number {
  const reader = JournalReader.open(directory);
  let messages = 0;
  let sum = 0;
  const started = process.hrtime.bigint();
  const take = ({ view, offset }: { view: DataView; offset: number }): void => {
    messages += 1;
    sum += view.getUint8(offset);
  };
  while (messages < 4_000_000 && reader.poll(take, 1024) > 0);
  const elapsedNs = Number(process.hrtime.bigint() - started);
  reader.close();
  if (sum < 0) throw new Error('never');
  return (messages / elapsedNs) * 1e9;
}

function putHeader(view: DataView, base: number, sequence: number): void {
  view.setInt32(base + RECORD.at.commit, commitWord(sequence), true);
  view.setInt32(base + RECORD.at.length, 256, true);
  view.setFloat64(base + RECORD.at.sequence, sequence, true);
  view.setFloat64(base + RECORD.at.kind, kindAndProducer(RecordKind.STAMPED, 0), true);
}

function timed(work: () => void): number {
  const started = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - started) / 1e6;
}
