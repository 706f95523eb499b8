import { resolve } from 'node:path';
import { BusError } from '../../platform/bus-error.js';
import { readCapture, readJson } from './capture-reader.js';
import { PartKind, type CaptureHead, type ChannelFacts, type PartHeader, type UncapturedChannel } from './format.js';
import { UnfoldedSegment } from './unfolded-segment.js';
import { UnfoldingFolder } from './unfolding-folder.js';

/**
 * A capture, opened: a directory with the segments of its channels, to be looked at like those of a bus. All of it was
 * checked. The directory is this process's own, takes as much space as was captured, and is gone when this is disposed of.
 */
export class OpenedCapture implements Disposable {
  readonly directory: string;
  readonly file: string;
  readonly head: CaptureHead;
  readonly channels: readonly ChannelFacts[];
  /** Channels that were asked for and could not be captured. */
  readonly unusable: readonly UncapturedChannel[];
  private readonly folder: UnfoldingFolder;

  /**
   * @throws BusError `ERR_INVALID_ARGUMENT` when there is no such file; `ERR_LAYOUT_MISMATCH` for one of another version;
   * `ERR_CORRUPT` for what is damaged, cut off, or no capture; `ERR_STORAGE_SPACE` without room to unfold it
   */
  constructor(file: string) {
    this.file = resolve(file);
    this.folder = new UnfoldingFolder();
    this.directory = this.folder.path;
    try {
      const unfolding = new Unfolding(this.file, this.directory);
      this.unusable = unfolding.read();
      this.head = unfolding.head!;
      this.channels = unfolding.channels;
    } catch (error) {
      this[Symbol.dispose]();
      throw withAdvice(error, this.directory);
    }
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

class Unfolding {
  head: CaptureHead | undefined;
  readonly channels: ChannelFacts[] = [];
  private readonly file: string;
  private readonly directory: string;
  private segment: UnfoldedSegment | undefined;
  private index = -1;

  constructor(file: string, directory: string) {
    this.file = file;
    this.directory = directory;
  }

  read(): readonly UncapturedChannel[] {
    try {
      const { unusable } = readCapture(this.file, {
        head: (head) => (this.head = head),
        part: (header, bytes) => this.take(header, bytes),
      });
      return unusable;
    } finally {
      this.segment?.[Symbol.dispose]();
    }
  }

  private take(header: PartHeader, bytes: Uint8Array): void {
    if (header.kind === PartKind.CONTROL) {
      this.segment?.[Symbol.dispose]();
      this.segment = new UnfoldedSegment(this.directory, bytes, this.file);
      this.index = header.channel;
      return;
    }
    const { segment } = this;
    if (segment === undefined || header.channel !== this.index)
      throw this.damaged(`part ${header.number} is of a channel that has not begun`);
    if (header.kind === PartKind.CLAIMS) segment.putClaims(header.position, bytes);
    else if (header.kind === PartKind.RING) segment.putRing(header.position, bytes);
    else if (header.kind === PartKind.CHANNEL) this.finish(segment, bytes);
    else throw this.damaged(`part ${header.number} is of kind ${header.kind}, which nobody knows`);
  }

  private finish(segment: UnfoldedSegment, bytes: Uint8Array): void {
    const facts = readJson(bytes);
    if (!isFacts(facts)) throw this.damaged(`what it says of channel ${segment.shape.name} is not whole`);
    const { takenMs, machine, clockOffsetNs } = this.head!;
    const { locked, stopped, controlReadNs } = facts;
    const monotonicNs = controlReadNs[1];
    const wallMs = (monotonicNs + Number(clockOffsetNs)) / 1e6;
    segment.finish(facts, { file: this.file, takenMs, machine, monotonicNs, wallMs, locked, stopped });
    this.channels.push(facts);
    segment[Symbol.dispose]();
    this.segment = undefined;
  }

  private damaged(found: string): BusError {
    return new BusError('ERR_CORRUPT', `${this.file} is damaged: ${found}`);
  }
}

function isFacts(facts: Partial<ChannelFacts> | undefined): facts is ChannelFacts {
  const { locked, stopped, controlReadNs, front, tail } = facts ?? {};
  const isNumbers = (list: unknown): boolean => Array.isArray(list) && list.every((entry) => typeof entry === 'number');
  return [locked, stopped, controlReadNs].every(isNumbers) && controlReadNs?.length === 2 && !!front && !!tail;
}

function withAdvice(error: unknown, directory: string): unknown {
  const { code, message } = error as { code?: string; message: string };
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && code !== 'EFBIG') return error;
  const found = `cannot unfold the capture in ${directory}: ${message}`;
  const advice = 'free space there, or set TMPDIR to a folder with room for it';
  return new BusError('ERR_STORAGE_SPACE', `${found}; ${advice}`, { cause: error });
}
