import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { JournalIdentity } from '#src/journal/file-header.js';
import { JournalReader, type ReaderOptions } from '#src/journal/journal-reader.js';
import { JournalWriter, type WriterOptions } from '#src/journal/journal-writer.js';
import { systemFiles, type JournalFiles } from '#src/journal/journal-files.js';
import type { JournalSettings } from '#src/journal/settings.js';
import { commitWord, kindAndProducer, recordBytes } from '#src/layout/record.js';
import { RECORD, RecordKind } from '#src/layout/schema.js';
import type { Gap } from '#src/ring/gaps.js';

export const IDENTITY: JournalIdentity = {
  channel: 'trades',
  type: 'SPSC',
  capacity: 65_536,
  messageSizeMax: 8000,
  lifeNs: 1_700_000_000_000_000_000n,
};

export function journalFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'apbus-journal-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'trades');
}

export function settingsFor(directory: string, more: Partial<JournalSettings> = {}): JournalSettings {
  return {
    directory,
    replay: true,
    replayWindowMs: Infinity,
    fsync: 'never',
    fsyncIntervalMs: 100,
    rollBytes: 2 ** 28,
    rollMs: 3_600_000,
    retentionBytes: Infinity,
    retentionMs: Infinity,
    retentionForce: false,
    onFailure: 'stop',
    ...more,
  };
}

/** When the record with a sequence was received. */
export function timeOf(sequence: number): bigint {
  return IDENTITY.lifeNs + BigInt(sequence) * 1000n;
}

/** The payload of a record: its sequence as text, as often as it takes. */
export function payloadOf(sequence: number, length: number = 20): Uint8Array {
  return new TextEncoder().encode(`${sequence},`.repeat(length).slice(0, length));
}

/** Records as they stand in a ring. */
export function records(
  first: number,
  count: number,
  length: number = 20,
  kind: number = RecordKind.STAMPED,
): Uint8Array {
  const size = recordBytes(length);
  const bytes = new Uint8Array(count * size);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < count; index++) {
    const sequence = first + index;
    const base = index * size;
    view.setInt32(base + RECORD.at.commit, commitWord(sequence), true);
    view.setInt32(base + RECORD.at.length, length, true);
    view.setFloat64(base + RECORD.at.sequence, sequence, true);
    view.setBigUint64(base + RECORD.at.sentNs, timeOf(sequence), true);
    view.setBigUint64(base + RECORD.at.receivedNs, timeOf(sequence), true);
    view.setFloat64(base + RECORD.at.kind, kindAndProducer(kind, 3), true);
    bytes.set(payloadOf(sequence, length), base + RECORD.bytes);
  }
  return bytes;
}

/** Appends batches of records that follow what is there, each of `perBatch`. */
export function write(writer: JournalWriter, batches: number, perBatch: number = 1, length: number = 20): void {
  for (let batch = 0; batch < batches; batch++) {
    const { position, sequence } = writer.next ?? { position: 0, sequence: 0 };
    const [firstNs, lastNs] = [timeOf(sequence), timeOf(sequence + perBatch - 1)];
    writer.append(records(sequence, perBatch, length), { position, sequence, count: perBatch, firstNs, lastNs });
  }
}

export function openWriter(directory: string, more: Partial<JournalSettings> = {}, options: WriterOptions = {}) {
  return JournalWriter.open(settingsFor(directory, more), IDENTITY, options);
}

export interface ReadBack {
  readonly sequences: number[];
  readonly texts: string[];
  readonly gaps: Gap[];
  readonly lost: number;
}

/** All that a journal hands out from a place on. */
export function readAll(
  directory: string,
  from?: Parameters<JournalReader['seek']>[0],
  options: ReaderOptions = {},
): ReadBack {
  const gaps: Gap[] = [];
  const reader = JournalReader.open(directory, { ...options, onGap: (gap) => gaps.push(gap) });
  try {
    if (from !== undefined) reader.seek(from);
    const sequences: number[] = [];
    const texts: string[] = [];
    const take = (): number =>
      reader.poll((message) => {
        sequences.push(message.sequence);
        texts.push(new TextDecoder().decode(message.bytes));
      });
    while (take() > 0);
    return { sequences, texts, gaps, lost: reader.lost };
  } finally {
    reader.close();
  }
}

export const upTo = (end: number, first: number = 0): number[] =>
  Array.from({ length: end - first }, (_unused, index) => first + index);

/** Files that fail when told to. */
export class FailingFiles {
  readonly files: JournalFiles;
  /** Called before each operation; throws to have it fail. */
  before: (operation: keyof JournalFiles) => void = () => undefined;
  /** Bytes that the next write manages before it fails. */
  shortWrite: number | undefined;

  constructor() {
    const files: JournalFiles = { ...systemFiles };
    for (const operation of Object.keys(files) as (keyof JournalFiles)[]) {
      const original = files[operation] as (...args: unknown[]) => unknown;
      (files as unknown as Record<string, unknown>)[operation] = (...args: unknown[]): unknown => {
        if (operation === 'write' && this.shortWrite !== undefined) {
          const [fd, parts, position] = args as Parameters<JournalFiles['write']>;
          const whole = Buffer.concat(parts);
          systemFiles.write(fd, [whole.subarray(0, this.shortWrite)], position);
          throw systemFailure('ENOSPC', 28);
        }
        this.before(operation);
        return original(...args);
      };
    }
    this.files = files;
  }
}

export function systemFailure(code: string, errno: number): Error {
  return Object.assign(new Error(`${code}: it was told to fail`), { code, errno: -errno });
}
