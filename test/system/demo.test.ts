import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as later } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Summary } from '../../examples/pipeline/launcher/summary.js';
import { generateQuotes } from '../../examples/pipeline/quotes/generator.js';
import { PATIENCE_MS, script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

const demo = script(import.meta.url, '../../examples/pipeline/main.js');
const SERVICES = 10;

function start(t: TestContext, ...args: string[]): TestProcess {
  return startProcess(t, demo, args);
}

/** Runs the demo to its end and gives what it printed as JSON: the whole of its output. */
async function summaryOf(run: TestProcess): Promise<Summary> {
  await run.succeeded();
  assert.equal(run.stderr, '');
  return JSON.parse(run.lines.join('\n')) as Summary;
}

/** Quotes of a known number, as a gzip file. */
async function quotesFile(t: TestContext, rows: number): Promise<string> {
  const lines: string[] = [];
  for await (const { count, askPrice, askSize, bidPrice, bidSize } of generateQuotes(11)) {
    for (let i = 0; i < count; i++) lines.push([askPrice[i], askSize[i], bidPrice[i], bidSize[i]].join(','));
    if (lines.length >= rows) break;
  }
  const path = join(temporaryDirectory(t), 'quotes.csv.gz');
  writeFileSync(path, gzipSync(`${lines.slice(0, rows).join('\n')}\n`));
  return path;
}

/** What must hold of any run, from the figures themselves and not from the demo's own verdict. */
function assertConserved({ ok, channels, checks, facts, endToEnd }: Summary): void {
  const written = (name: string): number => channels.find(({ channel }) => channel === name)?.written ?? Number.NaN;
  for (const { channel, written: count, producers, consumers } of channels) {
    assert.equal(
      Object.values(producers).reduce((sum, own) => sum + own, 0),
      count,
      `${channel}: its producers' messages`,
    );
    for (const [consumer, { read, lost, gaps }] of Object.entries(consumers)) {
      assert.deepEqual({ read, lost, gaps }, { read: count, lost: 0, gaps: 0 }, `${consumer} on ${channel}`);
    }
  }
  assert.equal(written('execution_results'), written('signals'));
  assert.equal(facts['polygon_collector']?.['quotes'], written('market_data'));
  const { accepted, rejected } = facts['execution_coordinator'] ?? {};
  assert.equal(Number(accepted) + Number(rejected), written('signals'));
  assert.equal(endToEnd['risk_monitor']?.count, written('execution_results'));
  assert.equal(endToEnd['execution_engine']?.count, written('critical_signals'));
  assert.equal(Object.keys(facts).length, SERVICES);
  assert.deepEqual(
    checks.filter((check) => !check.ok),
    [],
  );
  assert.equal(ok, true);
}

interface Started {
  /** The process id of each service. */
  readonly pids: ReadonlyMap<string, number>;
  /** Where this run has its segments. */
  readonly directory: string;
}

/** Waits until quotes flow, which the first line of the live view shows, and finds out what runs. */
async function flowing(run: TestProcess): Promise<Started> {
  const line = await run.line('Started ');
  const pids = new Map([...line.matchAll(/(\w+) \((\d+)\)/g)].map(([, name = '', pid]) => [name, Number(pid)]));
  assert.equal(pids.size, SERVICES);
  while (!run.lines.some((each) => each.includes('market_data'))) await run.nextLine();
  const [, , settings = ''] = readFileSync(`/proc/${pids.get('dashboard')}/cmdline`, 'utf8').split('\0');
  const { directory } = JSON.parse(settings) as { directory: string };
  assert.ok(readdirSync(directory).includes('market_data.ring'));
  return { pids, directory };
}

function isRunning(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === process.execPath;
  } catch {
    return false;
  }
}

async function gone(what: () => boolean, name: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!what()) {
    assert.ok(performance.now() < deadline, `${name} is still there`);
    await later(20);
  }
}

/** Nothing of a run may be left behind, however it ended. */
async function assertNothingLeft({ pids, directory }: Started): Promise<void> {
  for (const [name, pid] of pids) await gone(() => !isRunning(pid), name);
  await gone(() => !existsSync(directory), directory);
}

describe('the demo', () => {
  it('carries made-up quotes through all ten services and accounts for every message, in one JSON document', async (t) => {
    const summary = await summaryOf(start(t, '--duration', '1s', '--rate', '4000', '--seed', '7', '--json'));
    assertConserved(summary);
    assert.match(summary.source, /generator with seed 7/);
    const quotes = summary.channels[0]?.written ?? 0;
    assert.ok(quotes > 0 && quotes <= 4001, `${quotes} quotes in a second at 4,000 a second`);
  });

  it('reads a gzip file to its end, and comes to the same orders every time', async (t) => {
    const input = await quotesFile(t, 20_000);
    // two at the same time: they must not get into each other's way
    const runs = [1, 2].map(() => start(t, '--input', input, '--rate', 'max', '--json'));
    const [first, second] = await Promise.all(runs.map((run) => summaryOf(run)));
    assert.ok(first !== undefined && second !== undefined);
    for (const summary of [first, second]) {
      assertConserved(summary);
      assert.equal(summary.channels[0]?.written, 20_000);
      assert.equal(summary.source, input);
    }
    assert.ok((first.channels[1]?.written ?? 0) > 100, 'the strategies send orders');
    assert.deepEqual(second.checks, first.checks);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends in order at ${signal}: what is under way is carried through, and everything adds up`, async (t) => {
      const run = start(t, '--rate', '5000', '--duration', '10m');
      const started = await flowing(run);
      run.signal(signal);
      await run.succeeded();
      assert.match(run.lines.at(-1) ?? '', /^Stopped after .* Every message is accounted for\.$/);
      assert.deepEqual(
        run.lines.filter((line) => line.startsWith('FAIL')),
        [],
      );
      await assertNothingLeft(started);
    });
  }

  it('ends in order also when it is interrupted before the first quote', async (t) => {
    const run = start(t, '--rate', '5000', '--duration', '10m');
    await run.line('Started ');
    run.signal('SIGINT');
    await run.succeeded();
    assert.match(run.lines.at(-1) ?? '', /^Stopped after .* Every message is accounted for\.$/);
  });

  for (const service of ['polygon_collector', 'execution_coordinator']) {
    it(`names ${service} when that is killed, ends all others, and fails`, async (t) => {
      const run = start(t, '--rate', '5000', '--duration', '10m');
      const started = await flowing(run);
      const pid = started.pids.get(service) ?? 0;
      process.kill(pid, 'SIGKILL');
      assert.deepEqual(await run.ended(), { code: 1, signal: null });
      assert.equal(run.stderr, `demo: ${service} (process ${pid}) was killed by SIGKILL\n`);
      await assertNothingLeft(started);
    });
  }

  it('names a service that stops working without dying, though all that wait for it are held up too', async (t) => {
    const run = start(t, '--rate', 'max', '--duration', '10m');
    const started = await flowing(run);
    const pid = started.pids.get('execution_coordinator') ?? 0;
    process.kill(pid, 'SIGSTOP');
    assert.deepEqual(await run.ended(), { code: 1, signal: null });
    assert.match(
      run.stderr,
      new RegExp(`^demo: no word for \\d+ s from execution_coordinator \\(process ${pid}\\)\\n$`),
    );
    await assertNothingLeft(started);
  });

  it('leaves no process and no file behind when the launcher itself is killed', async (t) => {
    const run = start(t, '--rate', '5000', '--duration', '10m');
    const started = await flowing(run);
    await run.kill();
    await assertNothingLeft(started);
  });

  it('survives kill -9 of its services in random order, and accounts for every message all the same', async (t) => {
    const run = start(t, '--chaos-every', '300ms', '--duration', '8s', '--rate', '3000', '--seed', '5', '--json');
    await run.succeeded(120_000);
    const { ok, chaos, checks } = JSON.parse(run.lines.join('\n')) as Summary;
    assert.deepEqual(
      checks.filter((check) => !check.ok),
      [],
    );
    assert.equal(ok, true);
    const kills = Object.values(chaos?.kills ?? {}).reduce((sum, count) => sum + count, 0);
    assert.ok(kills >= 3, `${kills} kills`);
    for (const { channel, consumer, delivered, lost, written, writtenAtMost } of chaos?.channels ?? []) {
      const accounted = delivered + lost;
      assert.ok(delivered > 0 && accounted >= written, `${channel}: ${consumer} has ${accounted} of ${written}`);
      assert.ok(delivered <= writtenAtMost, `${channel}: ${consumer} has ${delivered} of ${writtenAtMost}`);
    }
    assert.equal(chaos?.channels.length, 11);
  });

  it('names file and line of a bad quote, and blames the input with exit code 2', async (t) => {
    const input = join(temporaryDirectory(t), 'bad.csv');
    writeFileSync(input, '5859400,200,5853300,18\n5859100,18,five,18\n');
    const run = start(t, '--input', input, '--json');
    assert.equal((await run.ended()).code, 2);
    assert.match(run.stderr, /^demo: .*\/bad\.csv:2: found "f", expected 4 whole numbers/);
    const { ok, error } = JSON.parse(run.lines.join('\n')) as { ok: boolean; error: string };
    assert.equal(ok, false);
    assert.match(error, /bad\.csv:2/);
  });

  it('refuses what it cannot run with exit code 2: a missing file, an unknown option, another configuration', async (t) => {
    const config = join(temporaryDirectory(t), 'bus.toml');
    writeFileSync(config, '[channels.gossip]\ntype = "SPSC"\nproducer = "p"\nconsumer = "q"\n');
    const wrong: readonly (readonly [string[], RegExp])[] = [
      [['--input', '/no/such/quotes.csv'], /--input: cannot read \/no\/such\/quotes\.csv/],
      [['--speed', '9'], /--speed/],
      [['--config', config], /bus\.toml: channel gossip is not of the demo/],
      [['--config', '/no/such/bus.toml'], /\/no\/such\/bus\.toml: cannot read the config file/],
    ];
    for (const [args, expected] of wrong) {
      const run = start(t, ...args);
      assert.equal((await run.ended()).code, 2, args.join(' '));
      assert.match(run.stderr, expected);
    }
  });
});
