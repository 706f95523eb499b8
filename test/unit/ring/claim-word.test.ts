import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PRODUCER_SLOTS } from '#src/layout/schema.js';
import {
  ClaimState,
  LAP_AND_STATE,
  claimHigh,
  claimLow,
  lapIn,
  lapOf,
  ownerIn,
  stateIn,
} from '#src/ring/claim-word.js';

const LAPS = [1, 2, 3, 2 ** 21, 2 ** 22 - 1, 2 ** 22, 2 ** 22 + 1, 2 ** 31, 2 ** 32, 2 ** 43, 2 ** 53 - 1];

describe('a claim word', () => {
  it('gives back its lap, owner and state, for every owner and for laps of any age', () => {
    for (const lap of LAPS) {
      for (const owner of [0, 1, 62, PRODUCER_SLOTS - 1, 255]) {
        for (const state of Object.values(ClaimState)) {
          const low = claimLow(lap, state, owner) | 0;
          const high = claimHigh(lap);
          assert.equal(ownerIn(low), owner);
          assert.equal(stateIn(low), state);
          // the high half has 32 bits, so laps are told apart up to 2^54
          assert.equal(lapIn(low, high), lap, `lap ${lap}`);
        }
      }
    }
  });

  it('of a new file belongs to no lap', () => {
    assert.equal(lapIn(0, 0), 0);
    assert.equal(lapOf(0, 65_536), 1);
    assert.notEqual(claimLow(lapOf(0, 65_536), ClaimState.INTERIOR, 0), 0);
  });

  it('differs from that of the lap before and the lap after in the half that consumers poll', () => {
    for (const lap of LAPS.slice(1)) {
      const committed = claimLow(lap, ClaimState.COMMITTED, 0) & LAP_AND_STATE;
      for (const other of [lap - 1, lap + 1]) {
        assert.notEqual(claimLow(other, ClaimState.COMMITTED, 0) & LAP_AND_STATE, committed);
      }
      assert.equal(claimLow(lap, ClaimState.COMMITTED, 63) & LAP_AND_STATE, committed, 'whoever the owner is');
    }
  });
});
