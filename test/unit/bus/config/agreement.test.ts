import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreementOf } from '#src/bus/config/agreement.js';
import { differencesBetween } from '#src/layout/agreement.js';
import { resolveChannel } from './kit.js';

const differing = (theirs: object, ours: object): string[] =>
  differencesBetween(agreementOf(resolveChannel(theirs)), agreementOf(resolveChannel(ours))).map(({ key }) => key);

test('peers agree on what changes the segment or the journal, by the names that the file has for it', () => {
  const huge = { hugePages: true, bufferSize: '2GB' };
  assert.deepEqual(differing(huge, { ...huge, hugePageSize: '1GB' }), ['huge_page_size']);
  assert.deepEqual(differing(huge, { bufferSize: '2GB' }), ['huge_pages', 'huge_page_size']);
  assert.deepEqual(differing({ numaNode: 0 }, { numaNode: 1 }), ['numa_node']);
  assert.deepEqual(differing({ persistence: { replayWindow: '1h' } }, { persistence: { replayWindow: '2h' } }), [
    'persistence.replay_window',
  ]);
});

test('the same said in other words is the same', () => {
  assert.deepEqual(differing({ persistence: { segmentAge: '60m' } }, { persistence: { segmentAge: '1h' } }), []);
  assert.deepEqual(differing({ persistence: { segmentSize: '1GB' } }, { persistence: { segmentSize: '1024MB' } }), []);
});

test('each process decides by itself what it can do without', () => {
  assert.deepEqual(differing({ prefault: true }, { prefault: true, prefaultFallback: 'fail' }), []);
  assert.deepEqual(differing({ producer: 'a' }, { producer: 'c' }), []);
});
