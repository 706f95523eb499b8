import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { AccessToken, newToken, tokenFromFile } from '#src/http/access-token.js';
import { BusError } from '#src/platform/bus-error.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

const TOKEN = '0123456789abcdef';

it('a token is what its file holds, and an Authorization header says it', (t) => {
  const path = join(temporaryDirectory(t), 'token');
  writeFileSync(path, `${TOKEN}\n`, { mode: 0o600 });
  const token = tokenFromFile(path);
  for (const header of [`Bearer ${TOKEN}`, `bearer  ${TOKEN} `]) assert.ok(token.isIn(header), header);
  for (const header of [
    undefined,
    '',
    TOKEN,
    'Bearer',
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Basic ${TOKEN}`,
  ])
    assert.ok(!token.isIn(header), header);
});

it('a new token is another one each time, and could stand in a file', (t) => {
  const path = join(temporaryDirectory(t), 'token');
  const [one, other] = [newToken(), newToken()];
  assert.notEqual(one, other);
  writeFileSync(path, one, { mode: 0o600 });
  assert.ok(tokenFromFile(path).matches(one) && !new AccessToken(other).matches(one));
});

it('a file that others can read, that is too short or long, no file, or not there is refused', (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'token');
  const refused = (expected: RegExp, file = path): void =>
    assert.throws(
      () => tokenFromFile(file),
      (error) => BusError.is(error, 'ERR_INVALID_ARGUMENT') && expected.test((error as Error).message),
    );
  refused(/--token-file: cannot read .*ENOENT/);
  writeFileSync(path, TOKEN, { mode: 0o600 });
  chmodSync(path, 0o640);
  refused(/found mode 0640, expected a file that only its owner may read: chmod 600/);
  chmodSync(path, 0o600);
  for (const text of [
    '',
    'short',
    `${TOKEN} ${TOKEN}`,
    `${TOKEN}\n${TOKEN}`,
    `${TOKEN}\u00e9`,
    `=${TOKEN}`,
    `${TOKEN}"`,
  ]) {
    writeFileSync(path, text);
    refused(/found no token in \d+ characters, expected at least 16 letters/);
  }
  writeFileSync(path, 'x'.repeat(5000));
  refused(/expected one line of at most 4096 bytes/);
  mkdirSync(join(directory, 'folder'));
  refused(/expected an ordinary file/, join(directory, 'folder'));
  const fifo = join(directory, 'fifo');
  assert.equal(spawnSync('mkfifo', ['-m', '600', fifo]).status, 0);
  refused(/expected an ordinary file/, fifo);
});
