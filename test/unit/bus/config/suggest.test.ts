import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '#src/bus/config/suggest.js';

const KEYS = ['type', 'producer', 'producers', 'consumer', 'consumers', 'buffer_size', 'message_size_max'];

test('a misspelled word finds what was meant', () => {
  assert.equal(nearest('bufer_size', KEYS), 'buffer_size');
  assert.equal(nearest('produceer', KEYS), 'producer');
  assert.equal(nearest('produers', KEYS), 'producers');
  assert.equal(nearest('max_message_siz', KEYS), undefined);
});

test('case and word marks do not count', () => {
  assert.equal(nearest('bufferSize', KEYS), 'buffer_size');
  assert.equal(nearest('BUFFER-SIZE', KEYS), 'buffer_size');
  assert.equal(nearest('Type', KEYS), 'type');
});

test('a word far from all of them finds nothing', () => {
  assert.equal(nearest('colour', KEYS), undefined);
  assert.equal(nearest('', KEYS), undefined);
  assert.equal(nearest('x'.repeat(10_000), KEYS), undefined);
  assert.equal(nearest('anything', []), undefined);
});
