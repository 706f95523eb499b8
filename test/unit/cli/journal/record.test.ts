import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { setTimeout as later } from 'node:timers/promises';
import { MessageBus } from '#src/bus/message-bus.js';
import { record } from '#src/cli/journal/record.js';
import { verifyJournal } from '#src/journal/verify.js';
import { apbus } from '../../../kit/run-apbus.js';
import { temporaryDirectory } from '../../../kit/temporary-channel.js';

/** A recorded channel, and `apbus record` with a configuration of the journal's folder. */
function scene(t: TestContext) {
  const folder = temporaryDirectory(t);
  const directory = join(folder, 'bus');
  const file = (journal: string): string => {
    const path = join(folder, `${journal}.toml`);
    writeFileSync(
      path,
      `[channels.ticks]\ntype = "SPSC"\nproducer = "feed"\nconsumer = "reader"\nbuffer_size = "64KB"\n` +
        `[channels.ticks.persistence]\npersistence_path = "${journal}"\n`,
    );
    return path;
  };
  const publish = async (text: string): Promise<void> => {
    await using bus = await MessageBus.open({ service: 'feed', config: file('journal'), directory });
    bus.write('ticks', new TextEncoder().encode(text));
  };
  const recorded = (): number[] => [...verifyJournal(join(folder, 'journal', 'ticks'))].map(({ records }) => records);
  return { directory, file, publish, recorded };
}

it('a channel that is configured otherwise is not recorded elsewhere, but refused with the field', async (t) => {
  const { directory, file, publish } = scene(t);
  await publish('a');
  const { code, messages } = await apbus('record', '-c', file('elsewhere'), '--directory', directory);
  assert.equal(code, 1);
  assert.match(messages, /channel ticks: .*persistence_path is \S*journal\/ticks, configured is \S*elsewhere\/ticks/);
});

it('a channel that was removed and made anew is recorded in its new life', async (t) => {
  const { directory, file, publish, recorded } = scene(t);
  await publish('a');
  let said = '';
  const message = (text: string): void => void (said += text);
  const output = { data: () => undefined, bytes: () => undefined, message, color: false };
  const recording = record([], { config: file('journal'), directory }, output);
  const times = async (count: number): Promise<void> => {
    while ((said.match(/channel ticks is recorded/g)?.length ?? 0) < count) await later(5);
  };
  await times(1);
  rmSync(join(directory, 'ticks.ring'));
  await publish('b');
  await times(2);
  process.emit('SIGHUP');
  assert.equal(await recording, 0);
  assert.deepEqual(recorded(), [1, 1]);
});
