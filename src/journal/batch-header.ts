import { BATCH_HEADER, BATCH_MAGIC, BATCH_ALIGNMENT, BATCH_BYTES_LIMIT, BatchKind, checksum } from './format.js';

const { at } = BATCH_HEADER;

/** What a batch says of its records. */
export interface Batch {
  kind: number;
  /** Bytes of the records. */
  bytes: number;
  sequence: number;
  count: number;
  position: number;
  firstNs: bigint;
  lastNs: bigint;
  payloadCrc: number;
}

/** Writes a header; `bytes` has room for it. */
export function encodeBatchHeader(batch: Batch, view: DataView, bytes: Uint8Array): void {
  view.setUint32(at.magic, BATCH_MAGIC, true);
  view.setUint32(at.kind, batch.kind, true);
  view.setUint32(at.bytes, batch.bytes, true);
  view.setUint32(at.reserved, 0, true);
  view.setFloat64(at.sequence, batch.sequence, true);
  view.setFloat64(at.count, batch.count, true);
  view.setFloat64(at.position, batch.position, true);
  view.setBigUint64(at.firstNs, batch.firstNs, true);
  view.setBigUint64(at.lastNs, batch.lastNs, true);
  view.setUint32(at.payloadCrc, batch.payloadCrc, true);
  view.setUint32(at.headerCrc, checksum(bytes, 0, at.headerCrc), true);
}

/** Reads the header at an offset into `batch`; false when none stands there, or a damaged one. */
export function decodeBatchHeader(view: DataView, bytes: Uint8Array, offset: number, batch: Batch): boolean {
  if (view.getUint32(offset + at.magic, true) !== BATCH_MAGIC) return false;
  if (view.getUint32(offset + at.headerCrc, true) !== checksum(bytes, offset, offset + at.headerCrc)) return false;
  batch.kind = view.getUint32(offset + at.kind, true);
  batch.bytes = view.getUint32(offset + at.bytes, true);
  batch.sequence = view.getFloat64(offset + at.sequence, true);
  batch.count = view.getFloat64(offset + at.count, true);
  batch.position = view.getFloat64(offset + at.position, true);
  batch.firstNs = view.getBigUint64(offset + at.firstNs, true);
  batch.lastNs = view.getBigUint64(offset + at.lastNs, true);
  batch.payloadCrc = view.getUint32(offset + at.payloadCrc, true);
  return isPossible(batch);
}

/** A checksum is no defence against who forges it: what follows from these numbers must stay within bounds. */
function isPossible({ kind, bytes, sequence, count, position }: Batch): boolean {
  if (!Number.isSafeInteger(sequence) || sequence < 0 || !Number.isSafeInteger(count) || count < 1) return false;
  if (!Number.isSafeInteger(position) || position < 0 || !Number.isSafeInteger(sequence + count)) return false;
  if (bytes > BATCH_BYTES_LIMIT) return false;
  if (kind === BatchKind.GAP) return bytes === 0;
  return kind === BatchKind.RECORDS && bytes % BATCH_ALIGNMENT === 0 && bytes >= count * BATCH_ALIGNMENT;
}

export function emptyBatch(): Batch {
  return { kind: 0, bytes: 0, sequence: 0, count: 0, position: 0, firstNs: 0n, lastNs: 0n, payloadCrc: 0 };
}
