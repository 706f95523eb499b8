import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { script, startProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

const APBUS = script(import.meta.url, '../../../dist/cli/apbus.js');
/** It lost its prefix when it was finished. */
const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';

interface Report {
  readonly findings: readonly { id: string; status: string; found: string; advice?: string }[];
}

async function doctor(t: TestContext, nodeFlags: readonly string[], ...args: string[]): Promise<Report> {
  const run = startProcess(t, APBUS, ['doctor', '--json', ...args], { nodeFlags });
  await run.ended();
  return JSON.parse(run.lines.join('\n')) as Report;
}

describe('apbus doctor, under the permission model of Node.js', () => {
  it('says which flags are missing, also where it may hardly look at anything', async (t) => {
    const directory = temporaryDirectory(t);
    const root = script(import.meta.url, '../../..');
    const { findings } = await doctor(t, [PERMISSION, `--allow-fs-read=${join(root, '*')}`], '--directory', directory);
    const permissions = findings.find(({ id }) => id === 'permissions');
    assert.equal(permissions?.status, 'fail');
    const expected = `start with --allow-addons --allow-fs-read=${directory}/* --allow-fs-write=${directory}/*`;
    assert.equal(permissions.advice, expected);
  });

  it('is content with what the bus needs', async (t) => {
    const directory = temporaryDirectory(t);
    const flags = [PERMISSION, '--allow-addons', '--allow-fs-read=*', `--allow-fs-write=${directory}/*`];
    const { findings } = await doctor(t, flags, '--directory', directory);
    const permissions = findings.find(({ id }) => id === 'permissions');
    assert.equal(permissions?.status, 'ok');
    assert.match(permissions.found, /except apbus run, bench and torture, which need --allow-child-process$/);
    assert.equal(findings.find(({ id }) => id === 'addon')?.status, 'ok');
  });
});

describe('apbus doctor -c', () => {
  it('fails where a channel is refused without huge pages, and does not count it as ordinary space', async (t) => {
    const folder = temporaryDirectory(t);
    const config = join(folder, 'bus.toml');
    // more of them than there is memory, and no machine that runs tests has such pages
    const huge = 'huge_pages = true\nhuge_page_size = "1GB"\nhuge_pages_fallback = "fail"';
    const channels = Array.from(
      { length: 40 },
      (_unused, n) =>
        `[channels.vast_${n}]\ntype = "SPSC"\nproducer = "a"\nconsumer = "b"\nbuffer_size = "16GB"\n${huge}\n`,
    );
    writeFileSync(config, `[bus]\ndirectory = "bus"\n${channels.join('')}`);
    const { findings } = await doctor(t, [], '-c', config);
    const of = (name: string): Report['findings'][number] | undefined => findings.find(({ id }) => id === name);
    assert.equal(of('huge-pages')?.status, 'fail');
    assert.match(of('huge-pages')?.found ?? '', /680 pages of 1GB needed, .*huge_pages_fallback says: vast_0, /);
    assert.doesNotMatch(of('space')?.found ?? '', /still need/);
  });
});
