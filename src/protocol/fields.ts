import { ProtocolError, shown } from './protocol-error.js';

/**
 * What a field of a TLV can be; all little-endian, laid out one after the other without gaps.
 *
 * | kind | value given | value got |
 * | --- | --- | --- |
 * | u8, u16, u32, i32 | integer | integer |
 * | u64, i64 | bigint, or a safe integer | bigint |
 * | fixed8 | number (decimal value), or bigint (units of 1e-8) | number |
 * | f64 | any number | number |
 * | bool | boolean, one byte 0 or 1 | boolean |
 * | bytes[n] | Uint8Array of n bytes | Uint8Array, a copy |
 * | pad[n] | none: n zero bytes | none: whatever stands there is skipped |
 */
export type FieldKind =
  | 'u8'
  | 'u16'
  | 'u32'
  | 'i32'
  | 'u64'
  | 'i64'
  | 'fixed8'
  | 'f64'
  | 'bool'
  | `bytes[${number}]`
  | `pad[${number}]`;

/** An integer field that takes only part of what its bits can hold; checked on encode and on decode. */
export interface BoundedField {
  readonly kind: 'u8' | 'u16' | 'u32' | 'i32';
  readonly min?: number;
  readonly max?: number;
}

export type FieldSpec = FieldKind | BoundedField;
export type TlvFields = Readonly<Record<string, FieldSpec>>;

type KindOf<Spec extends FieldSpec> = Spec extends BoundedField ? Spec['kind'] : Spec;
type NamesOf<Fields extends TlvFields> = {
  [Name in keyof Fields]: KindOf<Fields[Name]> extends `pad[${number}]` ? never : Name;
}[keyof Fields];

type GivenFor<Kind> = Kind extends 'u64' | 'i64' | 'fixed8'
  ? number | bigint
  : Kind extends 'bool'
    ? boolean
    : Kind extends `bytes[${number}]`
      ? Uint8Array
      : number;
type GotFor<Kind> = Kind extends 'u64' | 'i64'
  ? bigint
  : Kind extends 'bool'
    ? boolean
    : Kind extends `bytes[${number}]`
      ? Uint8Array
      : number;

/** What `encode` takes for a layout. */
export type TlvInput<Fields extends TlvFields> = {
  readonly [Name in NamesOf<Fields>]: GivenFor<KindOf<Fields[Name]>>;
};

/** What `decode` gives for a layout. */
export type TlvValue<Fields extends TlvFields> = {
  -readonly [Name in NamesOf<Fields>]: GotFor<KindOf<Fields[Name]>>;
};

/** A kind without its length in brackets. */
export type PlainKind = 'u8' | 'u16' | 'u32' | 'i32' | 'u64' | 'i64' | 'fixed8' | 'f64' | 'bool' | 'bytes' | 'pad';

/** One field in its place. */
export interface Field {
  readonly name: string;
  /** 'Trade.side', as errors call it. */
  readonly label: string;
  readonly kind: PlainKind;
  readonly offset: number;
  readonly bytes: number;
  /** Bounds of integer kinds of up to 32 bits, inclusive; 0 for all other kinds. */
  readonly min: number;
  readonly max: number;
}

const SIZES = { u8: 1, u16: 2, u32: 4, i32: 4, u64: 8, i64: 8, fixed8: 8, f64: 8, bool: 1 } as const;
const BOUNDS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  u8: [0, 255],
  u16: [0, 65_535],
  u32: [0, 4_294_967_295],
  i32: [-2_147_483_648, 2_147_483_647],
};

/** Lays fields out in the order of the object. @throws ProtocolError `ERR_SCHEMA` */
export function layOut(owner: string, specs: TlvFields): Field[] {
  const fields: Field[] = [];
  let offset = 0;
  for (const [name, spec] of Object.entries(specs)) {
    const label = `${owner}.${name}`;
    // Identifiers keep the order in which they were written (numbers would not), and are safe in compiled code.
    if (!/^[A-Za-z_$][\w$]*$/.test(name) || name === '__proto__') throw wrong(label, 'its name is not an identifier');
    const { kind, bytes } = kindAndSize(label, typeof spec === 'object' && spec !== null ? spec.kind : spec);
    const [min, max] = bounds(label, kind, spec);
    fields.push({ name, label, kind, offset, bytes, min, max });
    offset += bytes;
  }
  return fields;
}

function kindAndSize(label: string, kind: string): { kind: PlainKind; bytes: number } {
  if (typeof kind !== 'string') throw wrong(label, `${shown(kind)} is no kind of field`);
  if (Object.hasOwn(SIZES, kind)) {
    const plain = kind as keyof typeof SIZES;
    return { kind: plain, bytes: SIZES[plain] };
  }
  const array = /^(bytes|pad)\[([1-9]\d{0,4})\]$/.exec(kind);
  if (array === null) throw wrong(label, `${shown(kind)} is no kind of field`);
  return { kind: array[1] as PlainKind, bytes: Number(array[2]) };
}

function bounds(label: string, kind: PlainKind, spec: FieldSpec): readonly [min: number, max: number] {
  const whole = BOUNDS[kind];
  if (typeof spec === 'string') return whole ?? [0, 0];
  if (whole === undefined) throw wrong(label, `${kind} takes no bounds`);
  const { min = whole[0], max = whole[1] } = spec;
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < whole[0] || max > whole[1] || min > max) {
    throw wrong(label, `the bounds ${min} to ${max} are none within ${whole[0]} to ${whole[1]}`);
  }
  return [min, max];
}

function wrong(label: string, what: string): ProtocolError {
  return new ProtocolError('ERR_SCHEMA', `${label}: ${what}`, { field: label.slice(label.indexOf('.') + 1) });
}
