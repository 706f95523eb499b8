import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChannelType } from '#src/layout/schema.js';
import { scenariosOf } from './catalogue.js';
import { exploreScenario, explain } from './explore-scenario.js';

/** What the quick form must see of each type of ring. */
const STATES_MIN = 100_000;

/** One test for each scenario of a type of ring, and one that they saw enough. */
export function exploreType(type: ChannelType): void {
  describe(`whatever the order of accesses, ${type} rings lose, tear, reorder and block nothing`, () => {
    let states = 0;

    for (const name of scenariosOf(type)) {
      it(name, (t) => {
        const report = exploreScenario(name, t);
        states += report.states;
        assert.equal(report.violation, undefined, explain(name, report));
      });
    }

    it(`and ${STATES_MIN} states at least were seen`, (t) => {
      t.diagnostic(`${states} states of ${type} rings`);
      assert.ok(states >= STATES_MIN, `${states} states`);
    });
  });
}
