import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { resolveConfig } from '#src/bus/config/index.js';
import { rehearseTakeover } from '#src/bus/rehearsal.js';
import { Producer } from '#src/channel/producer.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';

const { channels } = resolveConfig({
  channels: {
    one: { type: 'SPSC', producers: ['primary', 'backup'], consumer: 'reader' },
    many: { type: 'SPMC', producers: ['primary', 'backup'], consumers: ['reader', 'recorder'] },
  },
});

function temporaryFilesIn(t: TestContext, directory: string): void {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = directory;
  t.after(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  assert.equal(tmpdir(), directory);
}

describe('the rehearsal of a takeover', () => {
  for (const channel of channels.values()) {
    it(`writes to an ${channel.type} channel of its own, and leaves no file and no descriptor behind`, (t) => {
      const directory = temporaryDirectory(t);
      temporaryFilesIn(t, directory);
      const write = t.mock.method(Producer.prototype, 'write');
      rehearseTakeover(channel, 'backup');
      const descriptors = readdirSync('/proc/self/fd').length;
      rehearseTakeover(channel, 'backup');
      assert.deepEqual(
        write.mock.calls.map(({ result }) => result),
        [0, 0],
      );
      assert.equal(readdirSync('/proc/self/fd').length, descriptors);
      assert.deepEqual(readdirSync(directory), []);
    });
  }

  it('is left out where no file can be made', (t) => {
    temporaryFilesIn(t, join(temporaryDirectory(t), 'missing'));
    const write = t.mock.method(Producer.prototype, 'write');
    for (const channel of channels.values()) rehearseTakeover(channel, 'backup');
    assert.equal(write.mock.callCount(), 0);
  });
});
