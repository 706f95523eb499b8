import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { health } from '#src/cli/health/health.js';
import { apbus } from '../../../kit/run-apbus.js';
import { TemporaryChannel, numbered, temporaryDirectory } from '../../../kit/temporary-channel.js';

/** A channel whose only consumer has read none of three messages. */
function behind(t: TestContext): TemporaryChannel {
  const channel = new TemporaryChannel(t);
  channel.consumer();
  const producer = channel.producer();
  for (let n = 0; n < 3; n++) producer.write(numbered(n));
  return channel;
}

describe('apbus health', () => {
  it('answers 0 and says so when all is well', async (t) => {
    const { directory } = behind(t);
    const { code, data } = await apbus('health', '--directory', directory);
    assert.deepEqual([code, data], [0, 'healthy: nothing is amiss in 1 channel\n']);
    const json = await apbus('health', 'test', '--directory', directory, '--json');
    assert.deepEqual(JSON.parse(json.data), { directory, status: 'healthy', findings: [], channels: 1 });
  });

  it('answers 5 when degraded, and says why and what to do', async (t) => {
    const { directory } = behind(t);
    const { code, data } = await apbus('health', '--directory', directory, '--lag', '2');
    assert.equal(code, 5);
    assert.match(
      data,
      /^degraded: 1 finding in 1 channel\n {2}degraded {3}lag {2}test: consumer reader .* is 3 messages behind \(more than 2 messages\)\n {4}make it faster/,
    );
  });

  it('answers 6 when unhealthy, unless the dead are to be ignored', async (t) => {
    const channel = behind(t);
    channel.deadConsumer('gone');
    const run = async (...more: string[]): Promise<number> =>
      (await apbus('health', '--directory', channel.directory, ...more)).code;
    assert.deepEqual([await run(), await run('--dead', 'degraded'), await run('--dead', 'ignore')], [6, 5, 0]);
  });

  it('reads the thresholds from the configuration; options go before them', async (t) => {
    const folder = temporaryDirectory(t);
    const file = join(folder, 'bus.toml');
    const channel = behind(t);
    const text = `[bus]\ndirectory = "${channel.directory}"\n[channels.test]\ntype = "SPSC"\nproducer = "writer"
consumer = "reader"\nbuffer_size = "64KB"\nmessage_size_max = "8KB"\nbackpressure.timeout_ms = 20\n[health]\nlag_messages = 2\n`;
    writeFileSync(file, text);
    assert.equal((await apbus('health', '-c', file)).code, 5);
    assert.equal((await apbus('health', '-c', file, '--lag', '3')).code, 0);
    assert.equal((await apbus('health', '-c', file, 'test')).code, 5);
  });

  it('looks at one channel alone when it is told to, and names the others when there is none', async (t) => {
    const channel = behind(t);
    writeFileSync(join(channel.directory, 'broken.ring'), 'no segment', { mode: 0o600 });
    assert.equal((await apbus('health', '--directory', channel.directory)).code, 6);
    assert.equal((await apbus('health', 'test', '--directory', channel.directory)).code, 0);
    const { code, messages } = await apbus('health', 'tset', '--directory', channel.directory);
    assert.equal(code, 1);
    assert.match(messages, /no channel "tset".*ERR_UNKNOWN_CHANNEL/);
  });

  it('refuses what cannot be', async () => {
    for (const [args, message] of [
      [['--lag', 'many'], /--lag: found "many", expected a number of messages/],
      [['--lag', '-1'], /--lag: found "-1"/],
      [['--unread', '60s'], /--unread: found "60s", expected a time in ms/],
      [['--utilization', '90'], /--utilization: found "90", expected a share/],
      [['--utilization', '0'], /--utilization: found "0"/],
      [['--dead', 'bad'], /--dead: found "bad", expected one of unhealthy, degraded, ignore/],
      [['--interval', '100'], /--interval: found "100", expected it with --watch/],
      [['--watch', '--interval', '10'], /--interval: found "10", expected milliseconds, 50 to/],
    ] as const) {
      const { code, messages } = await apbus('health', ...args);
      assert.equal(code, 1, messages);
      assert.match(messages, message);
    }
  });

  it('goes on watching when the directory cannot be looked into for a while, and says so', async (t) => {
    const { directory } = behind(t);
    const aside = `${directory}.aside`;
    t.after(() => rmSync(aside, { recursive: true, force: true }));
    const told: string[] = [];
    const output = {
      data: (text: string) => void told.push(text),
      bytes: () => undefined,
      message: (text: string) => void told.push(text),
      color: false,
    };
    const tells = async (count: number): Promise<void> => {
      while (told.length < count) await delay(5);
    };
    const watching = health(undefined, { directory, watch: true, interval: '50' }, output);
    await tells(1);
    renameSync(directory, aside);
    writeFileSync(directory, 'in its place');
    await tells(2);
    rmSync(directory);
    renameSync(aside, directory);
    await tells(3);
    process.emit('SIGTERM');
    assert.equal(await watching, 0);
    assert.match(told[1]!, /^apbus: the channels cannot be looked at: cannot look into .* \(ERR_PERMISSION\)\n$/);
    assert.match(told[2]!, /healthy: nothing is amiss in 1 channel/);
  });
});
