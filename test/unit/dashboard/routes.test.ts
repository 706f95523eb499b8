import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { MessagesAnswer } from '#src/dashboard/wire.js';
import { AccessToken } from '#src/http/access-token.js';
import { temporaryDirectory, TemporaryChannel } from '../../kit/temporary-channel.js';
import { RelayDomain, SourceType, TlvMessageBuilder, TlvType } from '#src/protocol/index.js';
import { ask, codeOf, served, type Served } from './served.js';

const TOKEN = 'a-token-of-a-test-0123456789';
const text = (message: string): Uint8Array => new TextEncoder().encode(message);

async function empty(t: TestContext, token?: string): Promise<Served> {
  return served(t, temporaryDirectory(t), { token: token === undefined ? undefined : new AccessToken(token) });
}

describe('the page', () => {
  it('comes with headers that keep everything foreign out', async (t) => {
    const place = await empty(t);
    for (const path of ['/', '/page.js', '/page.css', '/uplot.css', '/icon.svg', '/login']) {
      const { status, headers, body } = await ask(place, path);
      assert.equal(status, 200, path);
      assert.ok(body.length > 100);
      assert.match(String(headers['content-security-policy']), /default-src 'none'; script-src 'self'/);
      assert.doesNotMatch(String(headers['content-security-policy']), /unsafe/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
    }
    const { body } = await ask(place, '/');
    assert.doesNotMatch(body, /<script(?![^>]*src=)|style=|onclick=|https?:/);
    assert.equal((await ask(place, '/', { method: 'HEAD' })).body, '');
  });

  for (const path of [
    '/nothing',
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%2f..%2fpackage.json',
    '//etc/passwd',
    '/page.js/..',
    '/page.js%00',
    '/uplot.LICENSE.txt',
    '/api/',
    'http://elsewhere/page.js',
  ]) {
    it(`has nothing at ${path}`, async (t) => {
      const answer = await ask(await empty(t), path);
      assert.deepEqual([answer.status, codeOf(answer)], [404, 'ERR_NOT_FOUND']);
    });
  }

  it('is refused to who names another host, or comes from another page, as all else, in JSON', async (t) => {
    const place = await empty(t);
    const foreignHost = await ask(place, '/', { headers: { host: 'evil.example' } });
    assert.deepEqual([foreignHost.status, codeOf(foreignHost)], [421, 'ERR_HOST']);
    const foreign = await ask(place, '/api/live', { headers: { 'sec-fetch-site': 'cross-site' } });
    assert.deepEqual([foreign.status, codeOf(foreign)], [403, 'ERR_ORIGIN']);
    const post = await ask(place, '/api/messages', { method: 'POST' });
    assert.deepEqual([post.status, codeOf(post), post.headers['allow']], [405, 'ERR_METHOD', 'GET, HEAD']);
  });
});

describe('with a token', () => {
  it('nothing is shown without it, or with another', async (t) => {
    const place = await empty(t, TOKEN);
    const page = await ask(place, '/');
    assert.deepEqual([page.status, page.headers['location']], [303, '/login']);
    const wrong = [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: TOKEN },
      { cookie: `apbus_dashboard_${place.server.port}=${TOKEN}` },
    ];
    for (const headers of wrong) {
      for (const path of ['/api/live', '/api/messages?channel=c', '/page.js', '/nothing']) {
        const answer = await ask(place, path, { headers });
        assert.deepEqual([answer.status, codeOf(answer)], [401, 'ERR_TOKEN'], path);
      }
    }
    const bearer = { headers: { authorization: `Bearer ${TOKEN}` } };
    assert.equal((await ask(place, '/', bearer)).status, 200);
    assert.equal((await ask(place, '/api/messages?channel=c', bearer)).status, 404);
  });

  it('a login gets a cookie that scripts cannot read and other pages cannot send', async (t) => {
    const place = await empty(t, TOKEN);
    assert.equal((await ask(place, '/login')).status, 200);
    const login = await ask(place, '/login', { method: 'POST', body: `token=${TOKEN}` });
    assert.deepEqual([login.status, login.headers['location']], [303, '/']);
    const [cookie = ''] = login.headers['set-cookie'] as string[];
    assert.match(cookie, /^apbus_dashboard_\d+=[\w-]+; HttpOnly; SameSite=Strict; Path=\/$/);
    assert.ok(!cookie.includes(TOKEN));
    assert.equal((await ask(place, '/', { headers: { cookie: cookie.split(';')[0]! } })).status, 200);
  });

  it('who is logged in to one dashboard stays so when he logs in to another one of the same machine', async (t) => {
    const both = [await empty(t, TOKEN), await empty(t, TOKEN)];
    // as a browser keeps them: of one host one of each name
    const kept = new Map<string, string>();
    for (const place of both) {
      const { headers } = await ask(place, '/login', { method: 'POST', body: `token=${TOKEN}` });
      const [pair = ''] = (headers['set-cookie'] as string[])[0]!.split(';');
      kept.set(pair.slice(0, pair.indexOf('=')), pair);
    }
    for (const place of both)
      assert.equal((await ask(place, '/', { headers: { cookie: [...kept.values()].join('; ') } })).status, 200);
  });

  it('a wrong login gets none, too many have to wait, and long or foreign forms are refused', async (t) => {
    const place = await empty(t, TOKEN);
    const post = async (body: string, headers = {}): Promise<number> =>
      (await ask(place, '/login', { method: 'POST', body, headers })).status;
    const wrong = await ask(place, '/login', { method: 'POST', body: 'token=wrong' });
    assert.deepEqual(
      [wrong.status, wrong.headers['location'], wrong.headers['set-cookie']],
      [303, '/login?wrong', undefined],
    );
    assert.match((await ask(place, '/login?wrong')).body, /<p id="wrong" class="fault">That was not the token/);
    assert.match((await ask(place, '/login')).body, /<p id="wrong" class="fault" hidden>/);
    assert.equal(await post(`token=${TOKEN}`, { origin: 'http://evil.example' }), 403);
    assert.equal(await post('a'.repeat(5000)), 413);
    for (let n = 1; n < 20; n++) assert.equal(await post(`token=${n}`), 303);
    assert.equal(await post(`token=${TOKEN}`), 429);
  });
});

describe('the messages of a channel', () => {
  const read = async (place: Served, query: string): Promise<MessagesAnswer> => {
    const answer = await ask(place, `/api/messages?${query}`);
    assert.equal(answer.status, 200, answer.body);
    return JSON.parse(answer.body) as MessagesAnswer;
  };

  it('are the latest, or from a place on, decoded, also when their producer is gone', async (t) => {
    const channel = new TemporaryChannel(t);
    const producer = channel.producer(true, 'feed');
    for (let n = 0; n < 100; n++) producer.write(text(`message ${n}`));
    producer.write(
      new TlvMessageBuilder(RelayDomain.System, SourceType.Dashboard).addTlv(TlvType.Error, text('x')).build(),
    );
    producer.close();
    const place = await served(t, channel.directory);
    const { name } = channel.shape;
    const latest = await read(place, `channel=${name}&limit=2`);
    assert.deepEqual([latest.oldest, latest.next], [0, 101]);
    assert.equal(latest.messages[0]?.text, 'message 99');
    assert.equal(latest.messages[0].producer, 'feed');
    assert.equal(latest.messages[1]?.tlvs?.[0]?.name, 'Error');
    const some = await read(place, `channel=${name}&from=7&limit=3`);
    assert.deepEqual(
      some.messages.map(({ sequence }) => sequence),
      [7, 8, 9],
    );
    assert.equal((await read(place, `channel=${name}&from=oldest&limit=1`)).messages[0]?.sequence, 0);
    assert.deepEqual((await read(place, `channel=${name}&from=999999999999999`)).messages, []);
  });

  it('are cut where they are long, one by one and all together', async (t) => {
    const channel = new TemporaryChannel(t, { capacity: 2 ** 22, messageSizeMax: 2 ** 18 });
    const producer = channel.producer();
    producer.write(new Uint8Array(2 ** 17).fill(255));
    for (let n = 0; n < 100; n++) producer.write(new Uint8Array(10_000).fill(255));
    const place = await served(t, channel.directory);
    const { messages, isCut } = await read(place, `channel=${channel.shape.name}&from=oldest&limit=200`);
    assert.deepEqual([messages[0]?.bytes, messages[0]?.hex?.length, messages[0]?.isCut], [2 ** 17, 2 ** 15, true]);
    assert.ok(isCut && messages.length < 40, `${messages.length}`);
  });

  for (const [query, status, code] of [
    ['', 400, 'ERR_INVALID_ARGUMENT'],
    ['channel=', 400, 'ERR_INVALID_ARGUMENT'],
    ['channel=..%2f..%2fetc%2fpasswd', 400, 'ERR_INVALID_ARGUMENT'],
    ['channel=%00', 400, 'ERR_INVALID_ARGUMENT'],
    ['channel=c&from=yesterday', 400, 'ERR_INVALID_ARGUMENT'],
    ['channel=c&from=-1', 400, 'ERR_INVALID_ARGUMENT'],
    ['channel=c&limit=0', 400, 'ERR_INVALID_ARGUMENT'],
    ['channel=c&limit=1e9', 400, 'ERR_INVALID_ARGUMENT'],
    ['channel=c&colour=red', 400, 'ERR_INVALID_ARGUMENT'],
    ['channel=nobody', 404, 'ERR_UNKNOWN_CHANNEL'],
  ] as const) {
    it(`are refused with ${status} for "${query}"`, async (t) => {
      const answer = await ask(await empty(t), `/api/messages?${query}`);
      assert.deepEqual([answer.status, codeOf(answer)], [status, code]);
    });
  }
});
