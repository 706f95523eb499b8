import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ensureDirectory, quarantinePath } from '../layout/directory.js';
import { removeFile } from '../layout/private-file.js';
import { HEADER_BYTES } from '../layout/record.js';
import { BusError } from '../platform/bus-error.js';
import { lateZlib } from '../platform/late-modules.js';

const FORMAT = 1;
/** Of a channel, all its consumers together: a stream of bad messages must not fill the memory. */
const ENTRIES_MAX = 1000;
const NEWLINE = 0x0a;

/** What is to become of a message that was set aside; the extension of its file. */
export const QuarantineState = {
  /** Kept for somebody to look at. */
  SET_ASIDE: 'msg',
  /** Its consumer is to get it again. */
  REQUESTED: 'again',
  /** Its consumer is at it, or died at it. */
  TRYING: 'trying',
} as const;
export type QuarantineState = (typeof QuarantineState)[keyof typeof QuarantineState];

/** What is known of a message that was set aside. */
export interface QuarantineNote {
  readonly channel: string;
  readonly consumer: string;
  readonly sequence: number;
  /** How often in a row its handler failed. */
  readonly failures: number;
  /** How it failed the last time: the process died in the handler, or the handler threw. */
  readonly reason: 'died' | 'threw';
  /** What was thrown, in words. */
  readonly error?: string | undefined;
  /** When it was set aside, ns since the epoch, as text because it does not fit a JSON number. */
  readonly atNs: string;
  /** Service that produced it, as far as it is still known. */
  readonly producer: string;
  /** Payload bytes. */
  readonly bytes: number;
}

export interface QuarantineEntry extends QuarantineNote {
  readonly state: QuarantineState;
  readonly path: string;
}

/**
 * The messages of a channel that its consumers have set aside because they failed at them again and again: a file each,
 * `<channel>.quarantine/<consumer>-<sequence>.<state>`, a line of JSON and then the record, header and payload. A file is
 * complete or not there (it is renamed into place), and belongs to one consumer, which alone delivers it again.
 */
export class Quarantine {
  readonly folder: string;
  private readonly channel: string;

  constructor(directory: string, channel: string) {
    this.folder = quarantinePath(directory, channel);
    this.channel = channel;
  }

  /**
   * Sets a message aside; false when it was there already. Once it returns, the message is safe.
   *
   * @throws BusError `ERR_STORAGE_SPACE` when there are too many or no room, `ERR_PERMISSION`
   */
  add(note: QuarantineNote, record: Uint8Array): boolean {
    ensureDirectory(this.folder);
    const names = this.names();
    const stem = stemOf(note.consumer, note.sequence);
    if (names.some((name) => name.startsWith(`${stem}.`) && !name.endsWith('.new'))) return false;
    if (names.length >= ENTRIES_MAX) {
      throw this.error(
        'ERR_STORAGE_SPACE',
        `${this.folder} has ${names.length} messages already, at most ${ENTRIES_MAX} are kept; look at them with apbus quarantine, then drop or redeliver them`,
      );
    }
    const head = JSON.stringify({ format: FORMAT, ...note, crc32: lateZlib().crc32(record) });
    const path = join(this.folder, `${stem}.${QuarantineState.SET_ASIDE}`);
    const unfinished = `${path}.new`;
    try {
      removeFile(unfinished);
      writeFileSync(unfinished, Buffer.concat([Buffer.from(`${head}\n`), record]), { mode: 0o600, flag: 'wx' });
      renameSync(unfinished, path);
    } catch (cause) {
      removeFile(unfinished);
      throw this.error('ERR_STORAGE_SPACE', `cannot write ${path}: ${(cause as Error).message}`, cause);
    }
    return true;
  }

  /** What is there, in order of sequence; damaged files are left out and named by {@link damaged}. */
  list(): QuarantineEntry[] {
    return this.names()
      .flatMap((name) => this.entryOf(name) ?? [])
      .sort((a, b) => a.sequence - b.sequence || (a.consumer < b.consumer ? -1 : 1));
  }

  /** Files that are no entries, with why. */
  damaged(): { path: string; reason: string }[] {
    return this.names().flatMap((name) => {
      const path = join(this.folder, name);
      if (name.endsWith('.new')) return [];
      try {
        this.parse(path);
        return [];
      } catch (error) {
        return [{ path, reason: (error as Error).message }];
      }
    });
  }

  /** The record of an entry: header, then payload. */
  read({ path }: QuarantineEntry): Uint8Array {
    return this.parse(path).record;
  }

  /** Says what is to become of an entry; answers it as it is now, or undefined when somebody else has moved it. */
  move(entry: QuarantineEntry, state: QuarantineState): QuarantineEntry | undefined {
    const path = join(this.folder, `${stemOf(entry.consumer, entry.sequence)}.${state}`);
    try {
      renameSync(entry.path, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw this.error('ERR_PERMISSION', `cannot rename ${entry.path}: ${(error as Error).message}`, error);
    }
    return { ...entry, state, path };
  }

  remove(entry: QuarantineEntry): void {
    removeFile(entry.path);
  }

  private names(): string[] {
    try {
      return readdirSync(this.folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw this.error('ERR_PERMISSION', `cannot read ${this.folder}: ${(error as Error).message}`, error);
    }
  }

  private entryOf(name: string): QuarantineEntry | undefined {
    const state = Object.values(QuarantineState).find((extension) => name.endsWith(`.${extension}`));
    if (state === undefined) return undefined;
    const path = join(this.folder, name);
    try {
      const { note } = this.parse(path);
      return name === `${stemOf(note.consumer, note.sequence)}.${state}` ? { ...note, state, path } : undefined;
    } catch (error) {
      if (BusError.is(error)) return undefined;
      throw error;
    }
  }

  /** Reads and checks a file: nothing of it is believed that does not add up. */
  private parse(path: string): { note: QuarantineNote; record: Uint8Array } {
    const data = readPrivate(path, (why) => this.error('ERR_CORRUPT', `${path} ${why}`));
    const end = data.indexOf(NEWLINE);
    const head = noteIn(data.subarray(0, Math.max(end, 0)));
    const record = data.subarray(end + 1);
    const isWhole =
      head !== undefined && record.length === HEADER_BYTES + head.bytes && lateZlib().crc32(record) === head.crc32;
    if (!isWhole) throw this.error('ERR_CORRUPT', `${path} is not a whole message that was set aside; remove it`);
    const { crc32: _sum, format: _format, ...note } = head;
    return { note, record };
  }

  private error(code: 'ERR_STORAGE_SPACE' | 'ERR_PERMISSION' | 'ERR_CORRUPT', what: string, cause?: unknown): BusError {
    return new BusError(code, `channel ${this.channel}: ${what}`, { channel: this.channel, cause });
  }
}

/** The name of a file without its state; the consumer's name may have any characters. */
function stemOf(consumer: string, sequence: number): string {
  return `${encodeURIComponent(consumer)}-${sequence}`;
}

function readPrivate(path: string, refuse: (why: string) => BusError): Buffer {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw refuse(`cannot be opened: ${(error as Error).message}`);
  }
  try {
    if (!fstatSync(fd).isFile()) throw refuse('is not an ordinary file');
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

type Head = QuarantineNote & { readonly format: number; readonly crc32: number };

function noteIn(line: Uint8Array): Head | undefined {
  let head: Partial<Record<keyof Head, unknown>>;
  try {
    head = JSON.parse(Buffer.from(line).toString()) as typeof head;
  } catch {
    return undefined;
  }
  if (typeof head !== 'object' || head === null) return undefined;
  const texts = [head.channel, head.consumer, head.reason, head.atNs, head.producer];
  const numbers = [head.sequence, head.failures, head.bytes, head.crc32];
  const isSound =
    head.format === FORMAT && texts.every((text) => typeof text === 'string') && numbers.every(Number.isSafeInteger);
  return isSound ? (head as Head) : undefined;
}
