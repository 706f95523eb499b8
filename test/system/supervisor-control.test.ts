import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { has, isAlive, pidOf, scene, SOCKET, statuses, statusOf, STEADY, told, until } from './supervised-scene.js';

/** It ends when it is killed, and not before. */
const DEAF = `process.on('SIGTERM', () => {}); console.log('up', process.pid); setInterval(() => {}, 1000);`;

describe('apbus ps', () => {
  it('shows how each service does, as a table and as NDJSON', async (t) => {
    const all = scene(t, {
      steady: { code: STEADY },
      // its channel needs a service that reads: it is never attached
      feed: { code: STEADY, more: 'ready_timeout_ms = 60000' },
      later: { code: STEADY, more: 'after = ["feed"]' },
      loops: { code: 'process.exit(3)', more: 'restart_delay_max_ms = 900000\nstable_after_ms = 1000' },
    });
    writeFileSync(
      join(all.folder, 'bus.toml'),
      readFileSync(join(all.folder, 'bus.toml'), 'utf8').replace(
        /("loops\.mjs"\]\n)restart_delay_ms = 20/,
        '$1restart_delay_ms = 600000',
      ),
    );
    const process = all.run();
    await until(process, (events) => has(events, 'steady', 'ready') && has(events, 'loops', 'restarting'));
    const [steady, feed, later, loops] = statuses(await all.apbus('ps', '--json'));
    assert.deepEqual(
      [steady?.['state'], steady?.['ready'], steady?.['pid']],
      ['ready', true, pidOf(process, 'steady')],
    );
    assert.ok(Number(steady?.['upMs']) >= 0);
    assert.deepEqual([feed?.['state'], feed?.['ready'], feed?.['late']], ['starting', false, false]);
    assert.deepEqual([later?.['state'], later?.['pid'], later?.['waitsFor']], ['waiting', undefined, ['feed']]);
    assert.deepEqual([loops?.['state'], loops?.['lastExit'], loops?.['restarts']], ['waiting', 'exit code 3', 1]);
    const nextMs = Number(loops?.['nextStartMs']);
    assert.ok(nextMs > 500_000 && nextMs <= 600_000, String(nextMs));
    const table = await all.apbus('ps');
    assert.match(table.lines[0]!, /^service +state +ready +pid +up +restarts +next start +last exit$/);
    assert.match(table.lines[3]!, /^later +waiting +no +- +- +0 +after feed +-$/);
    assert.match(table.lines[4]!, /^loops +waiting +no +- +- +1 +in \d+m \d+s +exit code 3$/);
    process.signal('SIGTERM');
    await process.succeeded();
  });

  it('says that no supervisor leads, with exit code 4: before it, behind a killed one, and with one that stands by', async (t) => {
    const all = scene(t, { only: { code: STEADY } });
    const before = await all.apbus('ps');
    assert.equal(before.code, 4);
    assert.match(before.stderr, /no supervisor leads in .*\/bus; start it with apbus run/);
    const leader = all.run();
    await until(leader, (events) => has(events, 'only', 'ready'));
    assert.equal((await all.apbus('ps')).code, 0);
    await leader.kill();
    assert.ok(existsSync(join(all.directory, SOCKET)), 'a killed one leaves its socket');
    for (const command of [['ps'], ['stop', '--all'], ['restart', 'only']])
      assert.equal((await all.apbus(...command)).code, 4, command.join(' '));
    const next = all.run();
    await until(next, (events) => has(events, 'only', 'ready'));
    const standby = all.run('--standby');
    assert.equal((await statusOf(all, 'only'))['pid'], pidOf(next, 'only'), 'the next one has taken its place');
    next.signal('SIGTERM');
    await next.succeeded();
    await until(standby, (events) => has(events, 'only', 'ready'));
    assert.equal((await statusOf(all, 'only'))['pid'], pidOf(standby, 'only'));
    standby.signal('SIGTERM');
    await standby.succeeded();
    assert.ok(!existsSync(join(all.directory, SOCKET)));
  });
});

describe('apbus stop', () => {
  it('waits until a service has ended, which stays so until it is started; the supervisor goes on', async (t) => {
    const all = scene(t, { only: { code: STEADY } });
    const process = all.run();
    await until(process, (events) => has(events, 'only', 'ready'));
    const pid = pidOf(process, 'only');
    const stopped = await all.apbus('stop', 'only', '--json');
    assert.ok(!isAlive(pid));
    assert.deepEqual([stopped.code, statuses(stopped)[0]?.['state']], [0, 'stopped']);
    assert.equal((await statusOf(all, 'only'))['state'], 'stopped');
    const started = await all.apbus('start', 'only', '--json');
    assert.deepEqual([started.code, statuses(started)[0]?.['state']], [0, 'ready']);
    assert.ok(isAlive(Number(statuses(started)[0]?.['pid'])));
    process.signal('SIGTERM');
    await process.succeeded();
  });

  it('ends several in the opposite order of their start, also over services that are not named', async (t) => {
    const all = scene(t, {
      a: { code: STEADY },
      b: { code: STEADY, more: 'after = ["a"]' },
      c: { code: STEADY, more: 'after = ["b"]' },
    });
    const process = all.run();
    await until(process, (events) => has(events, 'c', 'ready'));
    const stopped = await all.apbus('stop', 'a', 'c');
    assert.deepEqual(stopped.stderr.trim().split('\n'), [
      'c: stopped, last exit: exit code 0',
      'a: stopped, last exit: exit code 0',
    ]);
    await until(process, (events) => has(events, 'a', 'stopped'));
    const events = told(process).map(({ service, event }) => `${String(service)} ${String(event)}`);
    assert.ok(events.indexOf('c stopped') < events.indexOf('a stopping'), events.join());
    assert.equal((await statusOf(all, 'b'))['state'], 'ready');
    process.signal('SIGTERM');
    await process.succeeded();
  });

  it('with --no-wait only asks for it', async (t) => {
    const all = scene(t, { deaf: { code: DEAF, more: 'stop_timeout_ms = 600000' } });
    const process = all.run();
    await until(process, (events) => events.some(({ line }) => String(line).startsWith('up ')));
    const asked = await all.apbus('stop', 'deaf', '--no-wait');
    assert.deepEqual([asked.code, asked.stderr], [0, 'deaf: asked to stop\n']);
    assert.equal((await statusOf(all, 'deaf'))['state'], 'stopping');
    assert.ok(isAlive(pidOf(process, 'deaf')));
    process.signal('SIGTERM');
    process.signal('SIGINT');
    await process.succeeded();
  });

  it('with --all ends the supervisor in order, and answers when the next one may lead', async (t) => {
    const all = scene(t, { a: { code: STEADY }, b: { code: STEADY, more: 'after = ["a"]' } });
    const process = all.run();
    await until(process, (events) => has(events, 'b', 'ready'));
    const stopped = await all.apbus('stop', '--all', '--json');
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.deepEqual(
      statuses(stopped).map(({ service, state }) => `${String(service)} ${String(state)}`),
      ['a stopped', 'b stopped'],
    );
    assert.ok(!existsSync(join(all.directory, SOCKET)));
    await process.succeeded();
    const events = told(process).map(({ service, event }) => `${String(service)} ${String(event)}`);
    assert.ok(events.indexOf('b stopped') < events.indexOf('a stopping'));
    assert.equal((await all.apbus('stop', '--all')).code, 4);
  });

  it('refuses a service that is not configured, names the nearest, and does nothing to the others', async (t) => {
    const all = scene(t, { gateway: { code: STEADY }, risk: { code: STEADY } });
    const process = all.run();
    await until(process, (events) => has(events, 'risk', 'ready') && has(events, 'gateway', 'ready'));
    const refused = await all.apbus('stop', 'risk', 'gatway');
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /no service "gatway" is configured; did you mean "gateway"\? there are: gateway, risk/,
    );
    assert.equal((await statusOf(all, 'risk'))['state'], 'ready');
    const nobody = await all.apbus('stop');
    assert.deepEqual([nobody.code, /name the services to end, or say --all/.test(nobody.stderr)], [1, true]);
    process.signal('SIGTERM');
    await process.succeeded();
  });
});

describe('apbus restart', () => {
  it('waits until the service is ready, in another process', async (t) => {
    const all = scene(t, { a: { code: STEADY }, b: { code: STEADY, more: 'after = ["a"]' } });
    const process = all.run();
    await until(process, (events) => has(events, 'b', 'ready'));
    const before = pidOf(process, 'a');
    const restarted = await all.apbus('restart', 'b', 'a', '--json');
    assert.equal(restarted.code, 0, restarted.stderr);
    const found = statuses(restarted);
    assert.deepEqual(
      found.map(({ service, state, restarts }) => [service, state, restarts]),
      [
        ['a', 'ready', 1],
        ['b', 'ready', 1],
      ],
    );
    assert.ok(!isAlive(before) && isAlive(Number(found[0]?.['pid'])));
    process.signal('SIGTERM');
    await process.succeeded();
  });

  it('says that a service is late, or given up, with exit code 1', async (t) => {
    const all = scene(t, {
      reader: { code: STEADY, more: 'ready_timeout_ms = 50' },
      feed: { code: 'process.exit(3)', more: 'crash_loop_threshold = 2' },
    });
    const process = all.run();
    await until(process, (events) => has(events, 'reader', 'late') && has(events, 'feed', 'failed'));
    const late = await all.apbus('restart', 'reader');
    assert.equal(late.code, 1);
    assert.match(late.stderr, /^reader: process \d+ is not attached in time, and goes on/);
    const failed = await all.apbus('start', 'feed');
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /^feed: given up: it ended too often, last exit: exit code 3/);
    process.signal('SIGTERM');
    assert.equal((await process.ended()).code, 1);
  });
});
