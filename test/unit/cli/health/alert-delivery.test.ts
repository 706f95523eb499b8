import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { deliver, type DeliverySettings } from '#src/cli/health/alert-delivery.js';
import { temporaryDirectory } from '../../../kit/temporary-channel.js';

const ALERT = { event: 'raised', finding: { found: 'it died; $(touch danger)' } };

function settings(t: TestContext, more: Partial<DeliverySettings>): DeliverySettings {
  return {
    command: undefined,
    webhook: undefined,
    workingDirectory: temporaryDirectory(t),
    timeoutMs: 30_000,
    ...more,
  };
}

/** A process that runs this program, given to node. */
const node = (program: string, ...args: string[]): string[] => [process.execPath, '-e', program, '--', ...args];

const COPY = "require('fs').writeFileSync(process.argv[1], require('fs').readFileSync(0))";

async function server(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<string> {
  const listening = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks).toString()));
  });
  await new Promise<void>((resolve) => void listening.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    listening.closeAllConnections();
    listening.close();
  });
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/hook/secret`;
}

describe('a command that is told', () => {
  it('gets the alert on its standard input, in its folder, and no shell sees it', async (t) => {
    const told = settings(t, { command: node(COPY, 'got; touch danger') });
    assert.deepEqual(await deliver(ALERT, told), []);
    const text = readFileSync(join(told.workingDirectory, 'got; touch danger'), 'utf8');
    assert.deepEqual([JSON.parse(text), text.endsWith('\n')], [ALERT, true]);
    assert.ok(!existsSync(join(told.workingDirectory, 'danger')));
  });

  it('need not read it, however long it is', async (t) => {
    const told = settings(t, { command: ['true'] });
    assert.deepEqual(await deliver({ found: 'x'.repeat(1_000_000) }, told), []);
  });

  it('that fails, dies, or is not there, is complained of', async (t) => {
    const trouble = async (...command: string[]): Promise<string[]> => deliver(ALERT, settings(t, { command }));
    assert.match((await trouble('false'))[0] ?? '', /^command false: ended with exit code 1$/);
    assert.match((await trouble(...node('process.kill(process.pid, "SIGKILL")')))[0] ?? '', /ended with SIGKILL/);
    assert.match((await trouble('./absent'))[0] ?? '', /^command \.\/absent: could not be started: .*ENOENT/);
  });

  it('that does not end is killed, with all that it has started', async (t) => {
    const told = settings(t, { command: ['sh', '-c', 'sleep 600 & echo $! > pid; wait'], timeoutMs: 2000 });
    assert.match((await deliver(ALERT, told))[0] ?? '', /was not done after 2000 ms, and was killed/);
    const pid = readFileSync(join(told.workingDirectory, 'pid'), 'utf8').trim();
    while (isRunning(pid)) await new Promise((resolve) => setImmediate(resolve));
  });
});

function isRunning(pid: string): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a webhook that is told', () => {
  it('gets the alert as the body of a POST', async (t) => {
    const got: unknown[] = [];
    const webhook = await server(t, (request, response, body) => {
      got.push(request.method, request.url, request.headers['content-type'], JSON.parse(body));
      response.end('thanks');
    });
    assert.deepEqual(await deliver(ALERT, settings(t, { webhook })), []);
    assert.deepEqual(got, ['POST', '/hook/secret', 'application/json', ALERT]);
  });

  it('that refuses, redirects or is not there is complained of, without its path', async (t) => {
    let status = 503;
    const webhook = await server(t, (_request, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/elsewhere' }).end();
    });
    const trouble = async (url: string): Promise<string> =>
      (await deliver(ALERT, settings(t, { webhook: url }))).join();
    assert.match(await trouble(webhook), /^webhook 127\.0\.0\.1:\d+: answered 503$/);
    status = 307;
    assert.match(await trouble(webhook), /answered 307$/);
    assert.match(await trouble('http://127.0.0.1:1/secret'), /^webhook 127\.0\.0\.1:1: [^/]*$/);
  });

  it('that does not answer is given up', async (t) => {
    const webhook = await server(t, () => undefined);
    const troubles = await deliver(ALERT, settings(t, { webhook, timeoutMs: 500 }));
    assert.match(troubles.join(), /^webhook .* did not answer within 500 ms$/);
  });
});
