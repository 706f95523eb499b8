import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatBytes, formatJson, formatTable } from '#src/cli/output.js';

describe('sizes for people', () => {
  const cases = [
    [0, '0B'],
    [1023, '1023B'],
    [1024, '1KB'],
    [1536, '1.5KB'],
    [16 * 1024 ** 2, '16MB'],
    [2 ** 34, '16GB'],
    [2 ** 60, '1048576TB'],
  ] as const;
  for (const [bytes, text] of cases) it(`shows ${bytes} as ${text}`, () => assert.equal(formatBytes(bytes), text));
});

describe('tables', () => {
  it('are as wide as their longest cells, without spaces at the end', () => {
    assert.equal(
      formatTable([
        ['a', 'bb', 'c'],
        ['dddd', 'e', 'f'],
      ]),
      'a     bb  c\ndddd  e   f\n',
    );
  });
});

describe('JSON output', () => {
  it('is one document that ends its line', () => {
    assert.deepEqual(JSON.parse(formatJson({ a: [1] })), { a: [1] });
    assert.ok(formatJson({}).endsWith('\n'));
  });
});
