import type { Field } from './fields.js';
import { readFixed8, writeFixed8 } from './fixed8.js';
import { ProtocolError, shown } from './protocol-error.js';
import { isU64Number, U64_MAX, writeSafeInteger } from './u64.js';

const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

/**
 * Writes one field of a value that begins at `base`: the full rules of every kind. Compiled codecs keep only the usual
 * case to themselves and come here with all others, so that every refusal is made in one place.
 *
 * @throws ProtocolError `ERR_FIELD` when the value does not fit; `ERR_VALUE_SIZE` for bytes of another length
 */
export function putField(field: Field, view: DataView, base: number, value: unknown): void {
  const at = base + field.offset;
  switch (field.kind) {
    case 'u8':
      return view.setUint8(at, integer(field, value));
    case 'u16':
      return view.setUint16(at, integer(field, value), true);
    case 'u32':
      return view.setUint32(at, integer(field, value), true);
    case 'i32':
      return view.setInt32(at, integer(field, value), true);
    case 'u64':
      return putU64(field, view, at, value);
    case 'i64':
      return putI64(field, view, at, value);
    case 'fixed8':
      return writeFixed8(view, at, value as number | bigint, field.label, field.name);
    case 'f64':
      if (typeof value !== 'number') throw unfit(field, 'a number', value);
      return view.setFloat64(at, value, true);
    case 'bool':
      if (typeof value !== 'boolean') throw unfit(field, 'true or false', value);
      return view.setUint8(at, value ? 1 : 0);
    case 'bytes':
      return putBytes(field, view, at, value);
    case 'pad':
      return clear(view, at, field.bytes);
  }
}

/**
 * Reads one field of a value that begins at `base`; undefined for padding.
 *
 * @param into bytes of the right length are filled and returned instead of new ones
 * @throws ProtocolError `ERR_FIELD` when an integer breaks the bounds of its field, or a bool is neither 0 nor 1
 */
export function getField(field: Field, view: DataView, base: number, into?: unknown): unknown {
  const at = base + field.offset;
  switch (field.kind) {
    case 'u8':
      return bounded(field, view.getUint8(at));
    case 'u16':
      return bounded(field, view.getUint16(at, true));
    case 'u32':
      return bounded(field, view.getUint32(at, true));
    case 'i32':
      return bounded(field, view.getInt32(at, true));
    case 'u64':
      return view.getBigUint64(at, true);
    case 'i64':
      return view.getBigInt64(at, true);
    case 'fixed8':
      return readFixed8(view, at);
    case 'f64':
      return view.getFloat64(at, true);
    case 'bool': {
      const byte = view.getUint8(at);
      if (byte > 1) throw unfit(field, '0 or 1', byte);
      return byte === 1;
    }
    case 'bytes':
      return getBytes(field, view, at, into);
    case 'pad':
      return undefined;
  }
}

/** What a field of a blank value holds: what `decodeInto` overwrites. */
export function blankField(field: Field): unknown {
  if (field.kind === 'u64' || field.kind === 'i64') return 0n;
  if (field.kind === 'bool') return false;
  return field.kind === 'bytes' ? new Uint8Array(field.bytes) : 0;
}

/** @throws ProtocolError `ERR_FIELD`: what stands in the field is out of its bounds */
export function bounded(field: Field, value: number): number {
  if (value < field.min || value > field.max) throw unfit(field, `from ${field.min} to ${field.max}`, value);
  return value;
}

function integer(field: Field, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= field.min && value <= field.max) return value;
  throw unfit(field, `an integer from ${field.min} to ${field.max}`, value);
}

function putU64(field: Field, view: DataView, at: number, value: unknown): void {
  if (typeof value === 'number' && isU64Number(value)) return writeSafeInteger(view, at, value);
  if (typeof value === 'bigint' && value >= 0n && value <= U64_MAX) return view.setBigUint64(at, value, true);
  throw unfit(field, 'a bigint from 0 to 2^64 - 1 or an integer from 0 to 2^53 - 1', value);
}

function putI64(field: Field, view: DataView, at: number, value: unknown): void {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return writeSafeInteger(view, at, value);
  if (typeof value === 'bigint' && value >= I64_MIN && value <= I64_MAX) return view.setBigInt64(at, value, true);
  throw unfit(field, 'a bigint from -2^63 to 2^63 - 1 or an integer from -(2^53 - 1) to 2^53 - 1', value);
}

function putBytes(field: Field, view: DataView, at: number, value: unknown): void {
  if (!(value instanceof Uint8Array)) throw unfit(field, `a Uint8Array of ${field.bytes} bytes`, value);
  if (value.length !== field.bytes) {
    const message = `${field.label} must be ${field.bytes} bytes long, not ${value.length}`;
    throw new ProtocolError('ERR_VALUE_SIZE', message, { field: field.name });
  }
  for (let i = 0; i < value.length; i++) view.setUint8(at + i, value[i]!);
}

function getBytes(field: Field, view: DataView, at: number, into: unknown): Uint8Array {
  const bytes = into instanceof Uint8Array && into.length === field.bytes ? into : new Uint8Array(field.bytes);
  for (let i = 0; i < bytes.length; i++) bytes[i] = view.getUint8(at + i);
  return bytes;
}

function clear(view: DataView, at: number, bytes: number): void {
  for (let i = 0; i < bytes; i++) view.setUint8(at + i, 0);
}

function unfit(field: Field, expected: string, found: unknown): ProtocolError {
  return new ProtocolError('ERR_FIELD', `${field.label} must be ${expected}, not ${shown(found)}`, {
    field: field.name,
  });
}
