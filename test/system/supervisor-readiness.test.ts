import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startProcess } from '../kit/processes.js';
import { has, pidOf, READER, scene, told, until } from './supervised-scene.js';

const NODE = process.execPath;
const OWN_NAMESPACE = ['unshare', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
const mayUnshare = spawnSync(OWN_NAMESPACE[0]!, [...OWN_NAMESPACE.slice(1), 'true']).status === 0;

describe('a service is ready when it is attached', () => {
  const wrappers: [string, string[], boolean][] = [
    ['by its own process', [NODE, 'reader.mjs'], true],
    ['by a child of a shell', ['sh', '-c', `"${NODE}" reader.mjs; exit 0`], true],
    ['by a child in a session of its own', ['sh', '-c', `setsid "${NODE}" reader.mjs; exit 0`], true],
    ['in the background of a shell', ['sh', '-c', `("${NODE}" reader.mjs &) ; sleep 600`], true],
    ['in a pid namespace of its own', [...OWN_NAMESPACE, NODE, 'reader.mjs'], mayUnshare],
  ];
  for (const [how, command, isPossible] of wrappers) {
    it(how, isPossible ? {} : { skip: 'needs the right to make a pid namespace' }, async (t) => {
      const { run } = scene(t, { reader: { code: READER, command, more: 'stop_timeout_ms = 2000' } });
      const process = run();
      await until(process, (events) => has(events, 'reader', 'ready'));
      process.signal('SIGTERM');
      await process.succeeded();
    });
  }

  it('and not when a process that it has not started has its place', async (t) => {
    const service = { code: `setInterval(() => {}, 1000)`, more: 'ready_timeout_ms = 300' };
    const all = scene(t, { reader: service });
    writeFileSync(join(all.folder, 'other.mjs'), READER);
    // as somebody starts it by hand
    const env = { APBUS_CONFIG: join(all.folder, 'bus.toml') };
    const foreign = startProcess(t, join(all.folder, 'other.mjs'), [], { env });
    await foreign.line('attached');
    const process = all.run();
    await until(process, (events) => has(events, 'reader', 'late'));
    const late = told(process).find(({ service: name, event }) => name === 'reader' && event === 'late');
    const who = `consumer of ticks (process ${foreign.pid} has it, which is not of this service)`;
    assert.deepEqual(late?.['missing'], [who]);
    assert.ok(!has(told(process), 'reader', 'ready'));
    assert.notEqual(pidOf(process, 'reader'), foreign.pid);
    process.signal('SIGTERM');
    await process.succeeded();
  });
});
