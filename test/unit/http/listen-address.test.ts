import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { it } from 'node:test';
import { defaultListen, isLoopback, isOurHost, parseListen, shownAddress } from '#src/http/listen-address.js';
import { BusError } from '#src/platform/bus-error.js';

it('an address is a host and a port, or a port of loopback', () => {
  assert.deepEqual(parseListen('127.0.0.1:9464', 1), { host: '127.0.0.1', port: 9464 });
  assert.deepEqual(parseListen('9464', 1), { host: '127.0.0.1', port: 9464 });
  assert.deepEqual(parseListen(defaultListen(9464), 1), { host: '127.0.0.1', port: 9464 });
  assert.deepEqual(parseListen('[::1]:0', 1), { host: '::1', port: 0 });
  assert.deepEqual(parseListen('bus.example:80', 1), { host: 'bus.example', port: 80 });
  assert.equal(shownAddress({ host: '::1', port: 80 }), 'http://[::1]:80');
});

it('what is no address is refused with an example', () => {
  for (const wrong of ['', ':9464', '127.0.0.1', '127.0.0.1:', 'a:70000', '70000', '[127.0.0.1]:1', 'a b:1', '::1:80'])
    assert.throws(
      () => parseListen(wrong, 9464),
      (error) =>
        BusError.is(error, 'ERR_INVALID_ARGUMENT') &&
        /^--listen: found ".*", expected a port, or an address and a port: 9464, 127\.0\.0\.1:9464 or/.test(
          error.message,
        ),
      wrong,
    );
});

it('loopback is what nobody else reaches', () => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1']) assert.ok(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example', '127.0.0', 'bus.example'])
    assert.ok(!isLoopback(host), host);
});

it('a Host header is an address, a name of this machine, or the one to listen at, with a port or without', () => {
  const ours = [
    'localhost',
    'LOCALHOST:9464',
    '127.0.0.1:1',
    '10.0.0.1',
    '[::1]:80',
    '[::2]',
    hostname(),
    'bus.example:80',
  ];
  for (const header of ours) assert.ok(isOurHost(header, 'Bus.Example'), header);
  const others = [
    undefined,
    '',
    'evil.example',
    'evil.example:9464',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
  ];
  for (const header of [...others, 'a@b', '[::1', 'bus.example:80:80', `${hostname()}.evil.example`])
    assert.ok(!isOurHost(header, 'bus.example'), header);
});
