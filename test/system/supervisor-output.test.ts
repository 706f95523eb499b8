import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { APBUS, isAlive, scene, statusOf, STEADY, type Scene, type Told } from './supervised-scene.js';

const LINES = 200_000;
/** Some 30 MB as NDJSON: much more than a pipe and the supervisor keep. */
const FLOOD = `import { writeFileSync } from 'node:fs';
  const text = 'x'.repeat(60);
  const write = (words) => new Promise((done) => process.stdout.write(words, done));
  for (let n = 0; n < ${LINES}; n += 100)
    await write(Array.from({ length: 100 }, (_, i) => 'line ' + (n + i) + ' ' + text + '\\n').join(''));
  writeFileSync('flooded', '');
  ${STEADY}`;

/** Takes a moment to end, says so, and leaves a file when it could. */
const SLOW_END = `import { writeFileSync } from 'node:fs';
  setInterval(() => console.log('up'), 20);
  process.on('SIGTERM', () => setTimeout(() => {
    writeFileSync('ended', '');
    process.exit(0);
  }, 300));`;

/** `apbus run` (or what runs it), of whose output nothing is read. */
function unread(t: TestContext, command: readonly string[]): ChildProcess {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A service that is killed is started again. */
async function isSupervised(all: Scene): Promise<void> {
  let before = await statusOf(all, 'steady');
  // it may be just starting
  while (before['pid'] === undefined) before = await statusOf(all, 'steady');
  process.kill(Number(before['pid']), 'SIGKILL');
  for (;;) {
    const after = await statusOf(all, 'steady');
    if (after['state'] === 'ready' && after['pid'] !== before['pid']) return;
  }
}

const hasScript = spawnSync('script', ['--version']).status === 0;
const needs = { timeout: 120_000, ...(hasScript ? {} : { skip: 'needs the command script' }) };

describe('apbus run, while nobody reads what it prints', () => {
  it('supervises on, holds up no service, and says how many lines it has dropped', { timeout: 120_000 }, async (t) => {
    const all = scene(t, { steady: { code: STEADY }, flood: { code: FLOOD } });
    const run = unread(t, [process.execPath, APBUS, 'run', join(all.folder, 'bus.toml'), '--json']);
    await until(() => existsSync(join(all.folder, 'flooded')));
    await isSupervised(all);
    const lines: Told[] = [];
    createInterface({ input: run.stdout! }).on('line', (line) => lines.push(JSON.parse(line) as Told));
    run.kill('SIGTERM');
    const [code] = (await once(run, 'close')) as [number];
    assert.equal(code, 0);
    const read = lines.filter(({ line }) => String(line).startsWith('line ')).length;
    const dropped = lines
      .filter(({ event }) => event === 'dropped')
      .reduce((sum, one) => sum + Number(one['lines']), 0);
    assert.ok(dropped > 0 && read > 10_000, `${read} read, ${dropped} dropped`);
    // some of what was dropped are words of others
    const others = read + dropped - LINES;
    assert.ok(others >= 0 && others < 20, `${read} read, ${dropped} dropped`);
  });

  it('ends when it is told to, with all services', { timeout: 120_000 }, async (t) => {
    const all = scene(t, { steady: { code: STEADY }, flood: { code: FLOOD } });
    const run = unread(t, [process.execPath, APBUS, 'run', join(all.folder, 'bus.toml'), '--json']);
    await until(() => existsSync(join(all.folder, 'flooded')));
    const pid = Number((await statusOf(all, 'steady'))['pid']);
    run.kill('SIGTERM');
    const [code] = (await once(run, 'exit')) as [number];
    assert.equal(code, 0);
    assert.ok(!isAlive(pid));
  });

  it('supervises on when that is a terminal, as after Ctrl-S', needs, async (t) => {
    const all = scene(t, { steady: { code: STEADY }, flood: { code: FLOOD } });
    const command = `'${process.execPath}' '${APBUS}' run '${join(all.folder, 'bus.toml')}'`;
    unread(t, ['script', '--quiet', '--command', command, '/dev/null']);
    await until(() => existsSync(join(all.folder, 'flooded')));
    await isSupervised(all);
    assert.equal((await all.apbus('stop', '--all')).code, 0);
  });
});

describe('apbus run, when what reads its output has gone', () => {
  it('ends all services in order, as after Ctrl-C in apbus run | tee log', { timeout: 60_000 }, async (t) => {
    const all = scene(t, { slow: { code: SLOW_END } });
    const run = unread(t, [process.execPath, APBUS, 'run', join(all.folder, 'bus.toml')]);
    await once(run.stdout!, 'data');
    run.stdout!.destroy();
    const [code] = (await once(run, 'exit')) as [number];
    assert.equal(code, 0);
    assert.ok(existsSync(join(all.folder, 'ended')));
  });

  it('ends them in order when its terminal hangs up', needs, async (t) => {
    const all = scene(t, { slow: { code: SLOW_END } });
    const command = `'${process.execPath}' '${APBUS}' run '${join(all.folder, 'bus.toml')}'`;
    const terminal = unread(t, ['script', '--quiet', '--command', command, '/dev/null']);
    await once(terminal.stdout!, 'data');
    const { pid } = await statusOf(all, 'slow');
    terminal.kill('SIGKILL');
    await until(() => !isAlive(Number(pid)));
    assert.ok(existsSync(join(all.folder, 'ended')));
  });

  it('supervises on when that is a file on a disk that is full, and says so', { timeout: 60_000 }, async (t) => {
    const all = scene(t, { steady: { code: STEADY } });
    const full = openSync('/dev/full', 'w');
    const command = [APBUS, 'run', join(all.folder, 'bus.toml'), '--json'];
    const run = spawn(process.execPath, command, { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    t.after(() => run.kill('SIGKILL'));
    let said = '';
    run.stderr!.on('data', (text: Buffer) => (said += String(text)));
    await until(() => said.includes('\n'));
    await isSupervised(all);
    run.kill('SIGTERM');
    assert.deepEqual((await once(run, 'close')) as [number], [0, null]);
    assert.match(
      said,
      /^apbus: standard output cannot be written: ENOSPC.*; lines are lost, and the services run on\n$/,
    );
  });
});
