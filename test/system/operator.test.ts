import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MessageBus } from 'alphapulse-bus';
import { RelayDomain, SourceType, TlvMessageBuilder, TlvType } from 'alphapulse-bus/protocol';
import { startProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { APBUS, scene, text } from './operator-scene.js';

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

  it('follows a channel that is removed and made anew, and says so', async (t) => {
    const { directory, bus, producer, apbus } = await scene(t);
    producer.write(text('first life'));
    const follow = apbus('tail', 'ticks', '-f', '--from', 'oldest', '--json');
    const textOf = async (n: number): Promise<unknown> => {
      while (follow.lines.length < n) await follow.nextLine();
      const { sequence, text: found } = JSON.parse(follow.lines[n - 1]!) as { sequence: number; text: string };
      return [sequence, found];
    };
    assert.deepEqual(await textOf(1), [0, 'first life']);
    follow.signal('SIGSTOP');
    producer.write(text('last of it'));
    await bus.close();
    await apbus('rm', 'ticks').succeeded();
    const config = { channels: { ticks: { type: 'SPSC', producer: 'feed', consumer: 'reader', bufferSize: '128KB' } } };
    const second = await MessageBus.open({ service: 'feed', config, directory } as Parameters<
      typeof MessageBus.open
    >[0]);
    t.after(() => second.close());
    second.producer('ticks').write(text('second life'));
    follow.signal('SIGCONT');
    assert.deepEqual(await textOf(2), [1, 'last of it'], 'what was written before the removal is read first');
    assert.deepEqual(await textOf(3), [0, 'second life']);
    follow.signal('SIGTERM');
    await follow.succeeded();
    assert.match(
      follow.stderr,
      new RegExp(`ticks was removed; waiting .*\\n.*ticks was made anew by process ${process.pid}; this goes on`),
    );
  });

  it('notices it also while those who have the old segment open go on writing', async (t) => {
    const { directory, producer, apbus } = await scene(t, 'DropOldest');
    const follow = apbus('tail', 'ticks', '-f', '--from', 'oldest');
    const timer = setInterval(() => producer.write(text('old')), 1);
    t.after(() => clearInterval(timer));
    while (follow.lines.length === 0) await follow.nextLine();
    rmSync(join(directory, 'ticks.ring'));
    const config = { channels: { ticks: { type: 'SPSC', producer: 'feed', consumer: 'reader' } } } as const;
    const second = await MessageBus.open({ service: 'feed', config, directory });
    t.after(() => second.close());
    second.producer('ticks').write(text('new'));
    while (!follow.lines.at(-1)?.endsWith('"new"')) await follow.nextLine();
    follow.signal('SIGTERM');
    await follow.succeeded();
  });

  it('prints bytes as they are, and as a hex dump, and refuses two formats at once', async (t) => {
    const { directory, producer, apbus } = await scene(t);
    for (const bytes of [Uint8Array.of(0, 255, 10), text('seventeen letters')]) producer.write(bytes);
    const raw = spawnSync(process.execPath, [APBUS, 'tail', 'ticks', '--raw', '--directory', directory]);
    assert.deepEqual([...raw.stdout], [0, 255, 10, ...text('seventeen letters')]);
    const hex = apbus('tail', 'ticks', '--hex');
    await hex.succeeded();
    assert.match(hex.lines[0] ?? '', /^0 {2}\S+Z {2}feed {2}3B$/);
    assert.equal(hex.lines[1], `00000000  00 ff 0a${' '.repeat(39)}  ...`);
    assert.equal(hex.lines[4], `00000010  73${' '.repeat(45)}  s`);
    const both = apbus('tail', 'ticks', '--hex', '--json');
    assert.equal((await both.ended()).code, 1);
    assert.match(both.stderr, /expected one of --json, --hex and --raw/);
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
