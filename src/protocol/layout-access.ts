import { blankField, bounded, getField, putField } from './field-access.js';
import type { Field } from './fields.js';
import { FIXED8_SHORT_MAX } from './fixed8.js';

/** Reads and writes all fields of a layout at an offset that was checked. */
export interface LayoutAccess {
  encode(value: object, view: DataView, offset: number): void;
  decode(view: DataView, offset: number): object;
  decodeInto(target: object, view: DataView, offset: number): object;
  zero(): object;
}

/**
 * Access to a layout at full speed. V8 keeps a double that comes out of an object off the heap only where the property
 * is named in the code itself: a loop over field names makes 16 bytes of garbage for every price, and takes four times
 * as long. So the code of each layout is written out and compiled once, when it is defined. A process that forbids code
 * from strings (`--disallow-code-generation-from-strings`) gets the loop: the same results and errors, with garbage.
 */
export function accessLayout(fields: readonly Field[]): LayoutAccess {
  try {
    return compileLayout(fields);
  } catch (error) {
    if (error instanceof EvalError) return interpretLayout(fields);
    throw error;
  }
}

/** @internal The loop over fields: what compiled code has to agree with. */
export function interpretLayout(fields: readonly Field[]): LayoutAccess {
  const named = fields.filter((field) => field.kind !== 'pad');
  const fill = (target: object, view: DataView, offset: number): object => {
    const record = target as Record<string, unknown>;
    for (const field of named) record[field.name] = getField(field, view, offset, record[field.name]);
    return target;
  };
  return {
    encode(value, view, offset) {
      const record = value as Record<string, unknown>;
      for (const field of fields) putField(field, view, offset, record[field.name]);
    },
    decode: (view, offset) => fill({}, view, offset),
    decodeInto: fill,
    zero: () => Object.fromEntries(named.map((field) => [field.name, blankField(field)])),
  };
}

/** @internal The code of a layout, compiled. @throws EvalError where code from strings is forbidden */
export function compileLayout(fields: readonly Field[]): LayoutAccess {
  const named = [...fields.entries()].filter(([, field]) => field.kind !== 'pad');
  const got = named.map(([index, field]) => `${field.name}: ${reading(field, index, 'undefined')}`);
  const blank = named.map(([index, field]) => `${field.name}: blank(fields[${index}])`);
  const source = [
    "'use strict';",
    'return {',
    '  encode(value, view, offset) {',
    ...[...fields.entries()].map(([index, field]) => `    ${writing(field, index)}`),
    '  },',
    '  decode(view, offset) {',
    `    return { ${got.join(', ')} };`,
    '  },',
    '  decodeInto(target, view, offset) {',
    ...named.map(([index, field]) => `    target.${field.name} = ${reading(field, index, `target.${field.name}`)};`),
    '    return target;',
    '  },',
    `  zero: () => ({ ${blank.join(', ')} }),`,
    '};',
  ].join('\n');
  // The source holds nothing but the templates below, numbers, and names that layOut has checked to be identifiers.
  // oxlint-disable-next-line typescript/no-implied-eval -- see accessLayout for why code is made at all
  const make = new Function('fields', 'put', 'get', 'bounded', 'blank', source) as (
    ...args: readonly unknown[]
  ) => LayoutAccess;
  return make(fields, putField, getField, bounded, blankField);
}

/** The usual case of a field in line; whatever else is given goes to `putField`, which writes or refuses it. */
function writing(field: Field, index: number): string {
  const at = `offset + ${field.offset}`;
  const otherwise = `put(fields[${index}], view, offset, v)`;
  const inCase = (condition: string, store: string): string =>
    `{ const v = value.${field.name}; if (${condition}) { ${store} } else ${otherwise}; }`;
  const range = `v >= ${field.min} && v <= ${field.max}`;
  const safeInteger = `view.setInt32(${at}, v | 0, true); view.setInt32(${at} + 4, Math.floor(v / 4294967296), true);`;
  switch (field.kind) {
    case 'u8':
      return inCase(`typeof v === 'number' && (v | 0) === v && ${range}`, `view.setUint8(${at}, v);`);
    case 'u16':
      return inCase(`typeof v === 'number' && (v | 0) === v && ${range}`, `view.setUint16(${at}, v, true);`);
    case 'u32':
      return inCase(`typeof v === 'number' && (v >>> 0) === v && ${range}`, `view.setUint32(${at}, v, true);`);
    case 'i32':
      return inCase(`typeof v === 'number' && (v | 0) === v && ${range}`, `view.setInt32(${at}, v, true);`);
    case 'u64':
      return inCase("typeof v === 'number' && v >= 0 && v <= 9007199254740991 && Math.floor(v) === v", safeInteger);
    case 'i64':
      return inCase(
        "typeof v === 'number' && v >= -9007199254740991 && v <= 9007199254740991 && Math.floor(v) === v",
        safeInteger,
      );
    case 'fixed8':
      return inCase(
        `typeof v === 'number' && v > -${FIXED8_SHORT_MAX} && v < ${FIXED8_SHORT_MAX}`,
        `const whole = Math.trunc(v), units = whole * 1e8 + Math.round((v - whole) * 1e8); ` +
          `view.setInt32(${at}, units | 0, true); view.setInt32(${at} + 4, Math.floor(units / 4294967296), true);`,
      );
    case 'f64':
      return inCase("typeof v === 'number'", `view.setFloat64(${at}, v, true);`);
    case 'bool':
    case 'bytes':
      return `put(fields[${index}], view, offset, value.${field.name});`;
    case 'pad':
      return `put(fields[${index}], view, offset, 0);`;
  }
}

/** An expression for what stands in a field. */
function reading(field: Field, index: number, into: string): string {
  const at = `offset + ${field.offset}`;
  const checked = (bits: number, signed: boolean, read: string): string => {
    const lowest = signed ? -(2 ** (bits - 1)) : 0;
    const isNarrower = field.min !== lowest || field.max !== lowest + 2 ** bits - 1;
    return isNarrower ? `bounded(fields[${index}], ${read})` : read;
  };
  switch (field.kind) {
    case 'u8':
      return checked(8, false, `view.getUint8(${at})`);
    case 'u16':
      return checked(16, false, `view.getUint16(${at}, true)`);
    case 'u32':
      return checked(32, false, `view.getUint32(${at}, true)`);
    case 'i32':
      return checked(32, true, `view.getInt32(${at}, true)`);
    case 'u64':
      return `view.getBigUint64(${at}, true)`;
    case 'i64':
      return `view.getBigInt64(${at}, true)`;
    case 'fixed8':
      return `(view.getInt32(${at} + 4, true) * 4294967296 + view.getUint32(${at}, true)) / 1e8`;
    case 'f64':
      return `view.getFloat64(${at}, true)`;
    case 'bool':
    case 'bytes':
    case 'pad':
      return `get(fields[${index}], view, offset, ${into})`;
  }
}
