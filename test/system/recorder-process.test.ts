import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { it } from 'node:test';
import { MessageBus } from 'alphapulse-bus';
import { JournalReader } from 'alphapulse-bus/journal';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { RECORDED, recordedConfig, recordedToml, type RecordedOptions } from './recorded-channel.js';

const ROUNDS = 3;
const APBUS = script(import.meta.url, '../../../dist/cli/apbus.js');

it('a recorder that is killed alone is replaced by its producer, and nothing is missing or there twice', async (t) => {
  const directory = temporaryDirectory(t);
  const journal = mkdtempSync(join(tmpdir(), 'apbus-recorder-'));
  t.after(() => rmSync(journal, { recursive: true, force: true }));
  const options: RecordedOptions = { type: 'MPSC', journal };
  const file = join(journal, 'bus.toml');
  writeFileSync(file, recordedToml(options));
  const bus = await MessageBus.open({ service: 'reader', config: recordedConfig(options), directory });
  t.after(() => bus.close());
  const recordedBy = async (pid: number): Promise<void> => {
    while (bus.journal(RECORDED).recorderPid !== pid) await later(5);
  };
  const writer = async (first: number, count: number): Promise<TestProcess> => {
    const actor = script(import.meta.url, './actors/recorded-writer.js');
    const started = startProcess(t, actor, [directory, JSON.stringify(options), String(first), String(count)]);
    await started.line('ready');
    return started;
  };
  // the channel is to be there before the recorder
  await (await writer(0, 100)).succeeded();
  let written = 100;
  for (let round = 0; round < ROUNDS; round++) {
    const recorder = startProcess(t, APBUS, ['record', '-c', file, '--directory', directory]);
    await recordedBy(recorder.pid);
    const process = await writer(written, 0);
    await process.line('wrote');
    assert.equal(bus.journal(RECORDED).recorderPid, recorder.pid);
    await later(round * 30);
    await recorder.kill();
    await recordedBy(process.pid);
    process.send('stop');
    written = Number((await process.line('done')).split(' ')[1]);
    await process.succeeded();
  }
  const reader = JournalReader.open(join(journal, RECORDED));
  let next = 0;
  while (reader.poll(({ sequence }) => assert.equal(sequence, next++)) > 0);
  reader.close();
  assert.equal(next, written);
  t.diagnostic(`${ROUNDS} recorders killed, ${written} messages`);
});

it('a producer that may start no thread says so before its ring is full, and apbus record is the way out', async (t) => {
  const directory = temporaryDirectory(t);
  const journal = mkdtempSync(join(tmpdir(), 'apbus-recorder-'));
  t.after(() => rmSync(journal, { recursive: true, force: true }));
  const options: RecordedOptions = { type: 'MPSC', journal };
  const file = join(journal, 'bus.toml');
  writeFileSync(file, recordedToml(options));
  const model = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
  const actor = script(import.meta.url, './actors/recorded-writer.js');
  const nodeFlags = [model, '--allow-addons', '--allow-fs-read=*', '--allow-fs-write=*'];
  const writer = startProcess(t, actor, [directory, JSON.stringify(options), '0', '3000'], { nodeFlags });
  await writer.line('ready');
  while (!/"apbus record"/.test(writer.stderr)) await later(5);
  assert.match(
    writer.stderr,
    /channel recorded is to be recorded.*without --allow-worker\. Start it with --allow-worker/,
  );
  assert.equal(writer.stderr.match(/APBUS_JOURNAL/g)?.length, 1, 'it is said once');
  const recorder = startProcess(t, APBUS, ['record', '-c', file, '--directory', directory]);
  await writer.succeeded();
  recorder.signal('SIGTERM');
  await recorder.succeeded();
  const reader = JournalReader.open(join(journal, RECORDED));
  let next = 0;
  while (reader.poll(({ sequence }) => assert.equal(sequence, next++)) > 0);
  reader.close();
  assert.equal(next, 3000);
});
