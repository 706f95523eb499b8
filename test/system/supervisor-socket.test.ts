import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startProcess } from '../kit/processes.js';
import { APBUS, has, pidOf, scene, SOCKET, statuses, statusOf, STEADY, until, type Scene } from './supervised-scene.js';

/** Says something to the supervisor, and answers all that comes back. */
function say({ directory }: Scene, text: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(join(directory, SOCKET), () => socket.write(text));
    socket.setEncoding('utf8').on('data', (piece: string) => (answer += piece));
    socket.on('close', () => resolve(answer));
    // the rest of what it did not want to read
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
  });
}

describe('the socket of a supervisor', () => {
  it('is for its user alone, and is removed at the end; doctor, ls and rm let it be', async (t) => {
    const all = scene(t, { only: { code: STEADY } });
    const process = all.run();
    await until(process, (events) => has(events, 'only', 'ready'));
    const path = join(all.directory, SOCKET);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    for (const command of [['doctor', '--clear'], ['ls'], ['rm', '--all']]) {
      const { stderr, lines } = await all.apbus(...command);
      assert.doesNotMatch(stderr + lines.join('\n'), /\.supervisor/, command.join(' '));
    }
    assert.equal((await statusOf(all, 'only'))['state'], 'ready');
    process.signal('SIGTERM');
    await process.succeeded();
    assert.ok(!existsSync(path));
  });

  it('answers what it cannot understand with an error, and the supervisor goes on', async (t) => {
    const all = scene(t, { only: { code: STEADY } });
    const process = all.run();
    await until(process, (events) => has(events, 'only', 'ready'));
    const bad: [string | Buffer, RegExp][] = [
      ['\n', /found \\"\\", expected one line of JSON/],
      ['hello\n', /found \\"hello\\", expected one line of JSON/],
      ['[]\n', /found \[\], expected an object/],
      [Buffer.from([0xff, 0xfe, 0x00, 0x0a]), /expected one line of JSON/],
      ['{"version":2,"id":"x","command":"ps"}\n', /found version 2, expected version 1/],
      [
        '{"version":1,"id":"x","command":"kill"}\n',
        /found command \\"kill\\", expected one of ps, start, stop, restart/,
      ],
      ['{"version":1,"id":"x","command":"stop"}\n', /found 0 services, expected at least one/],
      ['x'.repeat(70_000), /found a longer request, expected at most 65536 bytes/],
      [`${JSON.stringify({ version: 1, id: 'x', command: 'stop', services: ['y'.repeat(60_000)] })}\n`, /no service/],
      [
        '{"version":1,"id":"x","command":"stop","services":["__proto__"]}\n',
        /no service \\"__proto__\\" is configured/,
      ],
    ];
    for (const [text, expected] of bad) {
      const lines = (await say(all, text)).trimEnd().split('\n');
      const { error } = JSON.parse(lines.at(-1)!) as { error: { code: string } };
      assert.equal(error.code, 'ERR_INVALID_ARGUMENT');
      assert.match(lines.at(-1)!, expected);
    }
    assert.match(await say(all, '{"version":1,"id":"mine","command":"ps"}\n'), /^\{"id":"mine","supervisor":\d+\}\n/);
    assert.equal((await statusOf(all, 'only'))['restarts'], 0);
    process.signal('SIGTERM');
    await process.succeeded();
    assert.equal(process.stderr, '');
  });

  it('refuses more connections than it can have, lets no silent one hold up its end, and is there again after', async (t) => {
    const all = scene(t, { only: { code: STEADY } });
    const process = all.run();
    await until(process, (events) => has(events, 'only', 'ready'));
    const silent = await Promise.all(
      Array.from(
        { length: 32 },
        () =>
          new Promise<ReturnType<typeof connect>>((resolve) => {
            const socket = connect(join(all.directory, SOCKET), () => resolve(socket));
            socket.on('error', () => undefined);
          }),
      ),
    );
    const refused = await all.apbus('ps');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /found more than 32 connections; try again \(ERR_RESOURCES\)/);
    silent[0]?.destroy();
    while ((await all.apbus('ps')).code !== 0);
    process.signal('SIGTERM');
    await process.succeeded();
    for (const socket of silent) socket.destroy();
  });

  it('is reached in a directory whose path is longer than the address of a socket', async (t) => {
    const all = scene(t, { only: { code: STEADY } });
    const long = join(all.folder, 'long'.repeat(40));
    mkdirSync(long, { mode: 0o700 });
    const process = all.run('--directory', long);
    await until(process, (events) => has(events, 'only', 'ready'));
    const { code, lines } = await all.apbus('ps', '--directory', long, '--json');
    assert.equal(code, 0);
    assert.equal(statuses({ code, lines, stderr: '' })[0]?.['pid'], pidOf(process, 'only'));
    assert.ok(existsSync(join(long, SOCKET)));
    assert.equal((await all.apbus('stop', '--all', '--directory', long)).code, 0);
    await process.succeeded();
    assert.ok(!existsSync(join(long, SOCKET)));
  });

  it('that cannot be made is warned of, and the supervisor goes on without', async (t) => {
    const all = scene(t, { only: { code: STEADY } });
    mkdirSync(join(all.directory, SOCKET));
    const process = all.run();
    await until(process, (events) => has(events, 'only', 'ready'));
    const { code, stderr } = await all.apbus('ps');
    assert.equal(code, 4);
    assert.match(stderr, new RegExp(`process ${process.pid} leads in .*/bus and does not listen`));
    process.signal('SIGTERM');
    await process.succeeded();
    assert.match(process.stderr, /cannot listen in .*; apbus ps, start, stop and restart do not reach this supervisor/);
    assert.ok(statSync(join(all.directory, SOCKET)).isDirectory());
  });

  it('is what the completion asks for the names of services', async (t) => {
    const all = scene(t, { gateway: { code: STEADY }, risk: { code: STEADY } });
    mkdirSync(join(all.folder, 'config'));
    writeFileSync(
      join(all.folder, 'config', 'message_bus.toml'),
      readFileSync(join(all.folder, 'bus.toml'), 'utf8').replace('"bus"', `"${all.directory}"`),
    );
    const process = all.run();
    await until(process, (events) => has(events, 'risk', 'ready'));
    const completion = startProcess(t, APBUS, ['completion', 'services'], { under: ['env', '-C', all.folder] });
    await completion.succeeded();
    assert.deepEqual(completion.lines, ['gateway', 'risk']);
    process.signal('SIGTERM');
    await process.succeeded();
  });
});
