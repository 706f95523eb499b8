import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { MessageBus } from '#src/bus/message-bus.js';
import { check } from '#src/cli/check/check.js';
import { thisMachine, type MachineFacts } from '#src/cli/check/machine-facts.js';
import { transparentPages } from '#src/cli/check/mounts.js';
import { lookAtChannel } from '#src/cli/look/look-at-channel.js';
import { BusError } from '#src/platform/bus-error.js';
import { temporaryDirectory } from '../../kit/temporary-channel.js';
import { journalFolder, openWriter, write } from '../journal/kit.js';

const ROOMY: MachineFacts = {
  freeBytes: () => 2 ** 40,
  fileSystem: () => 1,
  folderBytes: () => 0,
  journalFault: () => undefined,
  channel: () => undefined,
  hugePool: () => ({ total: 10_000, free: 10_000 }),
  hasHugeMount: () => true,
  givesTransparentPages: () => false,
  memlockBytes: () => Infinity,
  hasNumaNode: () => true,
};

async function checked(t: TestContext, text: string, machine: Partial<MachineFacts> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'apbus-check-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'bus.toml');
  writeFileSync(file, text);
  let data = '';
  const output = {
    data: (more: string) => void (data += more),
    bytes: () => undefined,
    message: () => undefined,
    color: false,
  };
  const code = await check(file, true, output, { ...ROOMY, ...machine });
  interface Report {
    readonly directory: string;
    readonly channels: readonly Record<string, number>[];
    readonly findings: readonly {
      readonly id: string;
      readonly status: string;
      readonly found: string;
      readonly advice?: string;
    }[];
  }
  return { code, ...(JSON.parse(data) as Report) };
}

const channel = (more: string): string =>
  `[channels.x]\ntype = "MPSC"\nproducers = ["a", "b"]\nconsumer = "c"\nbuffer_size = "64MB"\n${more}\n`;

it('a channel takes its ring, its claim words, its control block and its histograms', async (t) => {
  const { code, channels, findings } = await checked(t, channel(''));
  assert.equal(code, 0);
  assert.deepEqual(
    [channels[0]?.['ringBytes'], channels[0]?.['claimsBytes'], channels[0]?.['totalBytes']],
    [2 ** 26, 2 ** 23, 2 ** 26 + 2 ** 23 + 7 * 65_536],
  );
  assert.deepEqual(
    findings.map(({ id, status }) => [id, status]),
    [['space', 'ok']],
  );
});

it('its endpoints take private memory besides, for a copy of the longest message each', async (t) => {
  const small = await checked(t, channel(''));
  const large = await checked(t, channel('message_size_max = "1MB"'));
  assert.equal(small.channels[0]?.['scratchBytes'], 3 * 2 * 65_536, 'of three endpoints; 64 KiB and the header');
  assert.equal(large.channels[0]?.['scratchBytes'], 3 * (2 ** 20 + 65_536));
  assert.equal(large.channels[0]?.['totalBytes'], small.channels[0]?.['totalBytes']);
});

it('a machine without the room fails the check', async (t) => {
  const { code, findings } = await checked(t, channel(''), { freeBytes: () => 1000 });
  assert.equal(code, 1);
  assert.match(findings[0]?.found ?? '', /72\.4MB of ordinary pages needed, 1000B free/);
});

it('what a machine may not grant is a warning, because the fallback decides', async (t) => {
  const options = 'huge_pages = true\nnuma_node = 3\nmlock = true';
  const { code, channels, findings } = await checked(t, channel(options), {
    hugePool: () => ({ total: 2, free: 2 }),
    memlockBytes: () => 65_536,
    hasNumaNode: () => false,
  });
  assert.equal(code, 0);
  assert.equal(channels[0]?.['hugePages'], 1 + 4 + 32);
  assert.deepEqual(
    findings.map(({ id, status }) => [id, status]),
    [
      ['space', 'ok'],
      ['huge pages', 'warn'],
      ['memlock', 'warn'],
      ['numa', 'warn'],
    ],
  );
});

const POOR: Partial<MachineFacts> = {
  hugePool: () => ({ total: 40, free: 3 }),
  memlockBytes: () => 65_536,
  hasNumaNode: () => false,
};

it('what a channel insists on and does not get fails the check, by the name of the channel', async (t) => {
  for (const [option, id, key] of [
    ['huge_pages = true\nhuge_pages_fallback = "fail"', 'huge pages', 'huge_pages_fallback'],
    ['mlock = true\nmlock_fallback = "fail"', 'memlock', 'mlock_fallback'],
    ['numa_node = 3\nnuma_fallback = "fail"', 'numa', 'numa_fallback'],
  ] as const) {
    const poor = await checked(t, channel(option), POOR);
    assert.equal(poor.code, 1, id);
    const finding = poor.findings.find((one) => one.id === id);
    assert.equal(finding?.status, 'fail', id);
    assert.match(finding?.found ?? '', new RegExp(`refused, as ${key} says: x$`));
    assert.equal((await checked(t, channel(option))).code, 0, id);
  }
});

it('a channel that gets no huge pages takes ordinary ones, which must be there', async (t) => {
  const { code, findings, directory } = await checked(t, channel('huge_pages = true'), {
    ...POOR,
    freeBytes: () => 2 ** 26,
  });
  assert.equal(code, 1);
  assert.deepEqual(
    findings.map(({ id, status, found }) => [id, status, found]),
    [
      ['space', 'fail', `72.4MB of ordinary pages needed, 64MB free in ${directory}`],
      ['huge pages', 'warn', '37 pages of 2MB needed, 3 free; going on without: x'],
    ],
  );
  assert.match(findings[1]?.advice ?? '', /^echo 74 > .*\/hugepages-2048kB\/nr_hugepages$/);
});

it('huge pages are for those that come first; without a place for them nobody gets any', async (t) => {
  const second = channel('huge_pages = true').replace('channels.x', 'channels.y');
  const two = `${channel('huge_pages = true')}${second}`;
  const some = await checked(t, two, { hugePool: () => ({ total: 40, free: 40 }) });
  assert.match(some.findings[1]?.found ?? '', /74 pages of 2MB needed, 40 free; going on without: y$/);
  const none = await checked(t, two, { hasHugeMount: () => false });
  assert.match(
    none.findings[1]?.found ?? '',
    /no hugetlbfs with them that this user can write; going on without: x, y$/,
  );
});

it('transparent huge pages are as good for a channel that insists', async (t) => {
  const insisting = channel('huge_pages = true\nhuge_pages_fallback = "fail"');
  const { code, findings } = await checked(t, insisting, { ...POOR, givesTransparentPages: () => true });
  assert.equal(code, 0);
  assert.match(findings[1]?.found ?? '', /3 free, transparent ones instead; going on without: x$/);
});

it('a mount says whether it gives transparent huge pages, the nearest one for each path', () => {
  const mountinfo = [
    '22 1 0:20 / / rw - ext4 /dev/vda rw',
    '30 22 0:25 / /dev/shm rw,nosuid - tmpfs tmpfs rw,size=64k,huge=advise',
    '31 30 0:26 / /dev/shm/plain rw - tmpfs tmpfs rw,huge=never',
  ].join('\n');
  const gives = (path: string): boolean => transparentPages(path, mountinfo, 'always [never] deny force').given;
  assert.deepEqual(['/dev/shm', '/dev/shm/bus', '/dev/shm/plain/bus', '/dev/shmother', '/'].map(gives), [
    true,
    true,
    false,
    false,
    false,
  ]);
});

describe('a channel that is there already', () => {
  /** Makes the channel with this configuration, and says which file that is. */
  async function made(t: TestContext, more: string): Promise<(more: string) => string> {
    const bus = temporaryDirectory(t);
    const text = (options: string): string => `[bus]\ndirectory = ${JSON.stringify(bus)}\n${channel(options)}`;
    const config = join(temporaryDirectory(t), 'bus.toml');
    writeFileSync(config, text(more));
    const opened = await MessageBus.open({ service: 'a', config });
    opened.producer('x');
    await opened.close();
    return text;
  }

  it('takes no more, and is fine with the configuration that it was made with', async (t) => {
    const text = await made(t, '');
    const { code, findings } = await checked(t, text(''), { freeBytes: () => 1000, channel: lookAtChannel });
    assert.equal(code, 0);
    assert.match(findings[0]?.found ?? '', /^0B of ordinary pages needed/);
  });

  it('fails the check when it would refuse the services of this configuration, by the key', async (t) => {
    const text = await made(t, '');
    const changed = text('prefault = true').replace('64MB', '128MB');
    const { code, findings } = await checked(t, changed, { channel: lookAtChannel });
    assert.equal(code, 1);
    const [found] = findings;
    assert.deepEqual([found?.id, found?.status], ['channel x', 'fail']);
    assert.equal(
      found?.found,
      'the running channel differs: buffer_size is 67108864, configured is 134217728; ' +
        'prefault is false, configured is true (ERR_CONFIG_MISMATCH)',
    );
    assert.match(found?.advice ?? '', /apbus rm x/);
  });

  it("fails the check when its file is damaged, and is a warning when it is another user's", async (t) => {
    const [damaged, foreign] = (['ERR_CORRUPT', 'ERR_PERMISSION'] as const).map(
      (code) => () => new BusError(code, 'as it is', { channel: 'x' }),
    );
    const broken = await checked(t, channel(''), { channel: damaged! });
    assert.deepEqual([broken.code, broken.findings[0]?.found], [1, 'as it is (ERR_CORRUPT)']);
    const hidden = await checked(t, channel(''), { channel: foreign! });
    assert.deepEqual([hidden.code, hidden.findings[0]?.status], [0, 'warn']);
  });
});

it('a journal that keeps everything, or more than there is room for, is a warning', async (t) => {
  const all = await checked(t, `${channel('')}[channels.x.persistence]\nfsync = "never"`);
  assert.match(all.findings.at(-1)?.found ?? '', /it keeps everything/);
  const much = await checked(t, `${channel('')}[channels.x.persistence]\nretention = "10GB"`, {
    freeBytes: () => 2 ** 30,
  });
  assert.deepEqual(much.findings.at(-1)?.status, 'warn');
});

it('a journal that is limited by age alone keeps no more than that', async (t) => {
  const { findings } = await checked(t, `${channel('')}[channels.x.persistence]\nretention_age = "7d"`);
  assert.deepEqual([findings.at(-1)?.status, findings.at(-1)?.found.split(';')[0]], ['ok', 'it keeps 7d']);
});

it('journals on one file system share what is free, and what they have already they need no more', async (t) => {
  const journal = (name: string): string =>
    `${channel('').replace('channels.x', `channels.${name}`)}[channels.${name}.persistence]\nretention = "1GB"\n`;
  const statuses = async (more: Partial<MachineFacts>): Promise<string[]> => {
    const freeBytes = (path: string): number => (path.includes('journal') ? 1.5 * 2 ** 30 : 2 ** 40);
    const { findings } = await checked(t, journal('x') + journal('y'), { freeBytes, ...more });
    return findings.filter(({ id }) => id.startsWith('journal')).map(({ status }) => status);
  };
  assert.deepEqual(await statuses({}), ['warn', 'warn']);
  assert.deepEqual(await statuses({ fileSystem: (path) => (path.endsWith('y') ? 2 : 1) }), ['ok', 'ok']);
  assert.deepEqual(await statuses({ folderBytes: () => 2 ** 29 }), ['ok', 'ok']);
});

it('a service that no channel names is a warning, with the one that may be meant', async (t) => {
  const { findings } = await checked(t, `${channel('')}[services.bb]\ncommand = ["b"]\n[services.c]\ncommand = ["c"]`);
  assert.deepEqual(findings.at(-1)?.id, 'service bb');
});

it('a service whose folder is not there is told of before it is started', async (t) => {
  const text = channel(
    '[services.a]\ncommand = ["true"]\n[services.b]\ncommand = ["true"]\nworking_directory = "absent"',
  );
  const { code, findings } = await checked(t, text);
  const told = findings.filter(({ id }) => id.startsWith('service'));
  assert.deepEqual([code, told.length, told[0]?.id, told[0]?.status], [0, 1, 'service b', 'warn']);
  assert.match(told[0]?.found ?? '', /its working_directory \/.*\/absent is not there/);
});

it('a journal that cannot be written where it is to be, or is of another channel, is a failure', async (t) => {
  const folder = journalFolder(t);
  const writer = openWriter(folder);
  write(writer, 1);
  writer.close();
  const of = async (path: string, name: string) => {
    const table = `[channels.${name}.persistence]\npersistence_path = "${path}"\nretention_age = "1d"`;
    const { code, findings } = await checked(t, channel('').replace('channels.x', `channels.${name}`) + table, {
      journalFault: (place, channelName) => thisMachine.journalFault(place, channelName),
    });
    const { status, found } = findings.find(({ id }) => id.startsWith('journal'))!;
    return { code, status, found };
  };
  const mine = join(folder, '..');
  assert.equal((await of(mine, 'trades')).status, 'ok');
  assert.equal((await of(mine, 'absent')).status, 'ok');
  renameSync(folder, join(mine, 'other'));
  const foreign = await of(mine, 'other');
  assert.deepEqual([foreign.code, foreign.status], [1, 'fail']);
  assert.match(foreign.found, /is of channel trades, not of other/);
  writeFileSync(join(mine, 'file'), '');
  const file = await of(join(mine, 'file'), 'trades');
  assert.deepEqual([file.code, file.status], [1, 'fail']);
  assert.match(file.found, /\/file is no folder/);
});
