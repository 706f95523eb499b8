import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { JournalReader } from 'alphapulse-bus/journal';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { numberOfRecorded, RECORDED, recordedToml, type RecordedOptions } from './recorded-channel.js';

const APBUS = script(import.meta.url, '../../../dist/cli/apbus.js');

/** A recorded channel of a test, and the processes that use it. */
export interface Scene {
  readonly directory: string;
  readonly options: RecordedOptions;
  readonly folder: string;
  readonly writer: (first: number, count?: number, durable?: string) => Promise<TestProcess>;
  readonly reader: (from: unknown) => Promise<TestProcess>;
  /** One whose name is kept; `each`: says every message; `halting`: stands still now and then. */
  readonly follower: (service: string, from: unknown, each?: 'each' | 'halting') => Promise<TestProcess>;
  /** `apbus record`: says nothing before it records. */
  readonly recorder: () => TestProcess;
}

export function scene(t: TestContext, more: Partial<RecordedOptions> = {}): Scene {
  const directory = temporaryDirectory(t);
  const journal = more.journal ?? mkdtempSync(join(tmpdir(), 'apbus-recording-'));
  const processes: TestProcess[] = [];
  t.after(async () => {
    // those that record would make files in it anew
    await Promise.all(processes.map((process) => process.kill()));
    rmSync(journal, { recursive: true, force: true });
  });
  const options: RecordedOptions = { type: 'SPMC', ...more, journal };
  const start = async (actor: string, ...args: string[]): Promise<TestProcess> => {
    const process = startProcess(t, script(import.meta.url, `./actors/${actor}.js`), [
      directory,
      JSON.stringify(options),
      ...args,
    ]);
    processes.push(process);
    await process.line('ready');
    return process;
  };
  return {
    directory,
    options,
    folder: join(journal, RECORDED),
    writer: (first, count = 0, durable = '') => start('recorded-writer', String(first), String(count), durable),
    reader: (from) => start('recorded-reader', JSON.stringify(from)),
    follower: (service, from, each) => start('recorded-follower', service, JSON.stringify(from), each ?? ''),
    recorder: () => {
      const file = join(directory, 'bus.toml');
      writeFileSync(file, recordedToml(options));
      const process = startProcess(t, APBUS, ['record', '-c', file, '--directory', directory]);
      processes.push(process);
      return process;
    },
  };
}

export interface Recorded {
  readonly sequence: number;
  readonly n: number;
  readonly text: string;
  readonly receivedNs: bigint;
}

/** All that is recorded, a poll at a time. */
export function* readRecorded(folder: string): Generator<Recorded> {
  const reader = JournalReader.open(folder);
  try {
    for (let some: Recorded[] = []; ; some = []) {
      const taken = reader.poll(({ sequence, bytes, busReceivedNs }) => {
        const text = new TextDecoder().decode(bytes);
        some.push({ sequence, n: numberOfRecorded(text), text, receivedNs: busReceivedNs });
      });
      if (taken === 0) return;
      yield* some;
    }
  } finally {
    reader.close();
  }
}

export const recordedIn = (folder: string): Recorded[] => [...readRecorded(folder)];

/** The number after a word that a process said last; it says ascending ones. */
export const lastSaid = (process: TestProcess, word: string): number =>
  Number(process.lines.findLast((line) => line.startsWith(word))?.split(' ')[1] ?? -1);
