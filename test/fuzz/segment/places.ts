import { fileBytes, segmentSizes } from '#src/layout/geometry.js';
import {
  CELL_BYTES,
  CLAIM_WORD,
  CONSUMER_SLOT,
  CONTROL,
  CONTROL_BYTES,
  HISTOGRAM,
  PRODUCER_SLOT,
  RECORD,
  STRUCTS,
  consumerSlotOffset,
  producerSlotOffset,
} from '#src/layout/schema.js';
import type { Field, FieldType, Struct } from '#src/layout/struct.js';
import type { Base } from './base.js';

/** A field of the layout, somewhere in a segment. The list is made from the schema, so that no field is forgotten. */
export interface FieldName {
  readonly struct: Struct;
  readonly name: string;
  readonly field: Field;
}

export const FIELDS: readonly FieldName[] = STRUCTS.flatMap((struct) =>
  Object.entries(struct.fields).map(([name, field]) => ({ struct, name, field })),
);

/** Where that field stands in the file, for one of the slots, records or cells that matter. */
export function fileOffset(
  { struct, field }: FieldName,
  base: Base,
  random: (below: number) => number,
): number | undefined {
  const sizes = segmentSizes(base.shape.type, base.shape.capacity);
  const { records, tail } = base;
  const inRing = (position: number): number => position % base.shape.capacity;
  const anyRecord = (): number =>
    random(3) === 0 || records.length === 0 ? tail : records[random(2) === 0 ? 0 : random(records.length)]!;
  switch (struct) {
    case CONTROL:
      return field.offset;
    case PRODUCER_SLOT:
      return producerSlotOffset(random(4) === 0 ? random(64) : random(2)) + field.offset;
    case CONSUMER_SLOT:
      return consumerSlotOffset(random(4) === 0 ? random(64) : random(3)) + field.offset;
    case RECORD:
      return sizes.control + sizes.claims + inRing(anyRecord()) + field.offset;
    case CLAIM_WORD:
      if (sizes.claims === 0) return undefined;
      return sizes.control + (inRing(anyRecord()) / CELL_BYTES) * 8 + field.offset;
    case HISTOGRAM:
      // the first is the producer's, those of the first consumer follow
      return CONTROL_BYTES + random(4) * HISTOGRAM.bytes + field.offset;
    default:
      throw new Error(`the fuzzer does not know where a ${struct.name} stands: teach it`);
  }
}

/** Any place at all, for bytes that belong to no field. */
export function anyOffset(base: Base, random: (below: number) => number): number {
  return random(fileBytes(segmentSizes(base.shape.type, base.shape.capacity)) / 8) * 8;
}

const INTEGERS = [
  0,
  1,
  2,
  3,
  4,
  5,
  63,
  64,
  65,
  127,
  128,
  255,
  256,
  8191,
  8192,
  8193,
  65_472,
  65_535,
  65_536,
  65_537,
  2 ** 30 - 1,
  2 ** 30,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 31 + 1,
  2 ** 32 - 64,
  2 ** 32 - 2,
  2 ** 32 - 1,
];
const DOUBLES = [
  NaN,
  Infinity,
  -Infinity,
  -0,
  -1,
  -64,
  -65_536,
  0.5,
  32,
  63.999,
  64.5,
  2 ** 31 * 64,
  2 ** 32,
  2 ** 32 * 64,
  2 ** 53 - 64,
  2 ** 53,
  2 ** 59,
  2 ** 60,
  2 ** 63,
  2 ** 64,
  1e300,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
];
/** Added to what stands there: near misses, and whole laps, which look right to whoever thinks modulo the ring. */
const STEPS = [
  -1,
  1,
  -63,
  63,
  -64,
  64,
  -128,
  128,
  -4096,
  4096,
  -65_536,
  65_536,
  131_072,
  65_536 * 64,
  65_536 * 2 ** 20,
  65_536 * 2 ** 30,
  65_536 * 2 ** 37,
];
const TEXTS = [
  '',
  'x',
  '../../../tmp/apbus-forged',
  'a\u0000b',
  '\ufeffreader',
  'A'.repeat(64),
  '%s%n',
  'reader',
  'dead',
  'writer',
];

/** A hostile value for a field, as bytes; `there` is what stands there now. */
export function hostileBytes(type: FieldType, there: Buffer, random: (below: number) => number): Buffer {
  const bytes = Buffer.from(there);
  if (random(8) === 0) return fillRandomly(bytes, random);
  const relative = random(2) === 0;
  const step = STEPS[random(STEPS.length)]!;
  if (type === 'i32' || type === 'u32') {
    const value = relative ? bytes.readUInt32LE() + step : INTEGERS[random(INTEGERS.length)]!;
    bytes.writeInt32LE(value | 0);
  } else if (type === 'f64') {
    bytes.writeDoubleLE(relative ? bytes.readDoubleLE() + step : anyDouble(random));
  } else if (type === 'u64' || type === 'i64') {
    writeHalves(bytes, relative, step, random);
  } else {
    bytes.fill(0);
    bytes.write(TEXTS[random(TEXTS.length)]!);
    if (random(3) === 0) bytes.fill(0xff);
  }
  return bytes;
}

function anyDouble(random: (below: number) => number): number {
  return random(2) === 0 ? DOUBLES[random(DOUBLES.length)]! : INTEGERS[random(INTEGERS.length)]!;
}

/** 64-bit integers as wholes, and as the two halves that the code makes of some of them. */
function writeHalves(bytes: Buffer, relative: boolean, step: number, random: (below: number) => number): void {
  const half = random(2) * 4;
  if (relative && random(2) === 0) bytes.writeInt32LE((bytes.readInt32LE(half) + step) | 0, half);
  else if (relative) bytes.writeBigUInt64LE(BigInt.asUintN(64, bytes.readBigUInt64LE() + BigInt(step)));
  else if (random(2) === 0) bytes.writeInt32LE(INTEGERS[random(INTEGERS.length)]! | 0, half);
  else bytes.writeBigUInt64LE(BigInt.asUintN(64, (1n << BigInt(random(65))) - BigInt(random(2))));
}

function fillRandomly(bytes: Buffer, random: (below: number) => number): Buffer {
  for (let i = 0; i < bytes.length; i++) bytes[i] = random(256);
  return bytes;
}
