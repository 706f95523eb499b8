import assert from 'node:assert/strict';
import { rmSync, truncateSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { Consumer } from '#src/channel/consumer.js';
import { segmentPath } from '#src/layout/directory.js';
import { Segment } from '#src/layout/segment.js';
import { script, startProcess, type TestProcess } from '../kit/processes.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';
import { asleep } from './asleep.js';

const SHAPE = { name: 'bereft', type: 'MPMC', capacity: 65_536, messageSizeMax: 8192 } as const;
const READERS = ['subscribe', 'iterate', 'wait'] as const;
const WRITERS = ['write', 'writeAsync'] as const;

async function waiting(t: TestContext, directory: string, way: string): Promise<TestProcess> {
  const waiter = startProcess(t, script(import.meta.url, './actors/bereft.js'), [directory, way]);
  await waiter.line('waiting');
  await asleep(waiter);
  return waiter;
}

async function refusal(waiter: TestProcess): Promise<string> {
  const line = await waiter.line('refused');
  await waiter.line('closed');
  await waiter.succeeded();
  return line;
}

describe('who waits at a segment whose file was removed', () => {
  for (const way of READERS) {
    it(`is told, when nothing came: ${way}`, async (t) => {
      const directory = temporaryDirectory(t);
      const waiter = await waiting(t, directory, way);
      rmSync(segmentPath(directory, 'bereft'));
      assert.match(await refusal(waiter), /^refused ERR_CORRUPT bereft .* was removed: .* Close this endpoint/);
    });
  }

  for (const way of WRITERS) {
    it(`is told, when no room came: ${way}`, async (t) => {
      const directory = temporaryDirectory(t);
      const gate = new Consumer(Segment.openOrCreate(directory, SHAPE, { ringWritable: false }), {
        name: 'gate',
        from: 'latest',
      });
      t.after(() => gate.close());
      const waiter = await waiting(t, directory, way);
      rmSync(segmentPath(directory, 'bereft'));
      assert.match(await refusal(waiter), /^refused ERR_CORRUPT bereft .* was removed/);
    });
  }
});

describe('who sleeps at a segment whose file is cut off', () => {
  for (const way of READERS) {
    it(`is told, and lives: ${way}`, async (t) => {
      const directory = temporaryDirectory(t);
      const waiter = await waiting(t, directory, way);
      truncateSync(segmentPath(directory, 'bereft'), 4096);
      assert.match(await refusal(waiter), /^refused ERR_CORRUPT bereft .* was truncated/);
    });
  }
});
