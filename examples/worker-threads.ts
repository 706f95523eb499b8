import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { MessageBus, type BusConfig } from 'alphapulse-bus';

/*
 * Worker threads are endpoints like processes: each opens the bus itself. Three workers write to one MPSC channel, and
 * the main thread reads it with `waitSync`, which blocks its thread: that is for threads that do nothing else.
 *
 *   node build/examples/worker-threads.js
 */

const WORKERS = ['alpha', 'beta', 'gamma'];
const MESSAGES = 5000;
const config: BusConfig = {
  channels: { results: { type: 'MPSC', producers: WORKERS, consumer: 'main', bufferSize: '256KB' } },
};

async function work({ name, directory }: { name: string; directory: string }): Promise<void> {
  await using bus = await MessageBus.open({ service: name, config, directory });
  const results = bus.producer('results');
  const message = new Uint32Array(2);
  const bytes = new Uint8Array(message.buffer);
  for (let n = 0; n < MESSAGES; n++) {
    message.set([WORKERS.indexOf(name), n]);
    // a full ring makes it wait for the main thread
    results.write(bytes);
  }
}

async function gather(directory: string): Promise<void> {
  await using bus = await MessageBus.open({ service: 'main', config, directory });
  const results = bus.consumer('results');
  const workers = WORKERS.map((name) => new Worker(new URL(import.meta.url), { workerData: { name, directory } }));
  // a worker starts only with some help of the main thread, so that must not block before
  await Promise.all(workers.map((worker) => once(worker, 'online')));

  const next = WORKERS.map(() => 0);
  for (let read = 0; read < WORKERS.length * MESSAGES;) {
    assert.ok(results.waitSync(10_000), 'a message within 10 s');
    read += results.poll(({ view, offset }) => {
      const worker = view.getUint32(offset, true);
      const expected = next[worker] ?? 0;
      assert.equal(view.getUint32(offset + 4, true), expected, 'in order, none missing');
      next[worker] = expected + 1;
    });
  }
  process.stdout.write(`${next.map((count, i) => `${WORKERS[i]} ${count}`).join(', ')}\n`);
}

if (isMainThread) {
  const own = mkdtempSync('/dev/shm/worker-threads-');
  await gather(own).finally(() => rmSync(own, { recursive: true }));
} else {
  await work(workerData as { name: string; directory: string });
}
