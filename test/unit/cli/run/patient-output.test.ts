import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BACKLOG_BYTES_MAX, PatientOutput } from '#src/cli/run/patient-output.js';

/** Streams that a test reads, or does not. */
class Reader {
  readonly written = { data: [] as string[], message: [] as string[] };
  readonly unread = { data: 0, message: 0 };
  leave: (stream: 'data' | 'message') => void = () => undefined;
  readonly output = new PatientOutput(
    {
      data: (text) => void this.written.data.push(text),
      bytes: () => undefined,
      message: (text) => void this.written.message.push(text),
      color: false,
      backlog: {
        begin: () => undefined,
        bytes: (stream) => this.unread[stream],
        whenGone: (tell) => (this.leave = tell),
        abandon: () => undefined,
      },
    },
    (lines) => `lost ${lines}\n`,
  );
}

describe('output for readers who may stand still', () => {
  it('is written as it comes while somebody reads', async () => {
    const { output, written } = new Reader();
    output.write('data', 'a\n');
    output.write('message', 'b\n');
    assert.equal(await output.end(), true);
    assert.deepEqual(written, { data: ['a\n'], message: ['b\n'] });
  });

  it('is dropped while too much waits, and how much is said before the next line, on the same stream', () => {
    const { output, written, unread } = new Reader();
    unread.data = BACKLOG_BYTES_MAX - 1;
    output.write('data', 'last\n');
    unread.data = BACKLOG_BYTES_MAX;
    for (let line = 0; line < 3; line++) output.write('data', 'dropped\n');
    unread.data = BACKLOG_BYTES_MAX / 2 + 1;
    output.write('data', 'dropped: half of it is not read\n');
    unread.data = BACKLOG_BYTES_MAX / 2;
    output.write('data', 'next\n');
    output.write('data', 'more\n');
    assert.deepEqual(written.data, ['last\n', 'lost 4\nnext\n', 'more\n']);
    assert.equal(written.message.length, 1, 'said once, when it begins');
    assert.match(written.message[0]!, /standard output stands still: nobody reads it; lines are dropped/);
  });

  it('of one stream is not held up by the other', () => {
    const { output, written, unread } = new Reader();
    unread.message = BACKLOG_BYTES_MAX;
    output.write('message', 'dropped\n');
    output.write('data', 'a\n');
    assert.deepEqual(written, { data: ['a\n'], message: [] });
  });

  it('is not written any more for who has gone, nor waited for', async () => {
    const all = new Reader();
    all.unread.data = BACKLOG_BYTES_MAX;
    all.output.write('data', 'dropped\n');
    all.leave('data');
    all.output.write('data', 'a\n');
    all.output.write('message', 'b\n');
    assert.equal(await all.output.end(), false);
    assert.deepEqual([all.written.data, all.written.message.at(-1)], [[], 'b\n']);
  });

  it('says at the end what it has dropped, and does not wait for long for who reads nothing', async () => {
    const { output, written, unread } = new Reader();
    unread.data = BACKLOG_BYTES_MAX;
    output.write('data', 'dropped\n');
    assert.equal(await output.end(), false);
    assert.deepEqual(written.data, ['lost 1\n']);
  });
});
