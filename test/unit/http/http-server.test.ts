import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { it, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { AccessToken } from '#src/http/access-token.js';
import type { Route } from '#src/http/gate.js';
import { HttpServer, type HttpSettings } from '#src/http/http-server.js';
import { BusError } from '#src/platform/bus-error.js';

const TOKEN = '0123456789abcdef';
const TEXT = 'text/plain';
const CONNECTIONS_MAX = 50;
const ROUTES = new Map<string, Route>([
  ['/open', { isOpen: true, answer: ({ isKnown }) => ({ status: 200, body: isKnown ? 'all' : 'little' }) }],
  ['/closed', { isOpen: false, answer: async () => ({ status: 200, body: 'secret' }) }],
  ['/broken', { isOpen: true, answer: async () => Promise.reject(new Error('of this request')) }],
  ['/door', { isOpen: false, toUnknown: { status: 303, body: '' }, answer: () => ({ status: 200, body: 'in' }) }],
  [
    '/form',
    {
      isOpen: true,
      parameters: ['a', 'b'],
      formBytesMax: 10,
      answer: ({ method, body, query }) => ({ status: 200, body: `${method} ${body} ${query.get('a') ?? ''}` }),
    },
  ],
  ['/stream', { isOpen: false, answer: () => ({ type: TEXT, begin: (response) => void response.end('bit by bit') }) }],
]);

interface Reply {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

async function serving(t: TestContext, settings: Partial<HttpSettings> = {}): Promise<HttpServer> {
  const listen = { host: '127.0.0.1', port: 0 };
  const server = await HttpServer.listen({ listen, token: undefined, routes: ROUTES, ...settings });
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
  assert.equal((await ask(server, { path: '/stream' })).body, 'bit by bit');
  for (const path of ['/closed', '/stream']) {
    const { status: found, body } = await ask(server, { path, method: 'HEAD' });
    assert.deepEqual([found, body], [200, ''], path);
  }
  for (const path of ['/', '/closed/', '/../../etc/passwd', '/%2e%2e/etc/passwd', '//closed', '/closed%00', '/OPEN'])
    assert.equal(await status({ path }), 404, path);
  for (const path of ['/closed?%zz', '/closed?a=b', '/closed?%00', '/form?a=1&c=2'])
    assert.equal(await status({ path }), 400, path);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'])
    assert.equal(await status({ path: '/closed', method }), 405, method);
  for (const headers of [{ 'Content-Length': 5 }, { 'Transfer-Encoding': 'chunked' }])
    assert.equal(await status({ path: '/closed', headers }, 'hello'), 413);
});

it('a form is taken where there is one, as long as it may be', async (t) => {
  const server = await serving(t);
  const post = (body: string, path = '/form'): Promise<Reply> => ask(server, { path, method: 'POST' }, body);
  assert.equal((await post('a=1', '/form?a=2')).body, 'POST a=1 2');
  assert.equal((await ask(server, { path: '/form' })).body, 'GET  ');
  assert.equal((await post('a'.repeat(11))).status, 413);
  assert.equal((await post('a'.repeat(1_000_000))).status, 413);
  const { status, headers } = await ask(server, { path: '/form', method: 'PUT' });
  assert.deepEqual([status, headers.allow], [405, 'GET, HEAD, POST']);
  assert.equal((await ask(server, { path: '/open' })).status, 200, 'and it goes on');
});

it('what another page asks for by a name of its own, or by its scripts and forms, is refused', async (t) => {
  const server = await serving(t, { listen: { host: 'localhost', port: 0 } });
  const status = async (headers: Record<string, string>, method = 'GET'): Promise<number | undefined> =>
    (await ask(server, { path: '/form', method, headers })).status;
  for (const Host of ['evil.example', 'evil.example:80', 'localhost.evil.example'])
    assert.equal(await status({ Host }), 421, Host);
  assert.equal(await status({ Host: '127.0.0.1:80' }), 200);
  assert.equal(await status({ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }), 403);
  assert.equal(await status({ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }), 200, 'a link may');
  assert.equal(await status({ 'Sec-Fetch-Site': 'same-origin' }), 200);
  assert.equal(await status({ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }, 'POST'), 403);
  assert.equal(await status({ Origin: 'http://evil.example' }, 'POST'), 403);
  for (const headers of [{ Origin: 'null' }, { Host: 'localhost', Origin: 'http://localhost' }, {}])
    assert.equal(await status(headers, 'POST'), 200);
});

it('every answer forbids browsers to keep it, to frame it, and to run what is in it', async (t) => {
  const server = await serving(t);
  for (const path of ['/open', '/nothing', '/stream', '/broken']) {
    const { headers } = await ask(server, { path });
    assert.match(String(headers['content-security-policy']), /^default-src 'none'; /);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(headers['cache-control'], 'no-store');
  }
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
  const isKnown = ({ headers }: IncomingMessage): boolean => headers.cookie === 'known';
  const server = await serving(t, { token: new AccessToken(TOKEN), isKnown });
  const headers = { Authorization: `Bearer ${TOKEN}` };
  const refused = await ask(server, { path: '/closed' });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers['www-authenticate'], 'Bearer');
  assert.equal((await ask(server, { path: '/nothing' })).status, 401, 'nor does it tell which paths there are');
  assert.equal((await ask(server, { path: '/door' })).status, 303);
  assert.equal((await ask(server, { path: '/closed', headers: { Authorization: 'Bearer wrong' } })).status, 401);
  assert.equal((await ask(server, { path: '/closed', headers })).body, 'secret');
  assert.equal((await ask(server, { path: '/closed', headers: { Cookie: 'known' } })).body, 'secret');
  assert.equal((await ask(server, { path: '/door', headers })).body, 'in');
  assert.equal((await ask(server, { path: '/nothing', headers })).status, 404);
  assert.equal((await ask(server, { path: '/open' })).body, 'little');
  assert.equal((await ask(server, { path: '/open', headers })).body, 'all');
  const Host = 'bus.example';
  assert.equal((await ask(server, { path: '/closed', headers: { ...headers, Host } })).body, 'secret');
  for (const known of [{}, { Cookie: 'known' }])
    assert.equal((await ask(server, { path: '/open', headers: { ...known, Host } })).status, 421);
});

it('without a token it listens on loopback alone', async (t) => {
  const listen = { host: '0.0.0.0', port: 0 };
  await assert.rejects(
    HttpServer.listen({ listen, token: undefined, routes: ROUTES }),
    (error) => BusError.is(error, 'ERR_INVALID_ARGUMENT') && /others can reach 0\.0\.0\.0/.test(error.message),
  );
  const server = await serving(t, { listen, token: new AccessToken(TOKEN) });
  assert.equal((await ask(server, { path: '/closed' })).status, 401);
});

it('a request that fails is a 500, with the reason for who may know it, and the next one goes well', async (t) => {
  const server = await serving(t);
  const { status, body } = await ask(server, { path: '/broken' });
  assert.deepEqual([status, body], [500, 'of this request\n']);
  assert.equal((await ask(server, { path: '/open' })).status, 200);
  const closed = await serving(t, { token: new AccessToken(TOKEN) });
  assert.doesNotMatch((await ask(closed, { path: '/broken' })).body, /of this request/);
});

it('says no in the words of who serves', async (t) => {
  const server = await serving(t, { refuse: ({ status, code }) => ({ status, body: code }) });
  assert.equal((await ask(server, { path: '/nothing' })).body, 'ERR_NOT_FOUND');
  assert.equal((await ask(server, { path: '/broken' })).body, 'ERR_INTERNAL');
});

it('a thousand connections at once are answered or told that they are too many', async (t) => {
  const server = await serving(t, { connectionsMax: CONNECTIONS_MAX });
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

it('who answers is told when the answer is over, whether it arrived or not', async (t) => {
  let over = 0;
  const body = Buffer.alloc(64 * 1024 * 1024);
  const route: Route = { isOpen: true, answer: () => ({ status: 200, body, over: () => over++ }) };
  const server = await serving(t, { routes: new Map([['/large', route]]) });
  assert.equal((await ask(server, { path: '/large' })).body.length, body.length);
  await ask(server, { path: '/large', method: 'HEAD' });
  while (over < 2) await pause(1);
  const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
  socket.write('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'data');
  socket.pause();
  await pause(20);
  assert.equal(over, 2, 'it is not over while somebody reads');
  socket.destroy();
  while (over < 3) await pause(1);
});

it('a port that is taken is an error that says so', async (t) => {
  const { port } = await serving(t);
  await assert.rejects(
    HttpServer.listen({ listen: { host: '127.0.0.1', port }, token: undefined, routes: ROUTES }),
    (error) => BusError.is(error, 'ERR_RESOURCES') && /EADDRINUSE.*--listen/.test((error as Error).message),
  );
});
