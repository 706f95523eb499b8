import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { PRODUCER_FATES } from '#src/cli/torture/fates.js';
import { readTortureOptions, type TortureArguments, type TortureOptions } from '#src/cli/torture/options.js';
import { formatVerdict } from '#src/cli/torture/report.js';
import { runTorture } from '#src/cli/torture/run.js';
import { MODES, SCENARIOS, type Scenario } from '#src/cli/torture/scenarios.js';
import { verdictOf, type Verdict } from '#src/cli/torture/verdict.js';
import { script } from '../kit/processes.js';
import { countFromEnvironment, seedOfRun } from '../kit/random.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

/** What `apbus torture` does, with the same engine; nothing of it may be left. */
async function torture(t: TestContext, given: TortureArguments, changes: Partial<Scenario> = {}): Promise<Verdict> {
  const directory = temporaryDirectory(t);
  const options = changed(readTortureOptions({ ...given, directory }, seedOfRun()), changes);
  const results = await runTorture(options, { isInterrupted: () => false, finished: () => {} });
  assert.deepEqual(readdirSync(directory), []);
  return verdictOf(results, options.seed, false);
}

const kills = countFromEnvironment('APBUS_TORTURE_KILLS', 100);
const stops = countFromEnvironment('APBUS_TORTURE_STOPS', 20);

describe('processes that are killed and stopped at random, at every store of a write, in handlers, repairs and closes', () => {
  const storms = MODES.flatMap((mode) => SCENARIOS.map(({ name }) => ({ mode, name })));
  for (const { mode, name } of storms) {
    const share = Math.ceil(kills / SCENARIOS.length / (mode === 'DropOldest' ? 4 : 1));
    const cycles = Math.ceil(stops / SCENARIOS.length);
    it(`leave a ${name} channel with ${mode} of which every message is accounted for`, async (t) => {
      const verdict = await torture(t, { types: name, mode, kills: `${share}`, stops: `${cycles}` });
      t.diagnostic(`\n${formatVerdict(verdict)}`);
      assert.deepEqual(
        verdict.scenarios.flatMap(({ problems }) => problems),
        [],
        `seed ${verdict.seed}`,
      );
      assert.equal(verdict.ok, true);
      const { producersKilled, stopCycles, delivered, accepted, deadlocks, falseDeaths } = verdict.total;
      assert.ok(producersKilled >= share && stopCycles >= cycles, `${producersKilled} kills, ${stopCycles} stops`);
      assert.ok(accepted > share && delivered > share, `${accepted} accepted, ${delivered} delivered`);
      assert.deepEqual([deadlocks, falseDeaths], [0, 0]);
    });
  }
});

function changed(options: TortureOptions, changes: Partial<Scenario>): TortureOptions {
  return { ...options, scenarios: options.scenarios.map((scenario) => ({ ...scenario, ...changes })) };
}

/**
 * Breaks the bus in one way, in every process of a storm. Where the breakage shows only at some ends of a producer's life,
 * these are `fates`: by chance a short storm may have none.
 */
async function sabotaged(t: TestContext, way: string, types: string, fates = PRODUCER_FATES): Promise<string> {
  const before = process.env['NODE_OPTIONS'];
  t.after(() => {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
    delete process.env['APBUS_SABOTAGE'];
  });
  process.env['NODE_OPTIONS'] = `${before ?? ''} --import=${script(import.meta.url, './actors/sabotage.js')}`;
  process.env['APBUS_SABOTAGE'] = way;
  const verdict = await torture(t, { types, kills: '8', duration: '30s' }, { producerFates: fates });
  assert.equal(verdict.ok, false, 'the torture did not notice');
  return verdict.scenarios.flatMap(({ problems }) => problems).join('\n');
}

describe('a bus that is broken on purpose', () => {
  it('is found out when it changes a byte of a message', async (t) => {
    // one that is torn at the end may keep the storm from ending
    assert.match(await sabotaged(t, 'tear', 'SPSC'), /times torn|is not what anybody wrote/);
  });

  it('is found out when a consumer leaves a message out', async (t) => {
    // If it is the channel's last one, they wait for it.
    assert.match(await sabotaged(t, 'skip', 'SPMC'), /times missing|nothing moved for 5 s/);
  });

  it('is found out when a consumer gets a message twice', async (t) => {
    assert.match(await sabotaged(t, 'repeat', 'SPSC'), /times duplicated/);
  });

  it('is found out when it accepts a message and does not write it', async (t) => {
    assert.match(await sabotaged(t, 'swallow', 'MPSC'), /times missing|accepted, but \d+ delivered/);
  });

  it('is found out when claims of dead producers are not repaired, and everything stands still', async (t) => {
    assert.match(await sabotaged(t, 'neglect', 'MPSC', [{ kind: 'in a claim', weight: 1 }]), /nothing moved for 5 s/);
  });

  it('is found out when claims of living producers are repaired', async (t) => {
    const found = await sabotaged(t, 'usurp', 'MPMC', [
      { kind: 'stopped in a claim', weight: 1 },
      { kind: 'anywhere', weight: 1 },
    ]);
    assert.match(found, /times missing|accepted, but \d+ delivered|went missing while it was there|claim word of lap/);
  });
});
