import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CAPACITY_MAX, CAPACITY_MIN, channelTypeOf, fileBytes, hasClaims, segmentSizes } from '#src/layout/geometry.js';
import { HEADER_BYTES, commitWord, joinHalves, messageSizeLimit, recordBytes } from '#src/layout/record.js';
import { CELL_BYTES, ChannelTypeCode, type ChannelType } from '#src/layout/schema.js';

const TYPES = Object.keys(ChannelTypeCode) as ChannelType[];

describe('a record', () => {
  it('takes whole cells, as few as hold header and payload', () => {
    for (const length of [1, 2, 23, 24, 25, 63, 64, 87, 88, 89, 8192, messageSizeLimit(CAPACITY_MAX)]) {
      const bytes = recordBytes(length);
      assert.equal(bytes % CELL_BYTES, 0);
      assert.ok(
        bytes >= HEADER_BYTES + length && bytes - CELL_BYTES < HEADER_BYTES + length,
        `${length} bytes take ${bytes}`,
      );
    }
  });

  it('has a commit word that is never zero, and another one than its neighbours', () => {
    for (const sequence of [0, 1, 2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 46]) {
      assert.notEqual(commitWord(sequence), 0);
      assert.equal(commitWord(sequence) & 1, 1);
      assert.notEqual(commitWord(sequence), commitWord(sequence + 1));
      assert.equal(commitWord(sequence), commitWord(sequence) | 0, 'a 32-bit integer');
    }
  });

  it('keeps 64-bit numbers in halves, exact to 2^53', () => {
    for (const value of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 46 + 3, 2 ** 53 - 1]) {
      assert.equal(joinHalves(value | 0, (value / 2 ** 32) | 0), value);
    }
  });
});

describe('a segment', () => {
  it('has room for a claim word per cell on multi-producer channels only, in regions of 64 KiB', () => {
    for (const type of TYPES) {
      for (let capacity = CAPACITY_MIN; capacity <= CAPACITY_MAX; capacity *= 2) {
        const sizes = segmentSizes(type, capacity);
        assert.equal(fileBytes(sizes), sizes.control + sizes.claims + sizes.ring);
        for (const bytes of Object.values(sizes) as number[]) assert.equal(bytes % 65_536, 0);
        if (hasClaims(type)) assert.ok(sizes.claims >= (capacity / CELL_BYTES) * 8);
        else assert.equal(sizes.claims, 0);
      }
    }
  });

  it('knows its types by code, and no others', () => {
    for (const type of TYPES) assert.equal(channelTypeOf(ChannelTypeCode[type]), type);
    for (const code of [0, 5, -1, NaN, 1.5]) assert.equal(channelTypeOf(code), undefined);
  });
});
