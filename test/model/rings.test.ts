import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SCENARIOS, scenario, type ScenarioName } from './scenarios/catalogue.js';
import { exploreScenario, explain } from './scenarios/explore-scenario.js';

/** What the quick form must see of each type of ring. */
const STATES_MIN = 100_000;
const TYPES = ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const;

for (const type of TYPES) {
  describe(`whatever the order of accesses, ${type} rings lose, tear, reorder and block nothing`, () => {
    const names = (Object.keys(SCENARIOS) as ScenarioName[]).filter((name) => scenario(name).settings.type === type);
    let states = 0;

    for (const name of names) {
      const { knownFault } = scenario(name);
      it(knownFault === undefined ? name : `${name} (has a known fault)`, (t) => {
        const report = exploreScenario(name, t);
        states += report.states;
        if (knownFault === undefined) {
          assert.equal(report.violation, undefined, explain(name, report));
        } else {
          const found = report.violation?.message ?? 'nothing: it is mended; remove it from the list of known faults';
          assert.ok(found.includes(knownFault), `expected: ${knownFault}; found: ${found}`);
        }
      });
    }

    it(`and ${STATES_MIN} states at least were seen`, (t) => {
      t.diagnostic(`${states} states of ${type} rings`);
      assert.ok(states >= STATES_MIN, `${states} states`);
    });
  });
}
