import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestProcess } from '../kit/processes.js';
import {
  APBUS,
  BUS,
  FEED,
  has,
  isAlive,
  pidOf,
  READER,
  scene,
  STEADY,
  told,
  until,
  type Told,
} from './supervised-scene.js';

/** Whether one that stands by has begun to: SIGHUP is the last signal that it listens to. */
function waitsForLead({ pid }: TestProcess): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return (BigInt(`0x${caught ?? '0'}`) & 1n) === 1n;
}

describe('apbus run', () => {
  it('starts services in their order, and ends them in the opposite one', async (t) => {
    const { run } = scene(t, { a: { code: STEADY }, b: { code: STEADY, more: 'after = ["a"]' } });
    const process = run();
    await until(process, (all) => has(all, 'b', 'ready'));
    process.signal('SIGTERM');
    await process.succeeded();
    const events = told(process).map(({ service, event }) => `${String(service)} ${String(event)}`);
    assert.ok(events.indexOf('a ready') < events.indexOf('b started'));
    assert.ok(events.indexOf('b stopped') < events.indexOf('a stopping'));
  });

  it('starts a killed service again, which goes on where it was', async (t) => {
    const reader = `import { MessageBus } from '${BUS}';
      const bus = await MessageBus.open({ service: process.env.APBUS_SERVICE, config: process.env.APBUS_CONFIG });
      const ticks = bus.consumer('ticks', { from: 'resume' });
      process.on('SIGTERM', () => process.exit(0));
      await ticks.subscribe((message) => { if (message.sequence % 20 === 0) console.log('read', message.sequence, ticks.lost); });`;
    const { run } = scene(t, { reader: { code: reader }, feed: { code: FEED, more: 'after = ["reader"]' } });
    const process = run();
    const read = (all: Told[]): string[] =>
      all.map(({ line }) => String(line)).filter((line) => line.startsWith('read '));
    const before = await until(process, (all) => read(all).length >= 3);
    const pid = Number(before.find(({ service, event }) => service === 'reader' && event === 'started')?.['pid']);
    globalThis.process.kill(pid, 'SIGKILL');
    const count = read(told(process)).length;
    const after = await until(process, (all) => has(all, 'reader', 'restarting') && read(all).length >= count + 3);
    const sequences = read(after).map((line) => Number(line.split(' ')[1]));
    assert.ok(
      sequences.every((sequence, i) => i === 0 || sequence - sequences[i - 1]! <= 20),
      sequences.join(' '),
    );
    process.signal('SIGTERM');
    await process.succeeded();
  });

  it('gives a service up that ends again and again, lets the others run, and says so in its exit code', async (t) => {
    const loops = { code: 'process.exit(3)', more: 'crash_loop_threshold = 3' };
    const { run } = scene(t, { loops, steady: { code: STEADY } });
    const process = run();
    const all = await until(process, (events) => has(events, 'loops', 'failed'));
    assert.equal(all.filter(({ service, event }) => service === 'loops' && event === 'started').length, 3);
    assert.ok(!has(all, 'steady', 'exited'));
    process.signal('SIGTERM');
    assert.deepEqual((await process.ended()).code, 1);
  });

  it('kills a service that ignores SIGTERM, with all that it has started', async (t) => {
    const code = `import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); process.on("SIGTERM", () => {});']);
      process.on('SIGTERM', () => {});
      console.log('child', child.pid);
      setInterval(() => {}, 1000);`;
    const { run } = scene(t, { deaf: { code, more: 'stop_timeout_ms = 100' } });
    const process = run();
    const all = await until(process, (events) => events.some(({ line }) => String(line).startsWith('child ')));
    const child = Number(String(all.find(({ line }) => String(line).startsWith('child '))?.['line']).split(' ')[1]);
    assert.ok(isAlive(child));
    process.signal('SIGTERM');
    await process.succeeded();
    assert.ok(has(told(process), 'deaf', 'killed'));
    assert.ok(!isAlive(child));
  });

  it('is one at a time in a bus directory; another one that stands by takes over, and runs no service twice', async (t) => {
    const { run, folder } = scene(t, { only: { code: STEADY } });
    const leader = run();
    await until(leader, (all) => has(all, 'only', 'ready'));
    const second = run();
    assert.equal((await second.ended()).code, 3, 'not that of a service that was given up');
    assert.match(second.stderr, new RegExp(`process ${leader.pid} supervises in ${folder}/bus already`));
    const standby = run('--standby');
    const before = Number(told(leader).find(({ event }) => event === 'started')?.['pid']);
    await leader.kill();
    await until(standby, (all) => has(all, 'only', 'ready'));
    assert.ok(!isAlive(before), 'what the killed leader left is ended first');
    standby.signal('SIGTERM');
    await standby.succeeded();
  });

  it('takes over from a killed one when it stands by, and starts nothing before what that one left has ended', async (t) => {
    // it takes its time to end
    const code = `process.on('SIGTERM', () => setTimeout(() => process.exit(0), 300)); setInterval(() => {}, 1000);`;
    const { run } = scene(t, { a: { code }, b: { code, more: 'after = ["a"]' } });
    const leader = run();
    await until(leader, (all) => has(all, 'b', 'ready'));
    const left = ['a', 'b'].map((service) => pidOf(leader, service));
    const standby = run('--standby');
    while (!waitsForLead(standby)) await new Promise((resolve) => setImmediate(resolve));
    await leader.kill();
    const killedMs = Date.now();
    const first = await until(standby, (all) => has(all, 'a', 'started'));
    assert.deepEqual(left.map(isAlive), [false, false]);
    const reasons = first.filter(({ event }) => event === 'stopping').map(({ reason }) => String(reason));
    const killed = (pid: number): string => `process ${pid} was left by a supervisor that was killed`;
    assert.deepEqual(reasons, left.map(killed));
    await until(standby, (all) => has(all, 'b', 'ready'));
    t.diagnostic(
      `services ready again ${Date.now() - killedMs} ms after the kill of their supervisor, 300 ms of them their end`,
    );
    assert.ok(Date.now() - killedMs < 20_000);
    standby.signal('SIGTERM');
    await standby.succeeded();
  });

  it('kills its services when it is told to end for the second time', async (t) => {
    const code = `process.on('SIGTERM', () => console.log('no')); console.log('up'); setInterval(() => {}, 1000);`;
    const { run } = scene(t, { deaf: { code, more: 'stop_timeout_ms = 600000' } });
    const process = run();
    await until(process, (all) => all.some(({ line }) => line === 'up'));
    process.signal('SIGINT');
    await until(process, (all) => all.some(({ line }) => line === 'no'));
    assert.ok(isAlive(pidOf(process, 'deaf')), 'the first one only asks');
    process.signal('SIGINT');
    await process.succeeded();
    const exited = told(process).find(({ event }) => event === 'exited');
    assert.deepEqual([exited?.['signal'], has(told(process), 'deaf', 'restarting')], ['SIGKILL', false]);
    assert.ok(!isAlive(pidOf(process, 'deaf')));
  });

  it('restarts a service that hangs for hang_timeout_ms, also from when it has just attached', async (t) => {
    // Stops itself, the first time, before anything of its event loop turns; nobody else is in the channel.
    const code = READER.replace(
      'console.log',
      `import { existsSync, writeFileSync } from 'node:fs';
      if (!existsSync('hung')) { writeFileSync('hung', ''); process.kill(process.pid, 'SIGSTOP'); }
      console.log`,
    );
    const { run } = scene(t, { reader: { code, more: 'hang_timeout_ms = 500' } });
    const process = run();
    await until(process, (all) => has(all, 'reader', 'ready'));
    const hung = pidOf(process, 'reader');
    const all = await until(process, (events) => events.filter(({ event }) => event === 'ready').length === 2);
    const reason = all.find(({ event }) => event === 'stopping')?.['reason'];
    assert.match(String(reason), /^it hangs: consumer of ticks (suspect|stalled) for \d+ ms$/);
    const events = all.map(({ event }) => event).filter((event) => event !== undefined && event !== 'endpoint');
    assert.deepEqual(events, ['started', 'ready', 'stopping', 'exited', 'started', 'ready']);
    assert.ok(!isAlive(hung) && pidOf(process, 'reader') !== hung);
    process.signal('SIGTERM');
    await process.succeeded();
  });

  it('ends what is left of a service of a killed supervisor, also when the process itself has ended', async (t) => {
    const code = `import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      console.log('child', child.pid);
      setInterval(() => {}, 1000);`;
    const { run } = scene(t, { parent: { code } });
    const leader = run();
    const child = async (process: TestProcess): Promise<number> => {
      const all = await until(process, (events) => events.some(({ line }) => String(line).startsWith('child ')));
      return Number(String(all.find(({ line }) => String(line).startsWith('child '))?.['line']).split(' ')[1]);
    };
    const orphan = await child(leader);
    const parent = pidOf(leader, 'parent');
    await leader.kill();
    process.kill(parent, 'SIGKILL');
    while (isAlive(parent)) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(isAlive(orphan));
    const next = run();
    await child(next);
    assert.ok(!isAlive(orphan));
    next.signal('SIGTERM');
    await next.succeeded();
  });

  it('ends when it is told to while it stands by', async (t) => {
    const { run } = scene(t, { only: { code: STEADY } });
    const leader = run();
    await until(leader, (all) => has(all, 'only', 'ready'));
    const standby = run('--standby');
    while (!waitsForLead(standby)) await new Promise((resolve) => setImmediate(resolve));
    standby.signal('SIGTERM');
    await standby.succeeded();
    leader.signal('SIGTERM');
    await leader.succeeded();
  });

  it('starts the services after one that is given up, or ends for good, before it is ready', async (t) => {
    const { run } = scene(t, {
      feed: { code: 'process.exit(3)', more: 'crash_loop_threshold = 2' },
      reader: { code: '', more: 'auto_restart = false' },
      last: { code: STEADY, more: 'after = ["feed", "reader"]' },
    });
    const process = run();
    const all = await until(process, (events) => has(events, 'last', 'ready'));
    assert.ok(has(all, 'feed', 'failed') && has(all, 'reader', 'exited'));
    process.signal('SIGTERM');
    assert.deepEqual((await process.ended()).code, 1);
  });

  it('does not wait for a process that a service started, that left its group and keeps its output open', async (t) => {
    const code = `import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'inherit' });
      console.log('child', child.pid);
      process.on('SIGTERM', () => process.exit(0));
      setInterval(() => {}, 1000);`;
    const { run } = scene(t, { parent: { code } });
    const process = run();
    const all = await until(process, (events) => events.some(({ line }) => String(line).startsWith('child ')));
    const child = Number(String(all.find(({ line }) => String(line).startsWith('child '))?.['line']).split(' ')[1]);
    t.after(() => globalThis.process.kill(child, 'SIGKILL'));
    process.signal('SIGTERM');
    await process.succeeded();
    assert.ok(isAlive(child));
  });

  it('ends its services when nobody reads what it prints any more', { timeout: 30_000 }, async (t) => {
    const quiet = `import { writeFileSync } from 'node:fs'; writeFileSync('quiet.pid', String(process.pid));
      setInterval(() => {}, 1000);`;
    const chatty = `import { existsSync } from 'node:fs';
      setInterval(() => { if (existsSync('quiet.pid')) console.log('tick'); }, 10);`;
    const { folder } = scene(t, { quiet: { code: quiet }, chatty: { code: chatty } });
    const shell = `"${process.execPath}" "${APBUS}" run "${join(folder, 'bus.toml')}" | head -n 1`;
    assert.match(spawnSync('sh', ['-c', shell], { encoding: 'utf8' }).stdout, /tick/);
    const pid = Number(readFileSync(join(folder, 'quiet.pid'), 'latin1'));
    t.after(() => isAlive(pid) && process.kill(pid, 'SIGKILL'));
    while (isAlive(pid) && !t.signal.aborted) await new Promise((resolve) => setImmediate(resolve));
  });

  it('hands on a flood of output, and long lines in pieces, without losing any', async (t) => {
    const code = `for (let n = 0; n < 20000; n++) console.log('line', n); console.log('x'.repeat(40000)); ${STEADY}`;
    const { run } = scene(t, { loud: { code } });
    const process = run();
    const all = await until(process, (events) => events.some(({ line }) => String(line).startsWith('up ')));
    const lines = all.filter(({ stream }) => stream === 'stdout').map(({ line }) => String(line));
    assert.equal(lines.filter((line) => line.startsWith('line ')).length, 20_000);
    assert.equal(lines.filter((line) => line.startsWith('x')).join('').length, 40_000);
    process.signal('SIGTERM');
    await process.succeeded();
  });

  it('refuses a configuration without services, with exit code 2', async (t) => {
    const { run } = scene(t, {});
    const process = run();
    assert.equal((await process.ended()).code, 2);
    assert.match(process.stderr, /found no services, expected a table \[services\.NAME\]/);
  });
});
