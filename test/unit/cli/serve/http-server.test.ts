import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { it, type TestContext } from 'node:test';
import { BearerToken } from '#src/cli/serve/bearer-token.js';
import { CONNECTIONS_MAX, HttpServer, type Route } from '#src/cli/serve/http-server.js';
import { BusError } from '#src/platform/bus-error.js';

const TOKEN = '0123456789abcdef';
const ROUTES = new Map<string, Route>([
  ['/open', { isOpen: true, answer: async (isKnown) => ({ status: 200, body: isKnown ? 'all' : 'little' }) }],
  ['/closed', { isOpen: false, answer: async () => ({ status: 200, body: 'secret' }) }],
  ['/broken', { isOpen: false, answer: async () => Promise.reject(new Error('of this request')) }],
]);

interface Reply {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

async function serving(t: TestContext, token?: BearerToken): Promise<HttpServer> {
  const server = await HttpServer.listen({ listen: { host: '127.0.0.1', port: 0 }, token, routes: ROUTES });
  t.after(() => server[Symbol.asyncDispose]());
  return server;
}

async function ask({ port }: HttpServer, options: RequestOptions, body?: string): Promise<Reply> {
  const asked = request({ host: '127.0.0.1', port, agent: false, ...options });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) text += String(part);
  return { status: response.statusCode, headers: response.headers, body: text };
}

/** What the server says to bytes that no client library would send. */
async function sayRaw({ port }: HttpServer, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8').on('error', () => undefined);
  let said = '';
  socket.on('data', (text: string) => (said += text));
  socket.write(bytes);
  await once(socket, 'close');
  return said.split('\r\n')[0] ?? '';
}

it('paths that there are answer; what a request may not be is refused by its status', async (t) => {
  const server = await serving(t);
  const status = async (options: RequestOptions, body?: string): Promise<number | undefined> =>
    (await ask(server, options, body)).status;
  assert.equal((await ask(server, { path: '/closed' })).body, 'secret');
  assert.equal((await ask(server, { path: '/open?' })).body, 'all');
  assert.deepEqual(
    [(await ask(server, { path: '/closed', method: 'HEAD' })).body, await status({ path: '/closed', method: 'HEAD' })],
    ['', 200],
  );
  for (const path of ['/', '/closed/', '/../../etc/passwd', '/%2e%2e/etc/passwd', '//closed', '/closed%00', '/OPEN'])
    assert.equal(await status({ path }), 404, path);
  for (const path of ['/closed?%zz', '/closed?a=b', '/closed?%00']) assert.equal(await status({ path }), 400, path);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'])
    assert.equal(await status({ path: '/closed', method }), 405, method);
  assert.equal(await status({ path: '/closed', headers: { 'Content-Length': 5 } }, 'hello'), 413);
  assert.equal(await status({ path: '/closed', headers: { 'Transfer-Encoding': 'chunked' } }, 'hello'), 413);
  assert.equal(await status({ path: '/closed', headers: { Host: 'evil.example' } }), 421);
});

it('what is no HTTP, and a header that is too long, ends the connection with the reason', async (t) => {
  const server = await serving(t);
  assert.equal(await sayRaw(server, 'hello\r\n\r\n'), 'HTTP/1.1 400 Bad Request');
  assert.match(
    await sayRaw(server, `GET /open HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(10_000)}\r\n\r\n`),
    /^HTTP\/1.1 431 /,
  );
  assert.match(await sayRaw(server, `GET /${'x'.repeat(10_000)} HTTP/1.1\r\n`), /^HTTP\/1.1 431 /);
  assert.match(await sayRaw(server, 'GET http://localhost/open HTTP/1.1\r\nHost: localhost\r\n\r\n'), / 404 /);
});

it('with a token, those without it get 401 of what is closed, and little of what is open', async (t) => {
  const server = await serving(t, new BearerToken(TOKEN));
  const headers = { Authorization: `Bearer ${TOKEN}`, Host: 'bus.example' };
  const refused = await ask(server, { path: '/closed' });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers['www-authenticate'], 'Bearer');
  assert.equal((await ask(server, { path: '/nothing' })).status, 401, 'nor does it tell which paths there are');
  assert.equal((await ask(server, { path: '/closed', headers: { Authorization: 'Bearer wrong' } })).status, 401);
  assert.equal((await ask(server, { path: '/closed', headers })).body, 'secret');
  assert.equal((await ask(server, { path: '/open' })).body, 'little');
  assert.equal((await ask(server, { path: '/open', headers })).body, 'all');
});

it('a request that fails is a 500, and the next one goes well', async (t) => {
  const server = await serving(t);
  assert.deepEqual((({ status, body }) => [status, body])(await ask(server, { path: '/broken' })), [
    500,
    'of this request\n',
  ]);
  assert.equal((await ask(server, { path: '/open' })).status, 200);
});

it('a thousand connections at once are answered or told that they are too many', async (t) => {
  const server = await serving(t);
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  t.after(() => agent.destroy());
  const statuses = await Promise.all(
    Array.from({ length: 1000 }, async () => (await ask(server, { path: '/open', agent })).status),
  );
  const served = statuses.filter((status) => status === 200).length;
  const refused = statuses.filter((status) => status === 503).length;
  assert.equal(served + refused, 1000);
  assert.ok(served >= CONNECTIONS_MAX, `${served} served`);
  agent.destroy();
  // and when they have gone there is room again
  let last = 503;
  while (last === 503) last = (await ask(server, { path: '/open' })).status ?? 0;
  assert.equal(last, 200);
});

it('a port that is taken is an error that says so', async (t) => {
  const { port } = await serving(t);
  await assert.rejects(
    HttpServer.listen({ listen: { host: '127.0.0.1', port }, token: undefined, routes: ROUTES }),
    (error) => BusError.is(error, 'ERR_RESOURCES') && /EADDRINUSE.*--listen/.test((error as Error).message),
  );
});
