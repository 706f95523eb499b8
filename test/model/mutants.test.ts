import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { MUTANTS } from './mutants/catalogue.js';
import { MutatedCode } from './mutants/mutated-code.js';
import { exploreMutant } from './scenarios/explore-scenario.js';

const COUNT_MIN = 40;

describe('a mistake in the ring code does not go unnoticed', () => {
  const mutated = new MutatedCode();
  after(() => mutated[Symbol.dispose]());

  for (const [part, mutants] of Object.entries(MUTANTS)) {
    describe(part, () => {
      for (const mutant of mutants) {
        it(mutant.name, async (t) => {
          const { violation, states } = exploreMutant(mutant.scenario, await mutated.load(mutant.edits));
          assert.notEqual(violation, undefined, `"${mutant.scenario}" saw ${states} states and noticed nothing`);
          t.diagnostic(
            `${mutant.scenario}, after ${states} states: ${violation?.message.replace(/ A process has .*/, '')}`,
          );
        });
      }
    });
  }

  it(`and there are at least ${COUNT_MIN} such mistakes, each with a name of its own`, () => {
    const names = Object.entries(MUTANTS).flatMap(([part, mutants]) => mutants.map(({ name }) => `${part} ${name}`));
    assert.ok(names.length >= COUNT_MIN, `${names.length} mutants`);
    assert.equal(new Set(names).size, names.length);
  });

  it('an edit that does not fit the code any more is refused', async () => {
    const edit = { file: 'ring/join', find: 'no such text', replace: '' };
    await assert.rejects(mutated.load([edit]), /has this text 0 times/);
  });
});
