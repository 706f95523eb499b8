import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isLoopback, isLoopbackHost, parseListen, shownAddress } from '#src/cli/serve/listen-address.js';
import { BusError } from '#src/platform/bus-error.js';

it('an address is a host and a port', () => {
  assert.deepEqual(parseListen('127.0.0.1:9464'), { host: '127.0.0.1', port: 9464 });
  assert.deepEqual(parseListen('[::1]:0'), { host: '::1', port: 0 });
  assert.deepEqual(parseListen('bus.example:80'), { host: 'bus.example', port: 80 });
  assert.equal(shownAddress('::1', 80), 'http://[::1]:80');
  for (const wrong of ['', '9464', ':9464', '127.0.0.1', '127.0.0.1:', 'a:70000', '[127.0.0.1]:1', 'a b:1', '::1:80'])
    assert.throws(
      () => parseListen(wrong),
      (error) => BusError.is(error, 'ERR_INVALID_ARGUMENT'),
      wrong,
    );
});

it('loopback is what nobody else reaches', () => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1']) assert.ok(isLoopback(host), host);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example', 'bus.example'])
    assert.ok(!isLoopback(host), host);
});

it('a Host header names this machine, with a port or without', () => {
  for (const header of ['localhost', 'localhost:9464', '127.0.0.1:1', '[::1]:80', '[::1]'])
    assert.ok(isLoopbackHost(header), header);
  for (const header of [undefined, '', 'evil.example', 'evil.example:9464', 'localhost.evil.example', '[::2]:80'])
    assert.ok(!isLoopbackHost(header), header);
});
