import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { temporaryDirectory } from '../../../../kit/temporary-channel.js';
import { InputError, readQuotes } from '../../../../../examples/pipeline/quotes/csv.js';

type Row = readonly number[];

function file(t: TestContext, content: string | Uint8Array, name = 'quotes.csv'): string {
  const path = join(temporaryDirectory(t), name);
  writeFileSync(path, content);
  return path;
}

async function rowsOf(path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const { count, askPrice, askSize, bidPrice, bidSize } of readQuotes(path)) {
    for (let i = 0; i < count; i++) rows.push([askPrice[i] ?? 0, askSize[i] ?? 0, bidPrice[i] ?? 0, bidSize[i] ?? 0]);
  }
  return rows;
}

async function failureOf(path: string): Promise<string> {
  try {
    await rowsOf(path);
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error.message;
  }
  return assert.fail('the file was accepted');
}

/** Enough rows for several batches and several reads of the file. */
function manyRows(count: number): Row[] {
  return Array.from({ length: count }, (_, i) => [5_859_400 + i, 1 + (i % 900), 5_853_300 + i, 18 + (i % 70)]);
}

describe('quotes from a CSV file', () => {
  it('are read row by row, with line feeds or carriage returns before them, with or without one at the end', async (t) => {
    const expected = [
      [5859400, 200, 5853300, 18],
      [5859100, 18, 5853300, 0],
    ];
    assert.deepEqual(await rowsOf(file(t, '5859400,200,5853300,18\n5859100,18,5853300,0\n')), expected);
    assert.deepEqual(await rowsOf(file(t, '5859400,200,5853300,18\r\n5859100,18,5853300,0')), expected);
    assert.deepEqual(await rowsOf(file(t, '\n5859400,200,5853300,18\n\n5859100,18,5853300,0\n\n')), expected);
  });

  it('are the same from a gzip file, whatever its name, over many batches and reads', async (t) => {
    const rows = manyRows(20_000);
    const text = rows.map((row) => row.join(',')).join('\n');
    assert.deepEqual(await rowsOf(file(t, text)), rows);
    assert.deepEqual(await rowsOf(file(t, gzipSync(text), 'quotes.dat')), rows);
  });

  it('say how much of the file has been read, up to all of it', async (t) => {
    const text = manyRows(20_000)
      .map((row) => row.join(','))
      .join('\n');
    const progress: (number | undefined)[] = [];
    for await (const batch of readQuotes(file(t, text))) progress.push(batch.progress);
    assert.equal(progress.at(-1), 1);
    assert.ok((progress[0] ?? 1) < 0.5, `the first batch came after ${progress[0]} of the file`);
    assert.deepEqual(
      progress,
      [...progress].sort((a, b) => (a ?? 0) - (b ?? 0)),
    );
  });

  const BAD_ROWS: readonly (readonly [string, string, RegExp])[] = [
    ['a letter', '5859400,2x0,5853300,18', /found "x"/],
    ['a sign', '5859400,-200,5853300,18', /found "-"/],
    ['a decimal point', '585.94,200,585.33,18', /found "\."/],
    ['a byte that cannot be shown', '5859400,200,5853300,\u0007', /found byte 7/],
    ['too few columns', '5859400,200,5853300', /found 3 columns/],
    ['too many columns', '5859400,200,5853300,18,1', /more than 4 columns/],
    ['an empty column', '5859400,,5853300,18', /an empty column/],
    ['a price of zero', '0,200,5853300,18', /a price of 0/],
    ['a number that would not fit', '5859400,20000000000,5853300,18', /more than 10 digits/],
    ['a carriage return inside', '5859400,200\r,5853300,18', /a carriage return inside the line/],
  ];
  for (const [what, row, expected] of BAD_ROWS) {
    it(`are refused at ${what}, with file and line`, async (t) => {
      const path = file(t, `5859400,200,5853300,18\n5859100,18,5853300,18\n${row}\n5859100,18,5853300,18\n`);
      const message = await failureOf(path);
      assert.ok(message.startsWith(`${path}:3: found `), message);
      assert.match(message, expected);
    });
  }

  it('name the right line far into a file', async (t) => {
    const lines = manyRows(9000).map((row) => row.join(','));
    lines[8123] = 'oops';
    const path = file(t, lines.join('\n'));
    assert.ok((await failureOf(path)).startsWith(`${path}:8124: found "o"`));
  });

  it('are refused when there are none, when the file is missing, and when a gzip file is cut or damaged', async (t) => {
    const empty = file(t, '\n\n');
    assert.equal(await failureOf(empty), `${empty}: found no quotes`);
    const missing = join(temporaryDirectory(t), 'missing.csv');
    assert.match(await failureOf(missing), /missing\.csv: ENOENT/);
    const whole = gzipSync(
      manyRows(5000)
        .map((row) => row.join(','))
        .join('\n'),
    );
    const cut = file(t, whole.subarray(0, whole.length / 2));
    assert.match(await failureOf(cut), /quotes\.csv:\d+: unexpected end of file/);
    const damaged = Uint8Array.from(whole);
    damaged.fill(0xff, 200, 260);
    assert.match(await failureOf(file(t, damaged)), /quotes\.csv/);
  });
});
