import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as later } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PATIENCE_MS, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
let installed = '';
let command = '';

/** Installs what `npm pack` makes, without a registry, and nothing beside it: the package needs no other. */
before(() => {
  installed = mkdtempSync('/dev/shm/apbus-installed-');
  const modules = join(installed, 'node_modules');
  mkdirSync(modules);
  const options = { cwd: root, encoding: 'utf8' } as const;
  const args = ['pack', '--ignore-scripts', '--pack-destination', installed];
  const tarball = execFileSync('npm', args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  execFileSync('tar', ['-xzf', join(installed, tarball.split('\n').at(-1)!), '-C', modules], options);
  execFileSync('mv', [join(modules, 'package'), join(modules, 'alphapulse-bus')]);
  command = join(modules, 'alphapulse-bus', 'dist', 'cli', 'apbus.js');
});
after(() => rmSync(installed, { recursive: true, force: true }));

interface Run {
  readonly process: TestProcess;
  readonly directory: string;
}

function start(t: TestContext, ...args: string[]): Run {
  const directory = temporaryDirectory(t);
  return { process: startProcess(t, command, ['torture', '--directory', directory, ...args]), directory };
}

/** Processes that were started from the installed package, the command itself aside. */
function endpoints(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(isEndpoint);
}

function isEndpoint(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(
      join(installed, 'node_modules', 'alphapulse-bus', 'dist', 'cli', 'torture'),
    );
  } catch {
    return false;
  }
}

async function until(reached: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!reached()) {
    assert.ok(performance.now() < deadline, `${what} did not come`);
    await later(10);
  }
}

async function assertNothingLeft(directory: string): Promise<void> {
  await until(() => endpoints().length === 0, 'the end of all processes');
  await until(() => !existsSync(directory) || readdirSync(directory).length === 0, `the end of ${directory}`);
}

describe('apbus torture, of the package as it is installed', () => {
  it('accounts for every message, says so as a table, and leaves nothing behind', async (t) => {
    const { process, directory } = start(t, '--kills', '6', '--types', 'spsc,MPMC', '--seed', '11');
    await process.succeeded(120_000);
    const text = process.lines.join('\n');
    for (const row of [
      'producers killed',
      'counted lost',
      'torn',
      'reordered',
      'duplicated',
      'deadlocks',
      'recovery p50',
    ])
      assert.ok(
        process.lines.some((line) => line.startsWith(row)),
        `${row} in\n${text}`,
      );
    assert.match(text, /^Finished, seed 11\. Every message is accounted for\.$/m);
    await assertNothingLeft(directory);
  });

  it('ends at Ctrl-C with what there is by then, as one JSON document', async (t) => {
    const { process, directory } = start(t, '--duration', '10m', '--json');
    await until(() => endpoints().length >= 4, 'a storm');
    process.signal('SIGINT');
    await process.succeeded(60_000);
    const { interrupted, ok } = JSON.parse(process.lines.join('\n')) as { interrupted: boolean; ok: boolean };
    assert.deepEqual({ interrupted, ok }, { interrupted: true, ok: true });
    await assertNothingLeft(directory);
  });

  it('leaves no process and no file behind when it is killed itself', async (t) => {
    const { process, directory } = start(t, '--duration', '10m', '--types', 'MPMC');
    await until(() => endpoints().length >= 4, 'a storm');
    await process.kill();
    await assertNothingLeft(directory);
  });

  it('refuses a wrong command line with exit code 2', async (t) => {
    for (const args of [
      ['--types', 'XPSC'],
      ['--duration', 'soon'],
      ['--kills', '0'],
      ['--seed', '-1'],
    ]) {
      const { process } = start(t, ...args);
      assert.equal((await process.ended()).code, 2, args.join(' '));
      assert.match(process.stderr, /expected/);
    }
  });
});
