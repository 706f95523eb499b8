import { CAPACITY_MIN, segmentSizes } from '#src/layout/geometry.js';
import type { Struct } from '#src/layout/struct.js';
import {
  CELL_BYTES,
  CONSUMER_SLOTS,
  CONSUMER_SLOTS_OFFSET,
  CONTROL_BYTES,
  ChannelTypeCode,
  HISTOGRAM,
  LAYOUT_VERSION,
  layoutHash,
  PRODUCER_SLOTS,
  PRODUCER_SLOTS_OFFSET,
  SLOT_BYTES,
  STRUCTS,
  type ChannelType,
} from '#src/layout/schema.js';

const CELLS_PER_ROW = 16;

/** docs/layout.md: the regions of a segment, then a table and a byte diagram of each structure. */
export function layoutPage(): string {
  return [
    '# Layout of a segment',
    '',
    'Generated from `src/layout/schema.ts` by `npm run layout`; do not edit. Little-endian throughout. The C header is',
    '`native/include/alphapulse_bus_layout.h`.',
    '',
    `Layout version ${LAYOUT_VERSION}, hash \`0x${layoutHash().toString(16)}\`.`,
    '',
    '```text',
    'file offset',
    `0                    control region: ${controlSizes()}; in huge pages, whole ones`,
    '  0                    ControlBlock',
    `  ${String(PRODUCER_SLOTS_OFFSET).padEnd(21)}${PRODUCER_SLOTS} × ProducerSlot, ${SLOT_BYTES} bytes each`,
    `  ${String(CONSUMER_SLOTS_OFFSET).padEnd(21)}${CONSUMER_SLOTS} × ConsumerSlot, ${SLOT_BYTES} bytes each`,
    `  ${String(CONTROL_BYTES).padEnd(21)}LatencyHistogram, ${HISTOGRAM.bytes} bytes each: of the first producer slots, then three of each of the first consumer slots`,
    `then                 claim words (MPSC, MPMC only): 8 bytes for each ${CELL_BYTES}-byte cell of the ring, at least 64 KiB`,
    'then                 the ring: `capacity` bytes, mapped twice in a row',
    '```',
    '',
    ...STRUCTS.flatMap(structSection),
  ].join('\n');
}

function controlSizes(): string {
  const types = Object.keys(ChannelTypeCode) as ChannelType[];
  return types.map((type) => `${segmentSizes(type, CAPACITY_MIN).control / 1024} KiB (${type})`).join(', ');
}

function structSection(struct: Struct): string[] {
  const rows = Object.entries(struct.fields).map(
    ([name, field]) => `| ${field.offset} | ${field.type} | \`${name}\` | ${field.doc.replaceAll('|', '\\|')} |`,
  );
  return [
    `## ${struct.name} (${struct.bytes} bytes)`,
    '',
    struct.doc,
    '',
    ...(struct.bytes <= 64 ? ['```text', ...diagram(struct), '```', ''] : []),
    '| offset | type | field | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

/** Rows of 16 bytes, three columns of text a byte. */
function diagram(struct: Struct): string[] {
  const width = 4;
  const header = Array.from({ length: CELLS_PER_ROW }, (_, byte) => String(byte).padStart(2).padEnd(width)).join('');
  const lines = [`      ${header}`];
  for (let row = 0; row < struct.bytes; row += CELLS_PER_ROW) {
    let line = '';
    for (const [name, field] of Object.entries(struct.fields)) {
      if (field.offset < row || field.offset >= row + CELLS_PER_ROW) continue;
      line += `|${name.slice(0, field.bytes * width - 1).padEnd(field.bytes * width - 1)}`;
    }
    lines.push(`${String(row).padStart(4)}  ${line}|`);
  }
  return lines;
}
