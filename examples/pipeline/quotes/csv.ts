import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { QuoteBatch, type QuoteSource } from './batch.js';

/** The input is not what it should be; the message says where. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const COMMA = 44;
const DIGIT_0 = 48;
const DIGIT_9 = 57;

/** ask price × 10,000, ask size, bid price × 10,000, bid size */
const COLUMNS = 4;
/** Sizes travel as signed 64-bit fixed point with 8 decimals: one digit more could overflow. */
const MOST_DIGITS = 10;
/** Small, so that the progress of a compressed file moves in small steps. */
const CHUNK_BYTES = 16 * 1024;

/**
 * Reads quotes from a CSV file without a header, gzip or not: `ask price × 10,000, ask size, bid price × 10,000,
 * bid size`. Rows are parsed from the bytes as they come, so a file of any size takes the same little memory.
 */
export async function* readQuotes(path: string): QuoteSource {
  const parser = new RowParser(path);
  try {
    const { isGzip, size } = await inspect(path);
    const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    // an error of either stream ends both; the loop below is the one that throws it
    const bytes = isGzip ? pipeline(file, createGunzip(), () => undefined) : file;

    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length;) {
        at = parser.parse(chunk, at);
        if (!parser.batch.isFull) continue;
        parser.batch.progress = size === 0 ? undefined : file.bytesRead / size;
        yield parser.batch;
        parser.batch.count = 0;
      }
    }
    parser.finish();
    parser.batch.progress = 1;
    if (parser.batch.count > 0) yield parser.batch;
  } catch (error) {
    if (error instanceof InputError || !(error instanceof Error)) throw error;
    const place = parser.line > 1 ? `${path}:${parser.line}` : path;
    throw new InputError(`${place}: ${error.message}`, { cause: error });
  }
}

/** A gzip file is known by its first two bytes, whatever its name. */
async function inspect(path: string): Promise<{ isGzip: boolean; size: number }> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return { isGzip: bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b, size: (await file.stat()).size };
  } finally {
    await file.close();
  }
}

/** Turns bytes into rows; keeps its place between chunks. */
class RowParser {
  readonly batch = new QuoteBatch();
  /** The line that is being read, from 1. */
  line = 1;
  readonly #path: string;
  #column = 0;
  #digits = 0;
  #value = 0;
  readonly #row = new Float64Array(COLUMNS);
  #rows = 0;
  /** A carriage return was read: only the end of the line may follow. */
  #returned = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Parses from that byte until the batch is full or the chunk ends; returns where it stopped. */
  parse(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && !this.batch.isFull) {
      const byte = chunk[at++] ?? 0;
      if (this.#returned && byte !== LINE_FEED) this.#fail('a carriage return inside the line');
      if (byte >= DIGIT_0 && byte <= DIGIT_9) {
        if (++this.#digits > MOST_DIGITS) this.#fail(`a number of more than ${MOST_DIGITS} digits`);
        this.#value = this.#value * 10 + (byte - DIGIT_0);
      } else if (byte === COMMA) this.#endField();
      else if (byte === LINE_FEED) this.#endLine();
      else if (byte === CARRIAGE_RETURN) this.#returned = true;
      else this.#fail(describeByte(byte));
    }
    return at;
  }

  /** The end of the file: its last line needs no line feed, but there must have been one line. */
  finish(): void {
    this.#endLine();
    if (this.#rows === 0) throw new InputError(`${this.#path}: found no quotes`);
  }

  #endField(): void {
    if (this.#digits === 0) this.#fail('an empty column');
    if (this.#column === COLUMNS) this.#fail(`more than ${COLUMNS} columns`);
    this.#row[this.#column++] = this.#value;
    this.#digits = 0;
    this.#value = 0;
  }

  #endLine(): void {
    const isBlank = this.#column === 0 && this.#digits === 0;
    if (!isBlank) {
      this.#endField();
      if (this.#column !== COLUMNS) this.#fail(`${this.#column} columns`);
      this.#addRow();
    }
    this.line++;
    this.#column = 0;
    this.#returned = false;
  }

  #addRow(): void {
    const [askPrice = 0, askSize = 0, bidPrice = 0, bidSize = 0] = this.#row;
    if (askPrice === 0 || bidPrice === 0) this.#fail('a price of 0');
    const { batch } = this;
    batch.askPrice[batch.count] = askPrice;
    batch.askSize[batch.count] = askSize;
    batch.bidPrice[batch.count] = bidPrice;
    batch.bidSize[batch.count] = bidSize;
    batch.count++;
    this.#rows++;
  }

  #fail(found: string): never {
    const expected = `expected ${COLUMNS} whole numbers: ask price x 10,000, ask size, bid price x 10,000, bid size`;
    throw new InputError(`${this.#path}:${this.line}: found ${found}, ${expected}`);
  }
}

function describeByte(byte: number): string {
  return byte > 32 && byte < 127 ? JSON.stringify(String.fromCharCode(byte)) : `byte ${byte}`;
}
