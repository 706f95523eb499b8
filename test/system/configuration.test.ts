import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

const APBUS = script(import.meta.url, '../../../dist/cli/apbus.js');
const ACTOR = script(import.meta.url, './actors/differing.js');

const TICKS = '[channels.ticks]\ntype = "SPMC"\nproducer = "feed"\nconsumers = ["screen"]\nbuffer_size = "64KB"\n';

function configFile(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('processes with config files of their own', () => {
  async function scene(t: TestContext, theirs: string) {
    const folder = temporaryDirectory(t);
    const start = (name: string, text: string, service: string, role: string): TestProcess =>
      startProcess(t, ACTOR, [configFile(folder, name, text), join(folder, 'bus'), service, role]);
    const feed = start('theirs.toml', theirs, 'feed', 'producer');
    await feed.line('attached');
    return { feed, screen: (ours: string) => start('ours.toml', ours, 'screen', 'consumer') };
  }

  it('are refused when they differ, by the name of the key and with both values; the channel goes on', async (t) => {
    const { feed, screen } = await scene(t, TICKS);
    const cases = [
      ['buffer_size', TICKS.replace('64KB', '128KB'), '65536', '131072'],
      ['type', TICKS.replace('SPMC', 'SPSC'), 'SPMC', 'SPSC'],
      ['backpressure.timeout_ms', `${TICKS}backpressure.timeout_ms = 5\n`, '1000', '5'],
      ['prefault', `${TICKS}prefault = true\n`, 'false', 'true'],
      ['persistence.enable_persistence', `${TICKS}persistence.fsync = "never"\n`, 'false', 'true'],
    ] as const;
    for (const [key, ours, theirValue, ourValue] of cases) {
      const [code, message] = await screen(ours).json<[string, string]>('refused ');
      assert.equal(code, 'ERR_CONFIG_MISMATCH', key);
      const said = `${key} is ${theirValue} in the running channel, ${ourValue} in this configuration`;
      assert.ok(message.includes(said), `${said}: ${message}`);
    }
    await screen(TICKS).line('attached');
    assert.equal(feed.exit, undefined);
  });

  it('may list other services and treat consumers otherwise', async (t) => {
    const { screen } = await scene(t, TICKS);
    const grown = `${TICKS.replace('["screen"]', '["screen", "audit"]')}[channels.ticks.consumer.screen]\ngating = false\n`;
    await screen(grown).line('attached');
  });
});

describe('apbus check', () => {
  it('says all that is wrong in a file with its places, and creates nothing', async (t) => {
    const folder = temporaryDirectory(t);
    const bus = join(folder, 'bus');
    const text = `bus.directory = "${bus}"\n${TICKS}bufer_size = "1MB"\npersistence.retention_age = "7x"\n[services.feed]\n`;
    const check = startProcess(t, APBUS, ['check', configFile(folder, 'bus.toml', text)]);
    assert.equal((await check.ended()).code, 2);
    assert.match(check.stderr, /bus\.toml:7:1: .*unknown key "bufer_size".*did you mean buffer_size\?/);
    assert.match(check.stderr, /bus\.toml:8:13: .*retention_age: found "7x", expected a time.*the units are/);
    assert.match(check.stderr, /bus\.toml:9:11: services\.feed\.command: found nothing/);
    assert.ok(!existsSync(bus));
    assert.deepEqual(readdirSync(folder), ['bus.toml']);
  });

  it('holds what the channels take against this machine', async (t) => {
    const folder = temporaryDirectory(t);
    const checked = async (text: string) => {
      const check = startProcess(t, APBUS, ['check', configFile(folder, 'bus.toml', text), '--json']);
      const { code } = await check.ended();
      const { findings } = JSON.parse(check.lines.join('\n')) as { findings: { id: string; status: string }[] };
      return [code, ...findings.map(({ id, status }) => `${id} ${status}`)];
    };
    const here = `bus.directory = "${folder}"\n`;
    assert.deepEqual(await checked(here + TICKS), [0, 'space ok']);
    const insisting = `${here}${TICKS}numa_node = 1023\nnuma_fallback = "fail"\n`;
    assert.deepEqual(await checked(insisting), [1, 'space ok', 'numa fail']);
  });
});
