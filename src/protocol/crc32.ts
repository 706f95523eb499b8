/**
 * CRC-32 as zlib has it (IEEE, reflected, polynomial 0xEDB88320), eight bytes at a step through eight tables.
 *
 * Why not `zlib.crc32`: it wants a view of just the bytes, and making one costs garbage and about 150 ns for every
 * message. Measured on the development machine (Node 20, this function / zlib.crc32 with subarray): 74 bytes 80 / 210
 * ns, 1 KB 1.15 / 0.38 µs, 64 KB 73 / 13 µs. So this is the faster one up to about 250 bytes, which most messages are
 * below, and the only one without garbage at any length. A sixteen-table version gains 20% on long messages only, and
 * takes 16 KB of a first-level cache that the messages need.
 */
const POLYNOMIAL = 0xedb88320;
const TABLE = makeTables();

/** The state to begin with. States are signed 32-bit integers: those V8 keeps out of the heap. */
export const CRC_START = -1;

/** Takes `bytes[start, end)` into the state. No allocation. */
export function updateCrc(state: number, bytes: Uint8Array, start: number, end: number): number {
  let c = state;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    c ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    c =
      TABLE[1792 + (c & 255)]! ^
      TABLE[1536 + ((c >>> 8) & 255)]! ^
      TABLE[1280 + ((c >>> 16) & 255)]! ^
      TABLE[1024 + (c >>> 24)]! ^
      TABLE[768 + bytes[i + 4]!]! ^
      TABLE[512 + bytes[i + 5]!]! ^
      TABLE[256 + bytes[i + 6]!]! ^
      TABLE[bytes[i + 7]!]!;
  }
  for (; i < end; i++) c = (c >>> 8) ^ TABLE[(c ^ bytes[i]!) & 255]!;
  return c;
}

/** The checksum that a state stands for, as a signed 32-bit integer (the same bits as the unsigned one). */
export function finishCrc(state: number): number {
  return ~state;
}

/** CRC-32 of `bytes[start, end)`, unsigned; the whole array when no range is given. */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length): number {
  return finishCrc(updateCrc(CRC_START, bytes, start, end)) >>> 0;
}

function makeTables(): Int32Array {
  const table = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = (c & 1) === 1 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
    table[byte] = c;
  }
  for (let i = 256; i < table.length; i++) {
    const previous = table[i - 256]!;
    table[i] = (previous >>> 8) ^ table[previous & 255]!;
  }
  return table;
}
