import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, openSync, closeSync, readdirSync, writeFileSync, writeSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { checkLeftovers, clearLeftovers, findLeftovers, type LeftoverKind } from '#src/cli/doctor/leftovers.js';
import { runDoctor } from '#src/cli/doctor/doctor.js';
import { lockPath, unfinishedPath, wakePath } from '#src/layout/directory.js';
import { withCreationLock } from '#src/layout/creation-lock.js';
import { CONTROL } from '#src/layout/schema.js';
import { script, startProcess } from '../../../kit/processes.js';
import { TemporaryChannel, numbered, temporaryDirectory } from '../../../kit/temporary-channel.js';

/** Stores bytes into a file, as whatever damaged it. */
function store(path: string, offset: number, bytes: readonly number[]): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, Uint8Array.from(bytes), 0, bytes.length, offset);
  closeSync(fd);
}

/** A channel that was used, and that nobody has open any more. */
function made(t: TestContext): TemporaryChannel {
  const channel = new TemporaryChannel(t, { type: 'MPMC' });
  const producer = channel.producer();
  producer.write(numbered(1));
  producer.close();
  return channel;
}

interface Case {
  readonly kind: LeftoverKind;
  readonly what: string;
  readonly reason: RegExp;
  /** Leaves it in the channel's directory; answers where. */
  readonly leave: (channel: TemporaryChannel) => string;
}

const CASES: readonly Case[] = [
  {
    kind: 'unused',
    what: 'a segment that nobody has open',
    reason: /no process has it open/,
    leave: ({ path }) => path,
  },
  {
    kind: 'earlier-boot',
    what: 'a segment of an earlier boot',
    reason: /earlier boot of this machine \(boot 0707/,
    leave: ({ path }) => {
      store(
        path,
        CONTROL.at.bootId,
        Array.from({ length: 16 }, () => 7),
      );
      return path;
    },
  },
  {
    kind: 'other-version',
    what: 'a segment of another layout version',
    reason: /layout version 99 .* this package has version \d+/,
    leave: ({ path }) => {
      store(path, CONTROL.at.layoutVersion, [99]);
      return path;
    },
  },
  {
    kind: 'half-made',
    what: 'a segment without its last store',
    reason: /never completed/,
    leave: ({ path }) => {
      store(path, CONTROL.at.state, [0]);
      return path;
    },
  },
  {
    kind: 'half-made',
    what: 'a segment without its final name',
    reason: /was killed before it was complete/,
    leave: ({ directory, path }) => {
      rmSync(path);
      const unfinished = unfinishedPath(directory, 'test');
      writeFileSync(unfinished, 'begun', { mode: 0o600 });
      return unfinished;
    },
  },
  {
    kind: 'damaged',
    what: 'rubbish in place of a segment',
    reason: /is not a segment of this bus/,
    leave: ({ path }) => {
      writeFileSync(path, Buffer.alloc(200_000, 'rubbish'), { mode: 0o600 });
      return path;
    },
  },
  {
    kind: 'fifo',
    what: 'a FIFO without a segment',
    reason: /nobody reads from it/,
    leave: ({ directory, path }) => {
      rmSync(path);
      const fifo = wakePath(directory, 'test', 3);
      execFileSync('mkfifo', ['-m', '600', fifo]);
      return fifo;
    },
  },
];

describe('what no process has', () => {
  for (const { kind, what, reason, leave } of CASES) {
    it(`is recognised, and cleared: ${what}`, (t) => {
      const channel = made(t);
      const path = leave(channel);
      const found = findLeftovers(channel.directory);
      assert.deepEqual(
        found.map((leftover) => [leftover.path, leftover.kind]),
        [[path, kind]],
      );
      assert.match(found[0]!.reason, reason);
      assert.equal(checkLeftovers(found).status, kind === 'unused' ? 'ok' : 'warn');
      assert.ok(existsSync(path), 'looking changes nothing');
      const cleared = clearLeftovers(found, channel.directory);
      assert.equal(cleared[0]?.cleared, true);
      assert.equal(existsSync(path), false);
      assert.deepEqual(findLeftovers(channel.directory), []);
      channel.producer().write(numbered(1));
    });
  }
});

describe('what a process has', () => {
  it('is no leftover: a segment with a producer, one with a consumer, whatever its header says', (t) => {
    for (const attach of ['producer', 'consumer'] as const) {
      const channel = made(t);
      channel[attach]();
      assert.deepEqual(findLeftovers(channel.directory), []);
      store(channel.path, CONTROL.at.layoutVersion, [99]);
      assert.deepEqual(findLeftovers(channel.directory), []);
    }
  });

  it('is no leftover while that process is stopped', async (t) => {
    const channel = made(t);
    const holder = startProcess(t, script(import.meta.url, '../../../system/actors/claimer.js'), [
      channel.directory,
      'holder',
    ]);
    await holder.line('claimed');
    holder.signal('SIGSTOP');
    assert.deepEqual(findLeftovers(channel.directory), []);
    await holder.kill();
    assert.deepEqual(
      findLeftovers(channel.directory).map(({ kind }) => kind),
      ['unused'],
    );
  });

  it('is left alone when it came between the look and the clearing', (t) => {
    const channel = made(t);
    const found = findLeftovers(channel.directory);
    const producer = channel.producer();
    const [left] = clearLeftovers(found, channel.directory);
    assert.match(String(left?.cleared), /is in use by now; it was left alone/);
    assert.equal(checkLeftovers([left!]).status, 'fail');
    producer.write(numbered(2));
    assert.equal(channel.consumer('oldest').lag.messages, 2);
  });

  it('is left alone while it is being made, and while its consumer reads its FIFO', async (t) => {
    const channel = made(t);
    writeFileSync(unfinishedPath(channel.directory, 'test'), '', { mode: 0o600 });
    withCreationLock(channel.directory, 'test', () => {
      assert.deepEqual(
        findLeftovers(channel.directory).map(({ kind }) => kind),
        ['unused'],
      );
    });
    rmSync(unfinishedPath(channel.directory, 'test'));
    const consumer = channel.consumer();
    const reading = consumer.subscribe(() => {});
    while (!readdirSync(channel.directory).some((name) => name.endsWith('.wake'))) await new Promise(setImmediate);
    assert.deepEqual(findLeftovers(channel.directory), []);
    consumer.close();
    await reading;
  });

  it('is not looked at when it is not this user’s alone, nor when it is nothing of the bus', (t) => {
    const directory = temporaryDirectory(t);
    writeFileSync(join(directory, 'open.ring'), '', { mode: 0o644 });
    writeFileSync(lockPath(directory), '', { mode: 0o600 });
    writeFileSync(join(directory, 'notes.txt'), '');
    assert.deepEqual(findLeftovers(directory), []);
    assert.deepEqual(findLeftovers(join(directory, 'nowhere')), []);
  });
});

describe('apbus doctor', () => {
  const run = async (directory: string, clear: boolean): Promise<string> => {
    let text = '';
    const output = { data: (more: string) => (text += more), bytes: () => {}, message: () => {}, color: false };
    await runDoctor(clear ? { directory, clear } : { directory }, output);
    return text;
  };

  it('lists leftovers with why, and clears them when it is told to', async (t) => {
    const channel = made(t);
    store(channel.path, CONTROL.at.layoutVersion, [99]);
    const listed = await run(channel.directory, false);
    assert.match(listed, /^warn {2}leftovers .*1 files that nobody can use\n.*doctor --clear/m);
    assert.match(listed, /^left .*other-version .*test\.ring, .*\n.*layout version 99/m);
    assert.match(await run(channel.directory, true), /^ok {4}leftovers +1 cleared\ncleared .*test\.ring/m);
    assert.match(await run(channel.directory, false), /^ok {4}leftovers +none$/m);
  });
});
