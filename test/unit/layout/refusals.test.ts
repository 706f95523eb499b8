import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { CONTROL, LAYOUT_HASH, LAYOUT_VERSION, MAGIC } from '#src/layout/schema.js';
import { lockPath } from '#src/layout/directory.js';
import { Segment } from '#src/layout/segment.js';
import { BusError, type BusErrorCode } from '#src/platform/bus-error.js';
import { TemporaryChannel, temporaryDirectory } from '../../kit/temporary-channel.js';

const isRoot = process.geteuid?.() === 0;

/** What is wrong, the code, and words that the message must have: what was found, what was expected, what to do. */
type Refusal = readonly [what: string, code: BusErrorCode, words: readonly RegExp[]];

function refuses(action: () => unknown, code: BusErrorCode, words: readonly RegExp[]): void {
  assert.throws(action, (error) => {
    assert.ok(BusError.is(error), `a BusError, not ${String(error)}`);
    assert.equal(error.code, code, error.message);
    for (const word of words) assert.match(error.message, word);
    return true;
  });
}

/** A channel whose segment exists and nobody has open. */
function made(t: TestContext): TemporaryChannel {
  const channel = new TemporaryChannel(t, { type: 'SPMC' });
  channel.segment(true).close();
  return channel;
}

describe('what stands in place of a segment is refused before it is mapped', () => {
  const PLACES: readonly (readonly [...Refusal, (path: string) => void])[] = [
    [
      'a symbolic link',
      'ERR_PERMISSION',
      [/symbolic link/, /remove/],
      (path) => {
        writeFileSync(`${path}.target`, 'precious', { mode: 0o600 });
        symlinkSync(`${path}.target`, path);
      },
    ],
    [
      'a dangling symbolic link',
      'ERR_PERMISSION',
      [/symbolic link/, /remove/],
      (path) => symlinkSync(`${path}.nowhere`, path),
    ],
    [
      'a FIFO',
      'ERR_PERMISSION',
      [/not an ordinary file/, /remove/],
      (path) => execFileSync('mkfifo', ['-m', '600', path]),
    ],
    ['a directory', 'ERR_PERMISSION', [/not an ordinary file/, /remove/], (path) => mkdirSync(path, { mode: 0o700 })],
    ['a device link', 'ERR_PERMISSION', [/symbolic link/, /remove/], (path) => symlinkSync('/dev/zero', path)],
  ];
  for (const [what, code, words, put] of PLACES) {
    it(what, (t) => {
      const channel = new TemporaryChannel(t);
      put(channel.path);
      refuses(() => channel.segment(true), code, [...words, /test\.ring/]);
      refuses(() => Segment.openExisting(channel.directory, 'test', { ringWritable: false }), code, words);
    });
  }

  it('a hard link, for as long as the other name exists', (t) => {
    const channel = made(t);
    linkSync(channel.path, join(channel.directory, 'other'));
    refuses(() => channel.segment(true), 'ERR_PERMISSION', [/hard link/, /remove/]);
    rmSync(join(channel.directory, 'other'));
    channel.segment(true).close();
  });

  for (const mode of [0o666, 0o640, 0o604, 0o620, 0o602, 0o610]) {
    it(`a file of mode 0${mode.toString(8)}`, (t) => {
      const channel = made(t);
      chmodSync(channel.path, mode);
      refuses(() => channel.segment(true), 'ERR_PERMISSION', [/others/, /0600/, /remove/]);
    });
  }

  it('a file of another user', { skip: isRoot ? false : 'needs root to give a file away' }, (t) => {
    const channel = made(t);
    chownSync(channel.path, 12_345, 12_345);
    refuses(() => channel.segment(true), 'ERR_PERMISSION', [/another user/, /remove/]);
  });

  it('and what a link pointed to is left as it was', (t) => {
    const channel = new TemporaryChannel(t);
    const target = join(channel.directory, 'precious');
    writeFileSync(target, 'precious', { mode: 0o600 });
    symlinkSync(target, channel.path);
    assert.throws(() => channel.segment(true));
    assert.equal(readFileSync(target, 'utf8'), 'precious');
  });
});

describe('a directory that others could use is refused', () => {
  const open = (directory: string): Segment =>
    Segment.openOrCreate(
      directory,
      { name: 'x', type: 'SPSC', capacity: 65_536, messageSizeMax: 100 },
      { ringWritable: true },
    );

  for (const mode of [0o777, 0o755, 0o750, 0o701, 0o1777]) {
    it(`mode 0${mode.toString(8)}`, (t) => {
      const directory = join(temporaryDirectory(t), 'd');
      mkdirSync(directory);
      chmodSync(directory, mode);
      refuses(() => open(directory), 'ERR_PERMISSION', [new RegExp(`0${(mode & 0o777).toString(8)}`), /700/]);
    });
  }

  it('a symbolic link to a directory', (t) => {
    const base = temporaryDirectory(t);
    mkdirSync(join(base, 'real'), { mode: 0o700 });
    symlinkSync(join(base, 'real'), join(base, 'd'));
    refuses(() => open(join(base, 'd')), 'ERR_PERMISSION', [/not a directory/, /expected/]);
  });

  it('an ordinary file', (t) => {
    const path = join(temporaryDirectory(t), 'd');
    writeFileSync(path, '');
    refuses(() => open(path), 'ERR_PERMISSION', [/director/]);
  });

  it('a directory of another user', { skip: isRoot ? false : 'needs root to give a directory away' }, (t) => {
    const directory = join(temporaryDirectory(t), 'd');
    mkdirSync(directory, { mode: 0o700 });
    chownSync(directory, 12_345, 12_345);
    refuses(() => open(directory), 'ERR_PERMISSION', [/user 12345/, /runs as/]);
  });

  it('but one that is not there is made, for this user alone', (t) => {
    const directory = join(temporaryDirectory(t), 'a', 'b');
    open(directory).close();
    execFileSync('test', ['-d', directory]);
    assert.equal(execFileSync('stat', ['-c', '%a', directory], { encoding: 'utf8' }).trim(), '700');
  });
});

describe('a lock file that is not one is refused with words', () => {
  const PUTS: readonly [string, (path: string) => void, RegExp][] = [
    ['a symbolic link', (path) => symlinkSync('/etc/passwd', path), /symbolic link/],
    ['a FIFO', (path) => execFileSync('mkfifo', ['-m', '600', path]), /not an ordinary file/],
    ['a directory', (path) => mkdirSync(path, { mode: 0o700 }), /not an ordinary file/],
    ['a file that others may write', (path) => writeFileSync(path, '', { mode: 0o644 }), /0600|others/],
  ];
  for (const [what, put, word] of PUTS) {
    it(what, (t) => {
      const channel = new TemporaryChannel(t);
      put(lockPath(channel.directory));
      refuses(() => channel.segment(true), 'ERR_PERMISSION', [word, /\.lock/]);
    });
  }
});

describe('a header that is not right is refused with what was found, what was expected and what to do', () => {
  const { at } = CONTROL;
  type Forge = (head: DataView) => void;
  const damaged = (what: string, words: readonly RegExp[], forge: Forge): readonly [...Refusal, Forge] => [
    what,
    'ERR_CORRUPT',
    [...words, /test\.ring/, /[Rr]emove/],
    forge,
  ];
  const CASES: readonly (readonly [...Refusal, Forge])[] = [
    damaged('no magic', [/0x0\b/, new RegExp(`0x${MAGIC.toString(16)}`)], (head) => head.setUint32(at.magic, 0, true)),
    damaged('another magic', [/0x7f454c46/, new RegExp(`0x${MAGIC.toString(16)}`)], (head) =>
      head.setUint32(at.magic, 0x7f454c46, true),
    ),
    [
      'a later layout version',
      'ERR_LAYOUT_MISMATCH',
      [/version 999/, new RegExp(`version ${LAYOUT_VERSION}\\b`), /remove/],
      (head) => head.setUint32(at.layoutVersion, 999, true),
    ],
    [
      'another layout hash',
      'ERR_LAYOUT_MISMATCH',
      [/another build/, /badc0de/, new RegExp(LAYOUT_HASH.toString(16)), /same build/, /remove/],
      (head) => head.setUint32(at.layoutHash, 0xbadc0de, true),
    ],
    [
      'another boot',
      'ERR_LAYOUT_MISMATCH',
      [/earlier boot/, /0101010101/, /Remove/],
      (head) => new Uint8Array(head.buffer, head.byteOffset + at.bootId, 16).fill(1),
    ],
    damaged('a state of not ready', [/never completed/], (head) => head.setInt32(at.state, 0, true)),
    damaged('flags that nobody knows', [/0x80/], (head) => head.setUint32(at.flags, 0x80, true)),
    ...[0, 5, 0xffffffff].map((code) =>
      damaged(`channel type ${code}`, [new RegExp(`type ${code}\\b`), /1 to 4/], (head) =>
        head.setUint32(at.channelType, code, true),
      ),
    ),
    ...[0n, 1n, 65_535n, 65_537n, 98_304n, 32_768n, 2n ** 35n, 2n ** 63n, 2n ** 64n - 1n].map((capacity) =>
      damaged(`a ring of ${capacity} bytes`, [/power of two/, /64 KiB to 16 GiB/], (head) =>
        head.setBigUint64(at.capacity, capacity, true),
      ),
    ),
    damaged('a ring larger than the file', [/bytes/], (head) => head.setBigUint64(at.capacity, 131_072n, true)),
    ...[0, 8193, 2 ** 31, 2 ** 32 - 1].map((size) =>
      damaged(`a largest message of ${size} bytes`, [new RegExp(`\\b${size}\\b`), /eighth/], (head) =>
        head.setUint32(at.messageSizeMax, size, true),
      ),
    ),
    damaged('cells of 32 bytes', [/\b32\b/, /\b64\b/], (head) => head.setUint32(at.cellBytes, 32, true)),
    damaged('claims elsewhere', [/claims at 64/], (head) => head.setBigUint64(at.claimsOffset, 64n, true)),
    damaged('a ring elsewhere', [/ring at 0/], (head) => head.setBigUint64(at.ringOffset, 0n, true)),
    damaged('another size of the file', [/\b99\b/], (head) => head.setBigUint64(at.fileBytes, 99n, true)),
    damaged('another number of producer slots', [/65\/64/, /64\/64/], (head) =>
      head.setUint32(at.producerSlots, 65, true),
    ),
    damaged('another number of consumer slots', [/64\/0/, /64\/64/], (head) =>
      head.setUint32(at.consumerSlots, 0, true),
    ),
  ];
  for (const [what, code, words, forge] of CASES) {
    it(what, (t) => {
      const channel = made(t);
      forgeHeader(channel.path, forge);
      refuses(() => channel.segment(true), code, words);
      refuses(() => Segment.openExisting(channel.directory, 'test', { ringWritable: false }), code, words);
    });
  }

  it('the name of another channel, also for those who only look', (t) => {
    const channel = made(t);
    forgeHeader(channel.path, (head) =>
      new Uint8Array(head.buffer).set(Buffer.from('../../etc/x\0'), head.byteOffset + at.channelName),
    );
    assert.throws(
      () => channel.segment(true),
      (error) => BusError.is(error),
    );
    refuses(() => Segment.openExisting(channel.directory, 'test', { ringWritable: false }), 'ERR_CORRUPT', [
      /etc/,
      /test/,
    ]);
  });
});

describe('a channel that runs with another configuration names the field and both values', () => {
  const base = { name: 'test', type: 'SPMC', capacity: 65_536, messageSizeMax: 8192 } as const;
  for (const [field, other, words] of [
    ['type', { type: 'SPSC' }, [/type is SPMC/, /SPSC in this/]],
    ['buffer_size', { capacity: 131_072 }, [/buffer_size is 65536/, /131072 in this/]],
    ['message_size_max', { messageSizeMax: 100 }, [/message_size_max is 8192/, /100 in this/]],
  ] as const) {
    it(field, (t) => {
      const channel = made(t);
      refuses(
        () => Segment.openOrCreate(channel.directory, { ...base, ...other }, { ringWritable: true }),
        'ERR_CONFIG_MISMATCH',
        [...words, /remove/],
      );
    });
  }
});

/** Changes the first bytes of a segment file. */
function forgeHeader(path: string, forge: (head: DataView) => void): void {
  const head = new Uint8Array(readFileSync(path).subarray(0, CONTROL.bytes));
  forge(new DataView(head.buffer, head.byteOffset, head.byteLength));
  const fd = openSync(path, 'r+');
  writeSync(fd, head, 0, head.length, 0);
  closeSync(fd);
}
