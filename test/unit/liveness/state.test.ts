import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SlotState } from '#src/layout/schema.js';
import { LOOKED_MS, SUSPECT_AFTER_MS, stateOf, type EndpointFacts } from '#src/liveness/state.js';

const LIVELY: EndpointFacts = {
  slotState: SlotState.ACTIVE,
  isLocked: true,
  loopLagMs: 0,
  stillMs: 0,
  lookedMs: Infinity,
  unreadMs: 0,
  stalledAfterMs: 1000,
};
/** No sign of life for longer than anything takes. */
const SILENT: EndpointFacts = { ...LIVELY, loopLagMs: 1e9, stillMs: 1e9 };

function state(facts: Partial<EndpointFacts>, of = LIVELY): string {
  return stateOf({ ...of, ...facts });
}

describe('an endpoint', () => {
  it('is alive when somebody has its token and its event loop turns', () => {
    assert.equal(state({}), 'alive');
    assert.equal(state({ loopLagMs: SUSPECT_AFTER_MS, stillMs: 1e9 }), 'alive');
  });

  it('is dead when nobody has its token and it did not say goodbye, also when it had been given up', () => {
    for (const facts of [LIVELY, SILENT]) {
      assert.equal(state({ isLocked: false }, facts), 'dead');
      assert.equal(state({ isLocked: false, slotState: SlotState.FAILED }, facts), 'dead');
    }
  });

  it('is never dead while somebody has its token, however long it is silent', () => {
    for (const slotState of [SlotState.ACTIVE, SlotState.FAILED]) assert.equal(state({ slotState }, SILENT), 'suspect');
  });

  it('is detached once it said so, whether it has let go of the token yet or not', () => {
    for (const isLocked of [true, false])
      assert.equal(state({ slotState: SlotState.DETACHED, isLocked }, SILENT), 'detached');
  });

  it('is suspect only when it neither turns, nor moves, nor looks', () => {
    assert.equal(state({}, SILENT), 'suspect');
    assert.equal(state({ loopLagMs: 0 }, SILENT), 'alive', 'its loop turns');
    assert.equal(state({ stillMs: SUSPECT_AFTER_MS }, SILENT), 'alive', 'it moves: it reads in a loop of its own');
    assert.equal(state({ lookedMs: LOOKED_MS }, SILENT), 'alive', 'it looks: it blocks in its waits');
  });

  it('without an event loop that beats is not suspect: nothing is known', () => {
    assert.equal(state({ loopLagMs: undefined }, SILENT), 'alive');
  });

  it('is stalled when it goes on, and has had something to read for stalled_after_ms without moving', () => {
    assert.equal(state({ unreadMs: 999 }), 'alive');
    assert.equal(state({ unreadMs: 1000 }), 'stalled');
    assert.equal(state({ unreadMs: 0, stillMs: 1e9 }), 'alive', 'nothing to read');
    assert.equal(state({ unreadMs: 1e9 }, SILENT), 'suspect', 'that comes first');
    assert.equal(state({ unreadMs: 0, stalledAfterMs: 0 }), 'alive');
  });
});
