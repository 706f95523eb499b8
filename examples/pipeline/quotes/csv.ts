import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
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
/** Longer numbers could not be shown exactly as fixed point with 8 decimals. */
const MOST_DIGITS = 11;

/**
 * Reads quotes from a CSV file without a header, gzip or not: `ask price × 10,000, ask size, bid price × 10,000,
 * bid size`. Rows are parsed from the bytes as they come, so a file of any size takes the same little memory.
 */
export async function* readQuotes(path: string): QuoteSource {
  const parser = new RowParser(path);
  try {
    const { isGzip, size } = await inspect(path);
    const file = createReadStream(path, { highWaterMark: 64 * 1024 });
    const bytes = isGzip ? file.pipe(createGunzip()) : file;
    file.on('error', (error) => bytes.destroy(error));

    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; ) {
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
    throw new InputError(`${path}: ${error.message}`, { cause: error });
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
  readonly #path: string;
  #line = 1;
  #column = 0;
  #digits = 0;
  #value = 0;
  readonly #row = new Float64Array(COLUMNS);
  #rows = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Parses from `at` until the batch is full or the chunk ends; returns where it stopped. */
  parse(chunk: Uint8Array, at: number): number {
    while (at < chunk.length && !this.batch.isFull) {
      const byte = chunk[at++] ?? 0;
      if (byte >= DIGIT_0 && byte <= DIGIT_9) {
        if (++this.#digits > MOST_DIGITS) this.#fail(`a number of more than ${MOST_DIGITS} digits`);
        this.#value = this.#value * 10 + (byte - DIGIT_0);
      } else if (byte === COMMA) this.#endField();
      else if (byte === LINE_FEED) this.#endLine();
      else if (byte !== CARRIAGE_RETURN) this.#fail(describeByte(byte));
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
    this.#line++;
    this.#column = 0;
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
    throw new InputError(`${this.#path}:${this.#line}: found ${found}, ${expected}`);
  }
}

function describeByte(byte: number): string {
  return byte > 32 && byte < 127 ? JSON.stringify(String.fromCharCode(byte)) : `byte ${byte}`;
}
