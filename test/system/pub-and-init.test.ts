import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { APBUS } from './operator-scene.js';

describe('pub and init', () => {
  it('write the lines of standard input, and say how many', async (t) => {
    const folder = temporaryDirectory(t);
    const init = startProcess(t, APBUS, ['init', folder]);
    await init.succeeded();
    const config = join(folder, 'config/message_bus.toml');
    const directory = join(folder, 'bus');
    const where = ['-c', config, '--directory', directory];
    const pub = startProcess(t, APBUS, ['pub', 'ticks', ...where, '--ndjson', '--count', '2', '--json']);
    pub.send('{"text":"a"}');
    pub.send('{"text":"b"}');
    pub.send('{"text":"c"}');
    await pub.succeeded();
    assert.deepEqual(JSON.parse(pub.lines[0]!), { channel: 'ticks', service: 'feed', written: 2, dropped: 0, bad: 0 });
    const bad = startProcess(t, APBUS, ['pub', 'ticks', ...where, '--hex']);
    bad.send('00');
    bad.send('xyz');
    assert.equal((await bad.ended()).code, 1);
    assert.match(bad.stderr, /line 2: found "xyz", expected bytes in hex/);
    const dump = startProcess(t, APBUS, ['dump', 'ticks', '-c', config, '--json']);
    await dump.succeeded();
    const raw = startProcess(t, APBUS, ['dump', 'ticks', '-c', config, '--raw', '-n', '2']);
    await raw.succeeded();
    assert.deepEqual(raw.lines, ['ab']);
    const texts = dump.lines.map((line) => (JSON.parse(line) as { text?: string }).text);
    assert.deepEqual(texts.slice(0, 2), ['a', 'b']);
    assert.equal(texts.length, 3, 'the first line of the bad input was a message');
    const verify = startProcess(t, APBUS, ['verify', 'ticks', '-c', config]);
    await verify.succeeded();
    const rm = startProcess(t, APBUS, ['rm', 'ticks', ...where]);
    await rm.succeeded();
    assert.ok(!existsSync(join(directory, 'ticks.ring')));
    const again = startProcess(t, APBUS, ['init', folder]);
    assert.equal((await again.ended()).code, 1);
    assert.match(again.stderr, /found config\/message_bus\.toml, .*--force overwrites them/);
  });

  it('pub says what is wrong with a gzip file that is cut short, and counts what it wrote', async (t) => {
    const folder = temporaryDirectory(t);
    await startProcess(t, APBUS, ['init', folder]).succeeded();
    const input = join(folder, 'lines.gz');
    writeFileSync(input, gzipSync('one\ntwo\nthree\n').subarray(0, -8));
    const where = ['-c', join(folder, 'config/message_bus.toml'), '--directory', join(folder, 'bus')];
    const pub = startProcess(t, APBUS, ['pub', 'ticks', ...where, '--input', input, '--json']);
    assert.equal((await pub.ended()).code, 1);
    assert.match(pub.stderr, /^apbus: --input: unexpected end of file \(ERR_INVALID_ARGUMENT\)\n$/);
    const { written } = JSON.parse(pub.lines.join('')) as { written: number };
    assert.ok(written <= 3);
  });

  it('init writes services that run under apbus run', async (t) => {
    const folder = temporaryDirectory(t);
    await startProcess(t, APBUS, ['init', folder]).succeeded();
    const config = join(folder, 'config/message_bus.toml');
    await startProcess(t, APBUS, ['check', config]).succeeded();
    const run = startProcess(t, APBUS, ['run', config, '--directory', join(folder, 'bus'), '--json']);
    while (!run.lines.some((line) => line.includes('tick 0:'))) await run.nextLine();
    run.signal('SIGTERM');
    await run.succeeded();
    assert.match(readFileSync(join(folder, 'README.md'), 'utf8'), /apbus run/);
  });
});
