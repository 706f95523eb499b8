import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { script, startProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { APBUS } from './operator-scene.js';

const ROOT = script(import.meta.url, '../../..');

describe('pub and init', () => {
  it('write the lines of standard input, and say how many', async (t) => {
    const folder = temporaryDirectory(t);
    const init = startProcess(t, APBUS, ['init', folder]);
    await init.succeeded();
    const config = join(folder, 'config/message_bus.toml');
    const directory = join(folder, 'bus');
    const where = ['-c', config, '--directory', directory];
    const pub = startProcess(t, APBUS, ['pub', 'ticks', ...where, '--ndjson', '--count', '2', '--json']);
    pub.send('{"text":"a"}');
    pub.send('{"text":"b"}');
    pub.send('{"text":"c"}');
    await pub.succeeded();
    assert.deepEqual(JSON.parse(pub.lines[0]!), { channel: 'ticks', service: 'feed', written: 2, dropped: 0, bad: 0 });
    const bad = startProcess(t, APBUS, ['pub', 'ticks', ...where, '--hex']);
    bad.send('00');
    bad.send('xyz');
    assert.equal((await bad.ended()).code, 1);
    assert.match(bad.stderr, /line 2: found "xyz", expected bytes in hex/);
    const dump = startProcess(t, APBUS, ['dump', 'ticks', '-c', config, '--json']);
    await dump.succeeded();
    const raw = startProcess(t, APBUS, ['dump', 'ticks', '-c', config, '--raw', '-n', '2']);
    await raw.succeeded();
    assert.deepEqual(raw.lines, ['ab']);
    const texts = dump.lines.map((line) => (JSON.parse(line) as { text?: string }).text);
    assert.deepEqual(texts.slice(0, 2), ['a', 'b']);
    assert.equal(texts.length, 3, 'the first line of the bad input was a message');
    const verify = startProcess(t, APBUS, ['verify', 'ticks', '-c', config]);
    await verify.succeeded();
    const rm = startProcess(t, APBUS, ['rm', 'ticks', ...where]);
    await rm.succeeded();
    assert.ok(!existsSync(join(directory, 'ticks.ring')));
    const again = startProcess(t, APBUS, ['init', folder]);
    assert.equal((await again.ended()).code, 1);
    assert.match(again.stderr, /found config\/message_bus\.toml, .*--force overwrites them/);
  });

  it('pub says what is wrong with a gzip file that is cut short, and counts what it wrote', async (t) => {
    const folder = temporaryDirectory(t);
    await startProcess(t, APBUS, ['init', folder]).succeeded();
    const input = join(folder, 'lines.gz');
    writeFileSync(input, gzipSync('one\ntwo\nthree\n').subarray(0, -8));
    const where = ['-c', join(folder, 'config/message_bus.toml'), '--directory', join(folder, 'bus')];
    const pub = startProcess(t, APBUS, ['pub', 'ticks', ...where, '--input', input, '--json']);
    assert.equal((await pub.ended()).code, 1);
    assert.match(pub.stderr, /^apbus: --input: unexpected end of file \(ERR_INVALID_ARGUMENT\)\n$/);
    const { written } = JSON.parse(pub.lines.join('')) as { written: number };
    assert.ok(written <= 3);
  });
});

/** On a disk: in shared memory programs often cannot be loaded. */
function projectFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'apbus-init-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of the package, as `npm install` would put it there. It needs no other. */
function copyPackage(to: string): string {
  for (const part of ['dist', 'native/prebuilt', 'package.json'])
    cpSync(join(ROOT, part), join(to, part), { recursive: true });
  return join(to, 'dist/cli/apbus.js');
}

/** Types what `init` said, in the folder in which it was asked; answers with the shell, which ends when it is told. */
async function typed(t: TestContext, folder: string, command: string, args: readonly string[]): Promise<string[]> {
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const init = spawnSync(process.execPath, [command, 'init', ...args], options);
  assert.equal(init.status, 0, init.stderr);
  const words = /^Next: (.*) && npx apbus run$/m.exec(init.stderr)?.[1];
  assert.ok(words, init.stderr);
  const env = { ...process.env, npm_config_offline: 'true', npm_config_audit: 'false', NODE_TEST_CONTEXT: undefined };
  const prepared = spawnSync('sh', ['-c', `${words} && npx --offline -c 'command -v apbus'`], { ...options, env });
  assert.equal(prepared.status, 0, prepared.stdout + prepared.stderr);
  const root = join(folder, args[0] ?? '.');
  const found = prepared.stdout.trim().split('\n').at(-1)!;
  const bus = temporaryDirectory(t);
  // npx hands no signals on to what it runs
  const run = startProcess(t, realpathSync(found), ['run', join(root, 'config/message_bus.toml'), '--directory', bus]);
  while (!run.stderr.includes('tick 0:') && !run.lines.some((line) => line.includes('tick 0:'))) await run.nextLine();
  run.signal('SIGTERM');
  await run.succeeded();
  return words.split(' && ');
}

describe('what init says to type next', () => {
  it('runs in a folder below a project that has the package installed', async (t) => {
    const project = projectFolder(t);
    const modules = join(project, 'node_modules');
    const command = copyPackage(join(modules, 'alphapulse-bus'));
    mkdirSync(join(modules, '.bin'));
    symlinkSync('../alphapulse-bus/dist/cli/apbus.js', join(modules, '.bin/apbus'));
    assert.deepEqual(await typed(t, project, command, ['demo']), ['cd demo', 'npx apbus check']);
    const written = JSON.parse(readFileSync(join(project, 'demo/package.json'), 'utf8')) as Record<string, unknown>;
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    assert.deepEqual(
      [written['name'], written['type'], written['dependencies']],
      ['demo', 'module', { 'alphapulse-bus': version }],
    );
  });

  it('runs with a copy that was not installed, and a package.json that is there is left alone', async (t) => {
    const folder = projectFolder(t);
    const command = copyPackage(join(folder, 'copy'));
    assert.deepEqual(await typed(t, folder, command, ['new one']), [
      "cd 'new one'",
      'npm install --ignore-scripts',
      'npx apbus check',
    ]);
    mkdirSync(join(folder, 'own'));
    writeFileSync(join(folder, 'own/package.json'), '{"name":"theirs"}');
    const words = await typed(t, folder, command, ['own', '--force']);
    assert.equal(words[1], 'npm install --ignore-scripts file:../copy');
    const own = JSON.parse(readFileSync(join(folder, 'own/package.json'), 'utf8')) as Record<string, unknown>;
    assert.equal(own['name'], 'theirs');
    assert.equal(own['type'], undefined);
  });
});
