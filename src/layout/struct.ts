/** Types of fields; all little-endian. A `position` is a double that holds an integral count of bytes. */
export type FieldType = 'i32' | 'u32' | 'u64' | 'i64' | 'f64' | `char[${number}]` | `u8[${number}]`;

export interface Field {
  readonly type: FieldType;
  readonly offset: number;
  readonly bytes: number;
  readonly doc: string;
}

/** One binary structure of the segment: what the code, the C header, the diagram and the layout hash are made from. */
export interface Struct<Names extends string = string> {
  readonly name: string;
  readonly doc: string;
  readonly bytes: number;
  readonly fields: Readonly<Record<Names, Field>>;
  /** Offsets by name, for code. */
  readonly at: Readonly<Record<Names, number>>;
}

type FieldSpec = readonly [type: FieldType, doc: string, offset?: number];

/** Size of a field type in bytes. */
export function sizeOf(type: FieldType): number {
  const array = /^(?:char|u8)\[(\d+)\]$/.exec(type);
  if (array !== null) return Number(array[1]);
  return type === 'i32' || type === 'u32' ? 4 : 8;
}

/**
 * Lays fields out one after the other, each aligned to its size; an explicit offset begins a new group (what different
 * processes write must not share a cache line, nor the line beside it: 128 bytes).
 */
export function defineStruct<Names extends string>(
  name: string,
  doc: string,
  bytes: number,
  specs: Readonly<Record<Names, FieldSpec>>,
): Struct<Names> {
  const fields = {} as Record<Names, Field>;
  const at = {} as Record<Names, number>;
  let next = 0;
  for (const [field, spec] of Object.entries(specs) as [Names, FieldSpec][]) {
    const [type, fieldDoc, explicit] = spec;
    const size = sizeOf(type);
    const alignment = type.endsWith(']') ? 1 : size;
    const offset = explicit ?? Math.ceil(next / alignment) * alignment;
    if (offset < next || offset % alignment !== 0 || offset + size > bytes) {
      throw new RangeError(
        `layout: ${name}.${field} at ${offset} overlaps, is misaligned or leaves the ${bytes} bytes`,
      );
    }
    fields[field] = { type, offset, bytes: size, doc: fieldDoc };
    at[field] = offset;
    next = offset + size;
  }
  return { name, doc, bytes, fields, at };
}

/** The text that the layout hash is taken over: everything that another process relies on. */
export function canonicalText(structs: readonly Struct[]): string {
  const lines: string[] = [];
  for (const struct of structs) {
    lines.push(`${struct.name} ${struct.bytes}`);
    for (const [name, field] of Object.entries(struct.fields)) lines.push(`  ${field.offset} ${field.type} ${name}`);
  }
  return lines.join('\n');
}

/** FNV-1a, 32 bits: enough to tell two layouts apart; not a defence against forgery. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
