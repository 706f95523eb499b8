import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { askSupervisor } from '#src/supervisor/control/client.js';
import { ControlServer, IDLE_MS, type Handle } from '#src/supervisor/control/server.js';
import { BusError } from '#src/platform/bus-error.js';
import type { ServiceStatus } from '#src/supervisor/events.js';
import { temporaryDirectory } from '../../../kit/temporary-channel.js';
import { FakeTime } from '../kit.js';

const SOCKET = '.supervisor.sock';
const STATUS: ServiceStatus = {
  service: 'a',
  state: 'stopped',
  pid: undefined,
  restarts: 0,
  upMs: undefined,
  lastExit: undefined,
  ready: false,
  late: false,
  nextStartMs: undefined,
  waitsFor: [],
};

async function served(t: TestContext, handle: Handle) {
  const directory = temporaryDirectory(t);
  const time = new FakeTime();
  const server = await ControlServer.listen(directory, handle, time);
  t.after(() => server.close());
  return { directory, time, server };
}

/** Something that listens where a supervisor would, and says this to whoever asks. */
async function impostor(t: TestContext, answer: (request: { id: string }, socket: Socket) => void): Promise<string> {
  const directory = temporaryDirectory(t);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (line) => answer(JSON.parse(String(line)) as { id: string }, socket));
  }).listen(join(directory, SOCKET));
  await once(server, 'listening');
  t.after(() => server.close());
  return directory;
}

const stop = (directory: string, onService: (status: ServiceStatus) => void = () => undefined, time = new FakeTime()) =>
  askSupervisor(directory, { command: 'stop', services: ['a'], all: false, wait: true, onService, timers: time });

describe('who asks a supervisor', () => {
  it('gets the status of each service as it is told, and then the end', async (t) => {
    const { directory } = await served(t, async (request, tell) => {
      assert.deepEqual([request.command, request.services, request.wait], ['stop', ['a'], true]);
      tell(STATUS);
    });
    const found: string[] = [];
    await stop(directory, ({ service }) => found.push(service));
    assert.deepEqual(found, ['a']);
  });

  it('gets the error of the supervisor, with its code', async (t) => {
    const { directory } = await served(t, () => Promise.reject(new BusError('ERR_ABORTED', 'it ends')));
    await assert.rejects(stop(directory), { code: 'ERR_ABORTED', message: 'it ends' });
  });

  it('gets an error for a bug of the supervisor, which goes on', async (t) => {
    const { directory } = await served(t, () => Promise.reject(new TypeError('a bug')));
    for (let time = 0; time < 2; time++)
      await assert.rejects(stop(directory), { code: 'ERR_RESOURCES', message: 'a bug' });
  });

  it('does not believe one that answers another request, or not all of it', async (t) => {
    const other = await impostor(t, (_, socket) => socket.end('{"id":"other","done":true}\n'));
    await assert.rejects(stop(other), { code: 'ERR_NO_SUPERVISOR', message: /expected the answer of a supervisor/ });
    const half = await impostor(t, ({ id }, socket) => socket.end(`${JSON.stringify({ id, done: true })}\n`));
    await assert.rejects(stop(half), { code: 'ERR_NO_SUPERVISOR', message: /answered without a word of a/ });
  });

  it('does not wait for one that says nothing, or is gone, or does not come to an end', async (t) => {
    const time = new FakeTime();
    const silent = await impostor(t, () => time.pass(10_000));
    await assert.rejects(stop(silent, undefined, time), { code: 'ERR_NO_SUPERVISOR', message: /does not answer for/ });
    const gone = await impostor(t, ({ id }, socket) => socket.end(`${JSON.stringify({ id, supervisor: 7 })}\n`));
    await assert.rejects(stop(gone), { code: 'ERR_NO_SUPERVISOR', message: /ended before it had answered/ });
    const endless = await impostor(t, (_, socket) => socket.write('x'.repeat(2_000_000)));
    await assert.rejects(stop(endless), { code: 'ERR_NO_SUPERVISOR', message: /a line that does not end/ });
  });

  it('waits for as long as it takes for what has been understood', async (t) => {
    const time = new FakeTime();
    const slow = await impostor(t, ({ id }, socket) => {
      socket.write(`${JSON.stringify({ id, supervisor: 7 })}\n`);
      // it is read before more is said
      setTimeout(() => {
        time.pass(1_000_000);
        socket.end(`${JSON.stringify({ id, service: STATUS })}\n${JSON.stringify({ id, done: true })}\n`);
      }, 50);
    });
    await stop(slow, undefined, time);
  });
});

describe('who listens', () => {
  it('answers one that says nothing, or stops in the middle, when its time is over', async (t) => {
    const requests: string[] = [];
    const { directory, time } = await served(t, ({ command }) => {
      requests.push(command);
      return Promise.resolve();
    });
    for (const words of ['', '{"version":1,']) {
      const socket = connect({ path: join(directory, SOCKET), allowHalfOpen: true });
      await once(socket, 'connect');
      socket.write(words);
      // its connection is taken on when another one is answered
      await assert.rejects(stop(directory), { message: /without a word of a/ });
      time.pass(IDLE_MS);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      assert.match(String(answer), /"ERR_TIMEOUT","message":"found no request within 5000 ms/);
      // too late: it was told that it was not understood
      socket.write('{"version":1,"id":"late","command":"ps"}\n');
      await assert.rejects(stop(directory), { message: /without a word of a/ });
      assert.deepEqual(requests.splice(0), ['stop', 'stop']);
      socket.destroy();
    }
  });

  it('reads a request without line feed from one who has said all, and nothing after the first line', async (t) => {
    const requests: string[] = [];
    const { directory } = await served(t, ({ id }) => {
      requests.push(id);
      return Promise.resolve();
    });
    const ps = (id: string): string => JSON.stringify({ version: 1, id, command: 'ps' });
    for (const text of [ps('one'), `${ps('two')}\n${ps('three')}\n`]) {
      const socket = connect({ path: join(directory, SOCKET), allowHalfOpen: true });
      socket.end(text).resume();
      await once(socket, 'end');
    }
    assert.deepEqual(requests, ['one', 'two']);
  });

  it('listens no longer after its end, and still answers what was asked before', async (t) => {
    let finish = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let end = (): void => undefined;
    const { directory, server } = await served(t, async (_, tell) => {
      finish();
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      tell(STATUS);
    });
    const answered = stop(directory);
    await begun;
    const silent = connect(join(directory, SOCKET));
    await once(silent, 'connect');
    // it was taken on before this one is hung up on
    const cut = connect(join(directory, SOCKET)).on('error', () => undefined);
    cut.end('{}').resume();
    await once(cut, 'close');
    const closed = once(silent.on('error', () => undefined).resume(), 'close');
    server.close();
    await closed;
    await assert.rejects(stop(directory), { code: 'ERR_NO_SUPERVISOR', message: /no supervisor leads in/ });
    end();
    await answered;
  });
});
