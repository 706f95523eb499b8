import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { BusError, MessageBus } from 'alphapulse-bus';
import { script } from '../kit/processes.js';
import { numbered, temporaryDirectory } from '../kit/temporary-channel.js';
import { WORKER_CONFIG } from './worker-config.js';

type Way = 'subscribe' | 'wait' | 'spin' | 'exit' | 'throw';

async function worker(t: TestContext, directory: string, name: string, way: Way): Promise<Worker> {
  const started = new Worker(script(import.meta.url, './actors/worker-endpoint.js'), {
    workerData: { directory, name, way },
    stderr: true,
  });
  started.on('error', () => {});
  t.after(() => started.terminate());
  // not `once`, which rejects with an error: that and the message take different ways, and either may come first
  assert.equal(await new Promise((resolve) => started.once('message', resolve)), 'attached');
  return started;
}

async function bus(t: TestContext, service: string, directory: string): Promise<MessageBus> {
  const opened = await MessageBus.open({ service, directory, config: WORKER_CONFIG });
  t.after(() => opened.close());
  return opened;
}

describe('worker threads of one process', () => {
  it('open the same segment, and each gets every message', async (t) => {
    const directory = temporaryDirectory(t);
    const producer = (await bus(t, 'writer', directory)).producer('shared');
    const workers = [await worker(t, directory, 'one', 'subscribe'), await worker(t, directory, 'two', 'subscribe')];
    const seen = workers.map(
      (reader) =>
        new Promise<number[]>((resolve) => {
          const numbers: number[] = [];
          reader.on('message', (n: number) => void (numbers.push(n) === 500 && resolve(numbers)));
        }),
    );
    for (let n = 0; n < 500; n++) await producer.writeAsync(numbered(n, 200));
    for (const numbers of await Promise.all(seen))
      assert.deepEqual(
        numbers,
        Array.from({ length: 500 }, (_, n) => n),
      );
  });

  it('exclude each other from a name as processes do', async (t) => {
    const directory = temporaryDirectory(t);
    await worker(t, directory, 'mine', 'subscribe');
    const here = await bus(t, 'reader', directory);
    assert.throws(
      () => here.consumer('shared', { name: 'mine' }),
      (error) => BusError.is(error, 'ERR_CONSUMER_TAKEN'),
    );
  });

  for (const way of ['subscribe', 'wait', 'spin'] as const) {
    it(`that are terminated release what they held, while the process lives (${way})`, async (t) => {
      const directory = temporaryDirectory(t);
      const producer = (await bus(t, 'writer', directory)).producer('shared');
      const before = readdirSync('/proc/self/fd').length;
      const doomed = await worker(t, directory, 'doomed', way);
      await doomed.terminate();
      // ten rings' worth: a consumer that still gated would stop this
      for (let n = 0; n < 700; n++) producer.write(numbered(n, 1000));
      const here = await bus(t, 'reader', directory);
      const again = here.consumer('shared', { name: 'doomed' });
      producer.write(numbered(1));
      assert.equal(again.read()!.sequence, 700);
      again.close();
      const left = readdirSync('/proc/self/fd').length;
      assert.ok(left <= before, `${left - before} descriptors of the worker are left`);
    });
  }

  for (const way of ['exit', 'throw'] as const) {
    it(`that end by themselves release what they held (${way})`, async (t) => {
      const directory = temporaryDirectory(t);
      const doomed = await worker(t, directory, 'doomed', way);
      if (doomed.threadId !== -1) await new Promise((resolve) => doomed.once('exit', resolve));
      const here = await bus(t, 'reader', directory);
      here.consumer('shared', { name: 'doomed' }).close();
    });
  }
});
