import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { BearerToken } from '#src/cli/serve/bearer-token.js';
import { BusError } from '#src/platform/bus-error.js';
import { temporaryDirectory } from '../../../kit/temporary-channel.js';

const TOKEN = '0123456789abcdef';

it('a token is what its file holds, and an Authorization header says it', (t) => {
  const path = join(temporaryDirectory(t), 'token');
  writeFileSync(path, `${TOKEN}\n`, { mode: 0o600 });
  const token = BearerToken.fromFile(path);
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

it('a file that others can read, that is too short or that is not there is refused', (t) => {
  const path = join(temporaryDirectory(t), 'token');
  const refused = (expected: RegExp): void =>
    assert.throws(
      () => BearerToken.fromFile(path),
      (error) => BusError.is(error, 'ERR_INVALID_ARGUMENT') && expected.test((error as Error).message),
    );
  refused(/cannot be read/);
  writeFileSync(path, TOKEN, { mode: 0o600 });
  chmodSync(path, 0o640);
  refused(/mode 0640.*chmod 600/);
  chmodSync(path, 0o600);
  for (const text of ['', 'short', `${TOKEN} ${TOKEN}`, `${TOKEN}é`, 'x'.repeat(5000)]) {
    writeFileSync(path, text);
    refused(/holds no token/);
  }
});
