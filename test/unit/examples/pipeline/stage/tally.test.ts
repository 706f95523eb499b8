import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Tally } from '../../../../../examples/pipeline/stage/tally.js';

type Entry = readonly [sequence: number, checksum: number];

function digestOf(entries: readonly Entry[]): number {
  const tally = new Tally('writer');
  for (const [sequence, checksum] of entries) tally.add(sequence, checksum);
  return tally.report().digest;
}

describe('a tally', () => {
  const entries: readonly Entry[] = [
    [0, 0x1234_5678],
    [1, 0xffff_ffff],
    [2, 0],
  ];

  it('is the same for the same messages in the same order', () => {
    assert.equal(digestOf(entries), digestOf([...entries]));
    const tally = new Tally('writer');
    for (const [sequence, checksum] of entries) tally.add(sequence, checksum);
    assert.equal(tally.report().messages, 3);
    assert.equal(tally.report().producer, 'writer');
  });

  it('differs when two messages change places, one is altered, or one stands for another', () => {
    const [first, second, third] = entries as readonly [Entry, Entry, Entry];
    const right = digestOf(entries);
    assert.notEqual(digestOf([second, first, third]), right);
    assert.notEqual(digestOf([first, [1, 0xffff_fffe], third]), right);
    assert.notEqual(digestOf([first, third, third]), right);
  });
});
