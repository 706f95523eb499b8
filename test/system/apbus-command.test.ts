import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../kit/temporary-channel.js';

// build/test/system/ -> the package's root
const root = fileURLToPath(new URL('../../../', import.meta.url));
const command = join(root, 'dist', 'cli', 'apbus.js');

function apbus(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [command, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    cwd: root,
  });
}

describe('the apbus command', () => {
  it('is a file that can be executed, as npm links it', () => {
    accessSync(command, constants.X_OK);
    const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it('writes data to standard output, errors to standard error, and answers with an exit code', (t) => {
    const config = join(temporaryDirectory(t), 'bus.toml');
    writeFileSync(config, '[bus]\ndirectory = "."\n[channels.c]\ntype = "SPSC"\nproducer = "p"\nconsumer = "q"\n');
    const listed = apbus(['ls', '--json', '--config', config]);
    assert.equal(listed.stderr, '');
    assert.ok('channels' in (JSON.parse(listed.stdout) as object));

    const missing = apbus(['ls', '--config', 'no-such-file.toml']);
    assert.equal(missing.status, 2);
    assert.equal(missing.stdout, '');
    assert.match(missing.stderr, /^apbus: .*\(ERR_CONFIG\)\n$/);
  });

  it('examines a machine on which the addon cannot be loaded', () => {
    const { status, stdout } = apbus(['doctor', '--json'], { ALPHAPULSE_BUS_NATIVE: '/no/such/addon' });
    const { ok, findings } = JSON.parse(stdout) as {
      ok: boolean;
      findings: { id: string; status: string; found: string }[];
    };
    const addon = findings.find(({ id }) => id === 'addon');
    assert.equal(status, 1);
    assert.equal(ok, false);
    assert.equal(addon?.status, 'fail');
    assert.match(addon.found, /\/no\/such\/addon: no such file/);
    assert.equal(findings.find(({ id }) => id === 'platform')?.status, 'ok');
  });

  it('says nothing when whoever reads its output has had enough', (t) => {
    // a pipe that has lost its reader before the command starts
    const script = 'mkfifo "$2" && exec 3<>"$2" 4>"$2" 3<&- && exec "$0" "$1" ls --json >&4';
    const pipe = join(temporaryDirectory(t), 'pipe');
    const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, command, pipe], {
      encoding: 'utf8',
      cwd: root,
    });
    assert.equal(stderr, '');
    assert.equal(status, 0);
  });
});
