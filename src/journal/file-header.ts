import { channelTypeOf } from '../layout/geometry.js';
import { ChannelTypeCode, type ChannelType } from '../layout/schema.js';
import { checksum, FILE_HEADER, FILE_MAGIC, FORMAT_VERSION } from './format.js';
import { journalError } from './journal-error.js';

const { at } = FILE_HEADER;

/** Whose records are in a journal. */
export interface JournalIdentity {
  readonly channel: string;
  readonly type: ChannelType;
  /** Bytes of the ring. */
  readonly capacity: number;
  readonly messageSizeMax: number;
  /** When the channel's segment was made, ns since the epoch: its sequences begin anew with each. */
  readonly lifeNs: bigint;
}

export interface FileHeader extends JournalIdentity {
  /** How many lives of the channel the journal has seen with this one: tells their order, as no clock does; 0: not known. */
  readonly lifeNumber: number;
  readonly firstSequence: number;
  readonly firstPosition: number;
  /** ms since the epoch. */
  readonly startedMs: number;
}

export function encodeFileHeader(header: FileHeader): Uint8Array {
  const bytes = new Uint8Array(FILE_HEADER.bytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(at.magic, FILE_MAGIC, true);
  view.setUint32(at.formatVersion, FORMAT_VERSION, true);
  view.setUint32(at.channelType, ChannelTypeCode[header.type], true);
  view.setUint32(at.messageSizeMax, header.messageSizeMax, true);
  view.setBigUint64(at.capacity, BigInt(header.capacity), true);
  view.setBigUint64(at.lifeNs, header.lifeNs, true);
  view.setFloat64(at.firstSequence, header.firstSequence, true);
  view.setFloat64(at.firstPosition, header.firstPosition, true);
  view.setFloat64(at.startedMs, header.startedMs, true);
  view.setFloat64(at.lifeNumber, header.lifeNumber, true);
  new TextEncoder().encodeInto(header.channel, bytes.subarray(at.channelName, at.channelName + 63));
  view.setUint32(at.crc, checksum(bytes, 0, at.crc), true);
  return bytes;
}

/** Whether these bytes are a whole header of some version. */
export function isFileHeader(bytes: Uint8Array): boolean {
  if (bytes.length < FILE_HEADER.bytes) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(at.magic, true) === FILE_MAGIC && view.getUint32(at.crc, true) === checksum(bytes, 0, at.crc);
}

/** @throws BusError `ERR_JOURNAL` for what is no header, or one of another version */
export function decodeFileHeader(bytes: Uint8Array, path: string): FileHeader {
  if (!isFileHeader(bytes)) {
    const found = bytes.length < FILE_HEADER.bytes ? `${bytes.length} bytes` : 'a damaged or foreign header';
    throw journalError(
      `${path}: found ${found}, expected a journal file. "apbus verify" says what is whole in it; it is read again as soon as the next recorder has begun a file behind it`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(at.formatVersion, true);
  if (version !== FORMAT_VERSION) {
    throw journalError(
      `${path}: found format version ${version}, expected ${FORMAT_VERSION}. Read it with the package that wrote it, or move it away`,
    );
  }
  const code = view.getUint32(at.channelType, true);
  const type = channelTypeOf(code);
  if (type === undefined) throw journalError(`${path}: found channel type ${code}, expected 1 to 4`);
  const name = bytes.subarray(at.channelName, at.channelName + 64);
  const end = name.indexOf(0);
  return {
    channel: new TextDecoder().decode(name.subarray(0, end < 0 ? 64 : end)),
    type,
    capacity: Number(view.getBigUint64(at.capacity, true)),
    messageSizeMax: view.getUint32(at.messageSizeMax, true),
    lifeNs: view.getBigUint64(at.lifeNs, true),
    lifeNumber: Math.max(0, view.getFloat64(at.lifeNumber, true) || 0),
    firstSequence: view.getFloat64(at.firstSequence, true),
    firstPosition: view.getFloat64(at.firstPosition, true),
    startedMs: view.getFloat64(at.startedMs, true),
  };
}
