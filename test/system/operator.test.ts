import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { MessageBus, type Producer } from 'alphapulse-bus';
import { RelayDomain, SourceType, TlvMessageBuilder, TlvType } from 'alphapulse-bus/protocol';
import { lockJournal } from '#src/journal/writer-lock.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

const APBUS = script(import.meta.url, '../../../dist/cli/apbus.js');

interface Scene {
  readonly directory: string;
  readonly bus: MessageBus;
  readonly producer: Producer;
  readonly apbus: (...args: string[]) => TestProcess;
}

async function scene(t: TestContext, mode: 'BlockProducer' | 'DropOldest' = 'BlockProducer'): Promise<Scene> {
  const directory = temporaryDirectory(t);
  const channel = {
    type: 'SPMC' as const,
    producer: 'feed',
    consumers: ['reader'],
    bufferSize: '64KB',
    backpressure: { mode },
  };
  const bus = await MessageBus.open({ service: 'feed', config: { channels: { ticks: channel } }, directory });
  t.after(() => bus.close());
  const apbus = (...args: string[]): TestProcess => startProcess(t, APBUS, [...args, '--directory', directory]);
  return { directory, bus, producer: bus.producer('ticks'), apbus };
}

const text = (message: string): Uint8Array => new TextEncoder().encode(message);

describe('ls, stat and top', () => {
  it('show what the segments hold, without a configuration', async (t) => {
    const { producer, apbus } = await scene(t);
    for (let n = 0; n < 7; n++) producer.write(text(`message ${n}`));
    const ls = apbus('ls', '--json');
    await ls.succeeded();
    const [channel] = (JSON.parse(ls.lines.join('\n')) as { channels: Record<string, unknown>[] }).channels;
    assert.deepEqual([channel?.['channel'], channel?.['state'], channel?.['written']], ['ticks', 'live', 7]);
    const stat = apbus('stat', 'ticks', '--json');
    await stat.succeeded();
    const figures = JSON.parse(stat.lines.join('\n')) as {
      tail: { sequence: number };
      producers: { name: string; pid: number }[];
    };
    assert.deepEqual(
      [figures.tail.sequence, figures.producers[0]?.name, figures.producers[0]?.pid],
      [7, 'feed', process.pid],
    );
    const top = apbus('top', '--once', '--interval', '50');
    await top.succeeded();
    assert.ok(top.lines.some((line) => line.startsWith('ticks')));
  });

  it('name the channels that there are when one is misspelt, with exit code 1', async (t) => {
    const { apbus } = await scene(t);
    for (const command of ['stat', 'tail']) {
      const process = apbus(command, 'tick');
      assert.equal((await process.ended()).code, 1);
      assert.match(
        process.stderr,
        /no channel "tick" in \S+; did you mean ticks\? there are: ticks \(ERR_UNKNOWN_CHANNEL\)/,
      );
    }
  });

  it('say so of a directory in which there is nothing', async (t) => {
    const directory = temporaryDirectory(t);
    const process = startProcess(t, APBUS, ['ls', '--directory', directory]);
    await process.succeeded();
    assert.match(process.stderr, /no channel in /);
  });

  it('answer 1 for a directory that is named and not there', async (t) => {
    const elsewhere = join(temporaryDirectory(t), 'elsewhere');
    for (const command of [['ls'], ['stat', 'ticks'], ['tail', 'ticks'], ['top', '--once'], ['rm', '--all']]) {
      const process = startProcess(t, APBUS, [...command, '--directory', elsewhere]);
      assert.equal((await process.ended()).code, 1, command[0]);
      assert.match(process.stderr, /--directory: \S+elsewhere is not there, expected the directory of a bus/);
    }
  });

  it('find no channels, and no fault, where the configured directory is not made yet', async (t) => {
    const folder = temporaryDirectory(t);
    const config = join(folder, 'bus.toml');
    writeFileSync(config, '[bus]\ndirectory = "later"\n[channels.c]\ntype = "SPSC"\nproducer = "p"\nconsumer = "q"\n');
    const ls = startProcess(t, APBUS, ['ls', '-c', config, '--json']);
    await ls.succeeded();
    assert.match(ls.lines.join(''), /"state": "absent"/);
  });

  it('top shows a channel that cannot be looked at, with the reason, and answers 1 when it looked once', async (t) => {
    const { directory, apbus } = await scene(t);
    writeFileSync(join(directory, 'broken.ring'), 'no segment', { mode: 0o600 });
    writeFileSync(join(directory, 'open.ring'), 'no segment', { mode: 0o644 });
    const top = apbus('top', '--once', '--interval', '50');
    assert.equal((await top.ended()).code, 1);
    assert.match(top.lines[2] ?? '', /^broken {2}unusable: .* has 10 bytes, too few for a segment.*\(ERR_CORRUPT\)$/);
    assert.match(top.lines[3] ?? '', /^open {2}unusable: .* expected mode 0600\..*\(ERR_PERMISSION\)$/);
    assert.ok(top.lines.some((line) => line.startsWith('ticks')));
  });
});

describe('tail', () => {
  it('prints what is there, decoded, and follows what comes, and takes no slot', async (t) => {
    const { bus, producer, apbus } = await scene(t);
    producer.write(text('plain'));
    const heartbeat = new TlvMessageBuilder(RelayDomain.System, SourceType.Dashboard)
      .addTlv(TlvType.Quote, new Uint8Array(64))
      .build();
    producer.write(heartbeat);
    producer.write(Uint8Array.of(0, 255, 1));
    const follow = apbus('tail', 'ticks', '-f', '--from', 'oldest', '--json');
    const last = async (n: number): Promise<Record<string, unknown>> => {
      while (follow.lines.length < n) await follow.nextLine();
      return JSON.parse(follow.lines[n - 1]!) as Record<string, unknown>;
    };
    assert.deepEqual([(await last(1))['text'], (await last(1))['producer']], ['plain', 'feed']);
    assert.deepEqual(((await last(2))['tlvs'] as { name: string }[])[0]?.name, 'Quote');
    assert.equal((await last(3))['hex'], '00ff01');
    producer.write(text('later'));
    assert.equal((await last(4))['text'], 'later');
    assert.deepEqual(
      bus.endpoints('ticks').map(({ role }) => role),
      ['producer'],
    );
    follow.signal('SIGTERM');
    await follow.succeeded();
  });

  it('reads the channel of processes that are all dead, from where it is told, as many as it is told', async (t) => {
    const { bus, producer, apbus } = await scene(t);
    for (let n = 0; n < 20; n++) producer.write(text(`message ${n}`));
    await bus.close();
    const tail = apbus('tail', 'ticks', '--from', '5', '-n', '2', '--grep', 'message [0-9]*[02468]"', '--json');
    await tail.succeeded();
    assert.deepEqual(
      tail.lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence),
      [6, 8],
    );
  });

  it('counts exactly what was overwritten before it could print it', async (t) => {
    const { producer, apbus } = await scene(t, 'DropOldest');
    const follow = apbus('tail', 'ticks', '-f', '--from', 'oldest', '--json');
    producer.write(text('first'));
    while (follow.lines.length === 0) await follow.nextLine();
    follow.signal('SIGSTOP');
    let written = 1;
    for (; written < 5000; written++) producer.write(text(`message ${written}`));
    follow.signal('SIGCONT');
    const all = (): number[] => follow.lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence);
    while (all().at(-1) !== written - 1) await follow.nextLine();
    follow.signal('SIGTERM');
    await follow.succeeded();
    const missing = [...follow.stderr.matchAll(/(\d+) messages from sequence \d+ on are missing/g)];
    const lost = missing.reduce((sum, [, count]) => sum + Number(count), 0);
    assert.equal(all().length + lost, written);
    assert.ok(lost > 0);
  });
});

describe('pub, rm and init', () => {
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

  it('rm refuses what somebody has open, by name, and removes nothing', async (t) => {
    const { directory, apbus } = await scene(t);
    const rm = apbus('rm', 'ticks');
    assert.equal((await rm.ended()).code, 1);
    assert.match(rm.stderr, new RegExp(`in use by producer feed \\(process ${process.pid}\\); stop them first`));
    assert.ok(existsSync(join(directory, 'ticks.ring')));
  });

  it('rm removes a journal only when told, and never one that another bus writes', async (t) => {
    const folder = temporaryDirectory(t);
    const config = join(folder, 'bus.toml');
    writeFileSync(
      config,
      `[channels.ticks]\ntype = "SPSC"\nproducer = "feed"\nconsumer = "reader"\nbuffer_size = "64KB"\n` +
        `persistence.enable_persistence = true\npersistence.persistence_path = "journal"\n`,
    );
    const journal = join(folder, 'journal/ticks');
    mkdirSync(journal, { recursive: true });
    writeFileSync(join(journal, '00000000000000000001.journal'), '');
    const rm = (...args: string[]): TestProcess =>
      startProcess(t, APBUS, ['rm', 'ticks', '-c', config, '--directory', join(folder, 'bus'), ...args]);
    mkdirSync(join(folder, 'bus'), { mode: 0o700 });
    await rm().succeeded();
    const unlock = lockJournal(journal);
    const refused = rm('--journal');
    assert.equal((await refused.ended()).code, 1);
    assert.match(refused.stderr, /another process writes this journal/);
    assert.equal(readdirSync(journal).length, 2, 'the file and the lock');
    unlock();
    await rm('--journal').succeeded();
    assert.ok(!existsSync(journal));
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
