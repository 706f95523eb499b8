import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as later } from 'node:timers/promises';
import { MessageBus } from '#src/bus/message-bus.js';
import { apbus } from '../../../kit/run-apbus.js';
import { temporaryDirectory } from '../../../kit/temporary-channel.js';
import { journalFolder, openWriter, write } from '../../journal/kit.js';

it('a replay into a channel whose reader stands still ends when it is told to', async (t) => {
  const folder = journalFolder(t);
  const writer = openWriter(folder);
  write(writer, 50, 100);
  writer.close();
  const directory = temporaryDirectory(t);
  const x = {
    type: 'SPMC',
    producer: 'replay',
    consumer: 'debugger',
    bufferSize: 65_536,
    messageSizeMax: 8000,
  } as const;
  await using bus = await MessageBus.open({ service: 'debugger', config: { channels: { x } }, directory });
  const reader = bus.consumer('x');
  const replay = apbus('replay', folder, '--into', 'x', '--directory', directory, '--speed', 'max');
  while (reader.lag.messages < 1000) await later(5);
  process.emit('SIGHUP');
  const { code, messages } = await replay;
  assert.equal(code, 0);
  assert.match(messages, /10\d\d messages replayed into channel x/);
});
