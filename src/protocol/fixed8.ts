import { ProtocolError, shown } from './protocol-error.js';
import { readI64Number, writeSafeInteger } from './u64.js';

/**
 * Decimal numbers with eight places: an i64 that counts units of 0.00000001, from -92233720368.54775808 to
 * 92233720368.54775807.
 *
 * Three forms, and what each can do:
 * - units, a bigint: exact everywhere;
 * - text ('45123.45'): exact everywhere, through {@link parseFixed8} and {@link formatFixed8};
 * - a number (45123.45): what a codec gives, and takes. Every value of eight places up to {@link FIXED8_EXACT_MAX}
 *   either way survives number → units → number and units → number → units unchanged. Beyond it doubles stand further
 *   apart than 0.00000001: writing still takes the unit nearest to the double, reading gives a double next to the
 *   value. Whole numbers stay exact up to the end of the range.
 */
export const FIXED8_SCALE = 100_000_000;

/** 2^26 = 67,108,864: up to here a number stands for exactly one value of eight places. */
export const FIXED8_EXACT_MAX = 67_108_864;

/** Up to here the units are a safe integer (9e15 < 2^53), so one multiplication is exact. */
export const FIXED8_SHORT_MAX = 90_000_000;

const MIN_UNITS = -(2n ** 63n);
const MAX_UNITS = 2n ** 63n - 1n;
const TEXT = /^([+-]?)(\d{1,11})(?:\.(\d{1,8}))?$/;
const RANGE = 'a decimal number from -92233720368.54775808 to 92233720368.54775807';
const SCRATCH = new DataView(new ArrayBuffer(8));

/** Decimal text to units. @throws ProtocolError `ERR_FIELD` for other text, a ninth place, or a value out of range */
export function parseFixed8(text: string): bigint {
  // A number would be turned into text that may be in exponent form, and loses places before it comes here.
  const match = typeof text === 'string' ? TEXT.exec(text) : null;
  if (match === null) throw unfit('a fixed-point value', `${RANGE}, with at most 8 places`, text);
  const [, sign, whole = '', fraction = ''] = match;
  const magnitude = BigInt(whole + fraction.padEnd(8, '0'));
  const units = sign === '-' ? -magnitude : magnitude;
  if (units < MIN_UNITS || units > MAX_UNITS) throw unfit('a fixed-point value', RANGE, text);
  return units;
}

/** Units to decimal text without needless zeros: 4512345000000n is '45123.45'. @throws ProtocolError `ERR_FIELD` */
export function formatFixed8(units: bigint): string {
  checkUnits(units, 'a fixed-point value', undefined);
  const digits = (units < 0n ? -units : units).toString().padStart(9, '0');
  const fraction = digits.slice(-8).replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -8)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** A number to the nearest units. @throws ProtocolError `ERR_FIELD` when it is not finite or out of range */
export function fixed8FromNumber(value: number): bigint {
  writeFixed8(SCRATCH, 0, value);
  return SCRATCH.getBigInt64(0, true);
}

/** Units to a number; see the table of forms for what it keeps. @throws ProtocolError `ERR_FIELD` when no i64 */
export function fixed8ToNumber(units: bigint): number {
  checkUnits(units, 'a fixed-point value', undefined);
  SCRATCH.setBigInt64(0, units, true);
  return readFixed8(SCRATCH, 0);
}

/** The fixed-point value at `offset` as a number. No allocation. */
export function readFixed8(view: DataView, offset: number): number {
  return readI64Number(view, offset) / FIXED8_SCALE;
}

/**
 * Writes a number (a decimal value, to its nearest unit) or a bigint (units) at `offset`. A number makes no BigInt.
 *
 * @param label what the error calls it
 * @throws ProtocolError `ERR_FIELD` when it is neither, not finite or out of range
 */
export function writeFixed8(
  view: DataView,
  offset: number,
  value: number | bigint,
  label = 'a fixed-point value',
  field?: string,
): void {
  if (typeof value === 'bigint') {
    checkUnits(value, label, field);
    view.setBigInt64(offset, value, true);
    return;
  }
  if (typeof value !== 'number') throw unfit(label, RANGE, value, field);
  // Whole part and fraction apart: the product of a large value and the scale would lose the last places.
  const whole = Math.trunc(value);
  const fraction = Math.round((value - whole) * FIXED8_SCALE);
  if (value > -FIXED8_SHORT_MAX && value < FIXED8_SHORT_MAX) {
    writeSafeInteger(view, offset, whole * FIXED8_SCALE + fraction);
  } else if (!writeLong(view, offset, Math.abs(whole), Math.abs(fraction), value < 0)) {
    throw unfit(label, RANGE, value, field);
  }
}

/** |value| as units in two halves where they exceed 2^53; false, and nothing written, when they exceed an i64. */
function writeLong(view: DataView, offset: number, whole: number, fraction: number, negative: boolean): boolean {
  if (!(whole < 1e11)) return false;
  // units = whole × 10^8 + fraction, with whole = upper × 2^16 + rest, so that each product is below 2^53.
  const upper = Math.floor(whole / 65_536) * FIXED8_SCALE;
  const rest = (whole % 65_536) * FIXED8_SCALE + fraction;
  const lowSum = (upper % 65_536) * 65_536 + (rest % 4_294_967_296);
  const carry = lowSum >= 4_294_967_296 ? 1 : 0;
  const low = lowSum >>> 0;
  const high = Math.floor(upper / 65_536) + Math.floor(rest / 4_294_967_296) + carry;
  const isLowest = negative && high === 0x8000_0000 && low === 0;
  if (high > 0x7fff_ffff && !isLowest) return false;
  view.setUint32(offset, negative ? -low : low, true);
  view.setUint32(offset + 4, negative ? ~high + (low === 0 ? 1 : 0) : high, true);
  return true;
}

function checkUnits(units: bigint, label: string, field: string | undefined): void {
  if (typeof units !== 'bigint' || units < MIN_UNITS || units > MAX_UNITS) {
    throw unfit(label, `units from ${MIN_UNITS} to ${MAX_UNITS} as a bigint, or ${RANGE}`, units, field);
  }
}

function unfit(label: string, expected: string, found: unknown, field?: string): ProtocolError {
  return new ProtocolError('ERR_FIELD', `${label} must be ${expected}, not ${shown(found)}`, { field });
}
