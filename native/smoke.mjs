/**
 * A short run of the compiled package (`npm run build`) on whatever processor this Node.js is for: every channel type, every
 * byte of every message compared, in one process. smoke.mjs [MESSAGES]. Used by smoke-arm64.sh.
 */
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { MessageBus } from '../dist/index.js';
import { nativePath } from '../build/src/platform/load-native.js';

const messages = Number(process.argv[2] ?? 2000);
const SIZES = [1, 8, 63, 64, 65, 500, 4096];

function messageOf(n) {
  return new Uint8Array(SIZES[n % SIZES.length]).fill(n & 0xff);
}

async function exercise(type, directory) {
  const many = type.startsWith('MP') ? ['first', 'second'] : ['first'];
  const readers = type.endsWith('MC') ? ['left', 'right'] : ['left'];
  const config = { channels: { smoke: { type, producers: many, consumers: readers, bufferSize: '64KB' } } };
  const open = (service) => MessageBus.open({ service, config, directory: `${directory}/${type}` });
  const writing = await Promise.all(many.map(open));
  const reading = await Promise.all(readers.map(open));
  const producers = writing.map((bus) => bus.producer('smoke'));
  const consumers = reading.map((bus) => bus.consumer('smoke'));
  const expected = consumers.map(() => 0);
  const drain = () => {
    consumers.forEach((consumer, i) => {
      consumer.poll((view) => {
        assert.equal(view.sequence, expected[i]);
        const received = view.buffer.subarray(view.offset, view.offset + view.length);
        assert.deepEqual(Buffer.from(received), Buffer.from(messageOf(expected[i]++)));
      }, Infinity);
    });
  };
  for (let n = 0; n < messages;) {
    if (producers[n % producers.length].tryWrite(messageOf(n)) >= 0) n++;
    else drain();
  }
  drain();
  assert.deepEqual(
    expected,
    consumers.map(() => messages),
  );
  for (const bus of [...writing, ...reading]) await bus.close();
}

const directory = mkdtempSync('/dev/shm/apbus-smoke-');
try {
  for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC']) await exercise(type, directory);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(
  `${process.platform}-${process.arch}, Node.js ${process.versions.node}: 4 x ${messages} messages over ${nativePath()}`,
);
