import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, it, type TestContext } from 'node:test';
import { assertRuns, deployedText } from './deploy-files.js';

const UNITS = ['alphapulse.service', 'alphapulse@.service'];

/** What systemd has to say about a unit; a template is looked at as one of its instances. */
function verify(t: TestContext, unit: string, text: string): { status: number | null; said: string } {
  const folder = mkdtempSync('/dev/shm/units-');
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'units'));
  const path = join(folder, 'units', unit.replace('@.', '@analytics.'));
  // Node.js may be elsewhere on this machine; systemd looks whether the program is there
  writeFileSync(path, text.replaceAll('/usr/bin/node', process.execPath));
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], {
    encoding: 'utf8',
    env: { ...process.env, SYSTEMD_UNIT_PATH: `${join(folder, 'units')}:` },
  });
  // systemd complains about units of the machine, too
  const own = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('alphapulse'));
  return { status, said: own.join('\n') };
}

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe('the units for systemd', { skip: hasSystemd ? false : 'skipped: needs systemd-analyze' }, () => {
  for (const unit of UNITS) {
    it(`${unit} is understood by systemd`, (t) => {
      assert.equal(verify(t, unit, deployedText(`systemd/${unit}`)).said, '');
    });
  }

  it('would be complained about with a setting that systemd does not know', (t) => {
    const wrong = deployedText('systemd/alphapulse.service').replace('KillMode=', 'KilMode=');
    assert.match(verify(t, 'alphapulse.service', wrong).said, /KilMode/);
  });
});

describe('what the units say', () => {
  for (const unit of UNITS) {
    const text = deployedText(`systemd/${unit}`);
    it(`${unit} runs something that there is`, async () => {
      const [, line = ''] = /^ExecStart=(.+)$/m.exec(text) ?? [];
      await assertRuns(line.split(' '));
    });

    it(`${unit} keeps its segments when it stops, and comes back`, () => {
      assert.match(text, /^RemoveIPC=no$/m);
      assert.match(text, /^Restart=always$/m);
      assert.doesNotMatch(text, /^DynamicUser=/m);
    });
  }

  it('the supervisor alone gets SIGTERM', () => {
    assert.match(deployedText('systemd/alphapulse.service'), /^KillMode=mixed$/m);
  });
});
