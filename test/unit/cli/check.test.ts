import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { check } from '#src/cli/check/check.js';
import type { MachineFacts } from '#src/cli/check/machine-facts.js';

const ROOMY: MachineFacts = {
  freeBytes: () => 2 ** 40,
  freeHugePages: () => 10_000,
  memlockBytes: () => Infinity,
  hasNumaNode: () => true,
};

async function checked(t: TestContext, text: string, machine: Partial<MachineFacts> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'apbus-check-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'bus.toml');
  writeFileSync(file, text);
  let data = '';
  const output = { data: (more: string) => void (data += more), message: () => undefined, color: false };
  const code = await check(file, true, output, { ...ROOMY, ...machine });
  interface Report {
    readonly channels: readonly Record<string, number>[];
    readonly findings: readonly { readonly id: string; readonly status: string; readonly found: string }[];
  }
  return { code, ...(JSON.parse(data) as Report) };
}

const channel = (more: string): string =>
  `[channels.x]\ntype = "MPSC"\nproducers = ["a", "b"]\nconsumer = "c"\nbuffer_size = "64MB"\n${more}\n`;

it('a channel takes its ring, its claim words and its control block', async (t) => {
  const { code, channels, findings } = await checked(t, channel(''));
  assert.equal(code, 0);
  assert.deepEqual(
    [channels[0]?.['ringBytes'], channels[0]?.['claimsBytes'], channels[0]?.['totalBytes']],
    [2 ** 26, 2 ** 23, 2 ** 26 + 2 ** 23 + 65_536],
  );
  assert.deepEqual(
    findings.map(({ id, status }) => [id, status]),
    [['space', 'ok']],
  );
});

it('a machine without the room fails the check', async (t) => {
  const { code, findings } = await checked(t, channel(''), { freeBytes: () => 1000 });
  assert.equal(code, 1);
  assert.match(findings[0]?.found ?? '', /72\.1MB of ordinary pages needed, 1000B free/);
});

it('what a machine may not grant is a warning, because the fallback decides', async (t) => {
  const options = 'huge_pages = true\nnuma_node = 3\nmlock = true';
  const { code, channels, findings } = await checked(t, channel(options), {
    freeHugePages: () => 2,
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

it('a journal that keeps everything, or more than there is room for, is a warning', async (t) => {
  const all = await checked(t, `${channel('')}[channels.x.persistence]\nfsync = "never"`);
  assert.match(all.findings.at(-1)?.found ?? '', /it keeps everything/);
  const much = await checked(t, `${channel('')}[channels.x.persistence]\nretention = "10GB"`, {
    freeBytes: () => 2 ** 30,
  });
  assert.deepEqual(much.findings.at(-1)?.status, 'warn');
});

it('a service that no channel names is a warning, with the one that may be meant', async (t) => {
  const { findings } = await checked(t, `${channel('')}[services.bb]\ncommand = ["b"]\n[services.c]\ncommand = ["c"]`);
  assert.deepEqual(findings.at(-1)?.id, 'service bb');
});
