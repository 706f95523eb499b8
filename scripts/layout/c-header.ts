import type { Field, Struct } from '#src/layout/struct.js';
import {
  CELL_BYTES,
  CONSUMER_SLOTS,
  CONSUMER_SLOTS_OFFSET,
  CONTROL_BYTES,
  LAYOUT_VERSION,
  layoutHash,
  MAGIC,
  PRODUCER_SLOTS,
  PRODUCER_SLOTS_OFFSET,
  STRUCTS,
} from '#src/layout/schema.js';

const C_TYPES: Record<string, string> = {
  i32: 'int32_t',
  u32: 'uint32_t',
  u64: 'uint64_t',
  i64: 'int64_t',
  f64: 'double',
};

/** The layout for C and C++ programs: plain structs whose offsets the compiler checks. */
export function cHeader(): string {
  const constants: [string, string][] = [
    ['MAGIC', `0x${MAGIC.toString(16)}u`],
    ['LAYOUT_VERSION', `${LAYOUT_VERSION}u`],
    ['LAYOUT_HASH', `0x${layoutHash().toString(16)}u`],
    ['CELL_BYTES', `${CELL_BYTES}u`],
    ['CONTROL_BYTES', `${CONTROL_BYTES}u`],
    ['PRODUCER_SLOTS', `${PRODUCER_SLOTS}u`],
    ['PRODUCER_SLOTS_OFFSET', `${PRODUCER_SLOTS_OFFSET}u`],
    ['CONSUMER_SLOTS', `${CONSUMER_SLOTS}u`],
    ['CONSUMER_SLOTS_OFFSET', `${CONSUMER_SLOTS_OFFSET}u`],
  ];
  return [
    '/* Generated from src/layout/schema.ts by "npm run layout"; do not edit. All integers are little-endian. */',
    '#ifndef ALPHAPULSE_BUS_LAYOUT_H',
    '#define ALPHAPULSE_BUS_LAYOUT_H',
    '#include <assert.h>',
    '#include <stddef.h>',
    '#include <stdint.h>',
    '#ifndef __cplusplus',
    '#if defined(__STDC_VERSION__) && __STDC_VERSION__ < 202311L && !defined(static_assert)',
    '#define static_assert _Static_assert',
    '#endif',
    '#endif',
    '',
    ...constants.map(([name, value]) => `#define APBUS_${name} ${value}`),
    '',
    ...STRUCTS.flatMap(structLines),
    '#endif',
    '',
  ].join('\n');
}

function structLines(struct: Struct): string[] {
  const type = `apbus_${snake(struct.name)}`;
  const lines = [`/* ${struct.doc} */`, `typedef struct ${type} {`];
  let next = 0;
  let gap = 0;
  for (const [name, field] of Object.entries(struct.fields)) {
    if (field.offset > next) lines.push(`  uint8_t gap${gap++}[${field.offset - next}];`);
    lines.push(`  ${declaration(snake(name), field)}; /* ${field.doc} */`);
    next = field.offset + field.bytes;
  }
  if (struct.bytes > next) lines.push(`  uint8_t gap${gap}[${struct.bytes - next}];`);
  lines.push(`} ${type};`);
  for (const [name, field] of Object.entries(struct.fields)) {
    lines.push(`static_assert(offsetof(${type}, ${snake(name)}) == ${field.offset}, "${struct.name}.${name}");`);
  }
  lines.push(`static_assert(sizeof(${type}) == ${struct.bytes}, "${struct.name}");`, '');
  return lines;
}

function declaration(name: string, field: Field): string {
  const array = /^(char|u8)\[(\d+)\]$/.exec(field.type);
  if (array !== null) return `${array[1] === 'char' ? 'char' : 'uint8_t'} ${name}[${array[2]}]`;
  return `${C_TYPES[field.type]} ${name}`;
}

function snake(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])([A-Z])/g, '_$1').toLowerCase();
}
