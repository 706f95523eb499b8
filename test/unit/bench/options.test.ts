import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError, parseOptions } from '../../../bench/options.js';
import { parseProcessors } from '../../../bench/run/placement.js';

test('without options everything is measured, three runs of half a second each', () => {
  assert.deepEqual(parseOptions([]), {
    quick: false,
    only: undefined,
    seconds: 0.5,
    runs: 3,
    json: undefined,
    markdown: undefined,
    list: false,
  });
});

test('every option is taken', () => {
  const args = [
    '--quick',
    '--only',
    'spsc',
    '--seconds',
    '2',
    '--runs',
    '5',
    '--json',
    'a',
    '--markdown',
    'b',
    '--list',
  ];
  const options = parseOptions(args);
  assert.deepEqual(
    { ...options, only: options?.only?.test('SPSC') },
    {
      quick: true,
      only: true,
      seconds: 2,
      runs: 5,
      json: 'a',
      markdown: 'b',
      list: true,
    },
  );
});

test('help is asked for with --help', () => {
  assert.equal(parseOptions(['--help']), undefined);
});

test('what cannot be meant is refused, with the option named', () => {
  assert.throws(
    () => parseOptions(['--seconds', '0']),
    (error) => error instanceof UsageError && /--seconds/.test(error.message),
  );
  assert.throws(() => parseOptions(['--runs', '1.5']), /--runs expects a whole number/);
  assert.throws(() => parseOptions(['--runs', 'many']), /--runs/);
  assert.throws(() => parseOptions(['--only', '(']), /--only expects a regular expression/);
  assert.throws(() => parseOptions(['--fast']), UsageError);
});

test('a list of processors is read with its ranges', () => {
  assert.deepEqual(parseProcessors('0-3,6'), [0, 1, 2, 3, 6]);
  assert.deepEqual(parseProcessors('1'), [1]);
});
