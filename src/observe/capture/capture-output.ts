import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BusError, type BusErrorCode } from '../../platform/bus-error.js';
import { loadNative } from '../../platform/load-native.js';
import { systemError } from '../../platform/system-error.js';
import { PART_BYTES_MAX, PART_HEADER_BYTES, preamble, sealPart, type PartHeader } from './format.js';

/** How much is written between two turns of the event loop. */
const TURN_BYTES = 16 * 1024 * 1024;

/** Ends the names of captures that are being written, or whose writers were killed. */
export const UNFINISHED = '.unfinished';

const CODES: Readonly<Record<string, readonly [BusErrorCode, string]>> = {
  ENOSPC: ['ERR_STORAGE_SPACE', 'free space there, write it elsewhere (-o), or capture less (--last, --bytes)'],
  EDQUOT: ['ERR_STORAGE_SPACE', 'the quota is used up: free space, write it elsewhere (-o), or capture less'],
  EFBIG: ['ERR_STORAGE_SPACE', 'files may not be so large there: write it elsewhere (-o), or capture less'],
  EIO: ['ERR_RESOURCES', 'the disk fails: write it elsewhere (-o)'],
  ENOENT: ['ERR_INVALID_ARGUMENT', 'make the folder first'],
  ENOTDIR: ['ERR_INVALID_ARGUMENT', 'name a file in a folder'],
  EACCES: ['ERR_PERMISSION', 'write it where this user may (-o)'],
  EPERM: ['ERR_PERMISSION', 'write it where this user may (-o)'],
  EROFS: ['ERR_PERMISSION', 'write it where this user may (-o)'],
};

/**
 * The file of a capture as it is written: under another name, mode 0600, until it is whole and on the disk. What is not
 * finished is removed. A file that has the name already is left as it is.
 */
export class CaptureOutput {
  /** Where whoever writes a part puts what follows its header. */
  readonly payload: Uint8Array;
  /** What was written so far. */
  bytes = 0;
  private readonly path: string;
  private readonly unfinished: string;
  private readonly file: FileHandle;
  private readonly part = new Uint8Array(PART_HEADER_BYTES + PART_BYTES_MAX);
  private parts = 0;
  private turnAt = TURN_BYTES;

  private constructor(path: string, unfinished: string, file: FileHandle) {
    this.path = path;
    this.unfinished = unfinished;
    this.file = file;
    this.payload = this.part.subarray(PART_HEADER_BYTES);
  }

  /** @throws BusError `ERR_STORAGE_SPACE`, `ERR_PERMISSION`, `ERR_RESOURCES`, `ERR_INVALID_ARGUMENT` */
  static async create(path: string): Promise<CaptureOutput> {
    const name = `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}${UNFINISHED}`;
    const unfinished = join(dirname(path), name);
    const file = await attempt(path, () => open(unfinished, 'wx', 0o600));
    const output = new CaptureOutput(path, unfinished, file);
    try {
      await output.write(preamble());
      return output;
    } catch (error) {
      await output.abandon();
      throw error;
    }
  }

  /** Writes a part of which `bytes` stand in `payload`. */
  async writePart(kind: number, channel: number, position: number, bytes: number): Promise<void> {
    const header: PartHeader = { kind, number: this.parts, channel, position, bytes };
    sealPart(this.part, header);
    this.parts += 1;
    await this.write(this.part.subarray(0, PART_HEADER_BYTES + bytes));
  }

  async writeJson(kind: number, channel: number, value: unknown): Promise<void> {
    const { written, read } = new TextEncoder().encodeInto(JSON.stringify(value), this.payload);
    if (read < JSON.stringify(value).length)
      throw new BusError('ERR_RESOURCES', 'there are too many channels for one capture; name fewer of them');
    await this.writePart(kind, channel, 0, written);
  }

  /** Has it on the disk, and gives it its name. */
  async finish(): Promise<void> {
    await attempt(this.path, () => this.file.sync());
    await attempt(this.path, () => this.file.close());
    const renamed = loadNative().renameNoReplace(this.unfinished, this.path);
    if (renamed < 0) throw isThere(this.path, renamed);
    const folder = await attempt(this.path, () => open(dirname(this.path), 'r'));
    try {
      await attempt(this.path, () => folder.sync());
    } finally {
      await folder.close();
    }
  }

  /** Removes what was written. */
  async abandon(): Promise<void> {
    await this.file.close().catch(() => undefined);
    await rm(this.unfinished, { force: true });
  }

  /** In this thread: to hand it to another one takes longer, on a busy machine, than producers take to overwrite a ring. */
  private async write(bytes: Uint8Array): Promise<void> {
    await attempt(this.path, async () => {
      for (let at = 0; at < bytes.length;) at += writeSync(this.file.fd, bytes, at);
      this.bytes += bytes.length;
      if (this.bytes < this.turnAt) return;
      // lets the event loop turn
      await this.file.stat();
      this.turnAt = this.bytes + TURN_BYTES;
    });
  }
}

function isThere(path: string, result: number): BusError {
  const error = systemError(result, `name the capture ${path}`);
  if (!error.message.includes('EEXIST')) return error;
  return new BusError('ERR_INVALID_ARGUMENT', `${path} is there already, and is left as it is; name another file (-o)`);
}

async function attempt<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const { code = '', message } = cause as { code?: string; message: string };
    const [busCode, advice] = CODES[code] ?? ['ERR_RESOURCES', 'nothing is left of it'];
    throw new BusError(busCode, `cannot write the capture ${path}: ${message}; ${advice}`, { cause });
  }
}
