import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { LAYOUT_HASH, LAYOUT_VERSION } from '../../layout/schema.js';
import { BusError } from '../../platform/bus-error.js';
import {
  CAPTURE_VERSION,
  openPart,
  PART_BYTES_MAX,
  PART_HEADER_BYTES,
  PartKind,
  payloadChecksum,
  preamble,
  PREAMBLE_BYTES,
  PREAMBLE_TEXT,
  type CaptureEnd,
  type CaptureHead,
  type PartHeader,
} from './format.js';

/** What is in a capture, in the order of the file; `bytes` are valid until the handler returns. */
export interface CaptureVisitor {
  head(head: CaptureHead): void;
  part(header: PartHeader, bytes: Uint8Array): void;
}

/**
 * Reads a capture from its beginning to its end, and checks every byte of it. What the visitor was given counts only when
 * this has returned.
 *
 * @throws BusError `ERR_INVALID_ARGUMENT` when there is no such file; `ERR_LAYOUT_MISMATCH` for one of another version;
 * `ERR_CORRUPT` for what is damaged, cut off, or no capture
 */
export function readCapture(path: string, visitor: CaptureVisitor): CaptureEnd {
  const fd = openFile(path);
  try {
    return new CaptureReader(path, fd).read(visitor);
  } finally {
    closeSync(fd);
  }
}

class CaptureReader {
  private readonly path: string;
  private readonly fd: number;
  /** Room for the longest part so far. */
  private buffer = new Uint8Array(64 * 1024);
  private readonly size: number;
  private offset = 0;
  private number = 0;

  constructor(path: string, fd: number) {
    this.path = path;
    this.fd = fd;
    this.size = fstatSync(fd).size;
  }

  read(visitor: CaptureVisitor): CaptureEnd {
    this.checkPreamble();
    visitor.head(this.readHead());
    for (;;) {
      const header = this.next();
      const bytes = this.buffer.subarray(PART_HEADER_BYTES, PART_HEADER_BYTES + header.bytes);
      if (header.kind !== PartKind.END) {
        visitor.part(header, bytes);
        continue;
      }
      const end = readJson(bytes) as CaptureEnd | undefined;
      if (end === undefined || !Array.isArray(end.unusable)) throw this.damaged('its last part says nothing');
      if (this.offset < this.size) throw this.damaged(`${this.size - this.offset} bytes stand behind its end`);
      return end;
    }
  }

  private checkPreamble(): void {
    const expected = preamble();
    const found = this.buffer.subarray(0, PREAMBLE_BYTES);
    const bytes = this.fill(0, PREAMBLE_BYTES);
    const text = Buffer.from(found.subarray(0, Math.min(bytes, PREAMBLE_TEXT.length))).toString('latin1');
    if (!PREAMBLE_TEXT.startsWith(text) || bytes === 0) {
      const shown = JSON.stringify(text);
      const hint = 'captures are made by apbus capture; the segments of a bus are opened with --directory';
      throw new BusError('ERR_CORRUPT', `${this.path} is no capture: it starts with ${shown}; ${hint}`);
    }
    if (bytes < PREAMBLE_BYTES) throw this.cutOff();
    const version = new DataView(found.buffer).getUint32(8, true);
    if (Buffer.compare(found.subarray(12), preambleCrc(found)) !== 0)
      throw this.damaged('its first 16 bytes are not whole');
    if (Buffer.compare(found, expected) !== 0) {
      const ours = `this package reads version ${CAPTURE_VERSION}`;
      throw new BusError('ERR_LAYOUT_MISMATCH', `${this.path} is a capture of version ${version}; ${ours}`);
    }
    this.offset = PREAMBLE_BYTES;
  }

  private readHead(): CaptureHead {
    const { kind, bytes } = this.next();
    const head = readJson(this.buffer.subarray(PART_HEADER_BYTES, PART_HEADER_BYTES + bytes)) as
      | CaptureHead
      | undefined;
    const isHead =
      kind === PartKind.HEAD &&
      typeof head?.takenMs === 'number' &&
      typeof head.machine === 'string' &&
      Number.isFinite(Number(head.clockOffsetNs)) &&
      typeof head.layoutHash === 'number';
    if (head === undefined || !isHead) throw this.damaged('its first part does not say what it is');
    if (head.layoutHash === LAYOUT_HASH && head.layoutVersion === LAYOUT_VERSION) return head;
    throw new BusError(
      'ERR_LAYOUT_MISMATCH',
      `${this.path} was captured by version ${head.packageVersion} of this package, of segments with layout version ` +
        `${head.layoutVersion} (hash ${head.layoutHash.toString(16)}); this one has ${LAYOUT_VERSION} ` +
        `(hash ${LAYOUT_HASH.toString(16)}). Open it with version ${head.packageVersion}`,
    );
  }

  /** Reads the next part into the buffer. */
  private next(): PartHeader {
    const { number, offset } = this;
    const headerBytes = this.fill(0, PART_HEADER_BYTES);
    if (headerBytes < PART_HEADER_BYTES) throw this.cutOff();
    const header = openPart(this.buffer);
    if (header === undefined || header.bytes > PART_BYTES_MAX)
      throw this.damaged(`the header of part ${number}, at byte ${offset}, is not what was written`);
    if (header.number !== number)
      throw this.damaged(`part ${header.number} stands at byte ${offset}, expected was part ${number}`);
    this.offset += PART_HEADER_BYTES;
    if (PART_HEADER_BYTES + header.bytes > this.buffer.length)
      this.buffer = new Uint8Array(PART_HEADER_BYTES + header.bytes);
    const bytes = this.fill(PART_HEADER_BYTES, header.bytes);
    if (bytes < header.bytes) throw this.cutOff();
    if (payloadChecksum(this.buffer.subarray(PART_HEADER_BYTES, PART_HEADER_BYTES + bytes)) !== header.payloadCrc)
      throw this.damaged(`part ${number}, at byte ${offset}, has another checksum than was written`);
    this.offset += bytes;
    this.number += 1;
    return header;
  }

  /** Reads so many bytes of the file to a place in the buffer; fewer at its end. */
  private fill(to: number, bytes: number): number {
    let got = 0;
    while (got < bytes) {
      const read = readSync(this.fd, this.buffer, to + got, bytes - got, this.offset + got);
      if (read === 0) break;
      got += read;
    }
    return got;
  }

  private damaged(found: string): BusError {
    return new BusError('ERR_CORRUPT', `${this.path} is damaged: ${found}. Copy it again from where it was made`);
  }

  private cutOff(): BusError {
    return this.damaged(`it ends after ${this.size} bytes, in part ${this.number}, before its end`);
  }
}

function preambleCrc(found: Uint8Array): Uint8Array {
  const crc = new Uint8Array(4);
  new DataView(crc.buffer).setUint32(0, payloadChecksum(found.subarray(0, 12)), true);
  return crc;
}

function openFile(path: string): number {
  try {
    const fd = openSync(path, 'r');
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
  } catch (cause) {
    const code = (cause as { code?: string }).code === 'ENOENT' ? 'ERR_INVALID_ARGUMENT' : 'ERR_PERMISSION';
    throw new BusError(code, `cannot open the capture ${path}: ${(cause as Error).message}`, { cause });
  }
  throw new BusError('ERR_INVALID_ARGUMENT', `${path} is no file; expected a capture, as apbus capture makes it`);
}

/** The value of a JSON part; undefined when it is none. */
export function readJson(bytes: Uint8Array): object | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
