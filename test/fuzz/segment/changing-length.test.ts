import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { segmentSizes } from '#src/layout/geometry.js';
import { RECORD, type ChannelType } from '#src/layout/schema.js';
import { BusError } from '#src/platform/bus-error.js';
import { script } from '../../kit/processes.js';
import { countFromEnvironment } from '../../kit/random.js';
import { TemporaryChannel, numbered } from '../../kit/temporary-channel.js';

const RUNS = countFromEnvironment('APBUS_FUZZ_RUNS', 3000);
const LENGTH = 200;
/** In turn with the true length: none of them may ever be believed, half-read or read twice. */
const FORGED = [0, -1, 201, 8192, 8193, 2 ** 31 - 1, -(2 ** 31), 65_536];

for (const type of ['SPSC', 'MPMC'] satisfies ChannelType[]) {
  it(
    `a record length that changes between check and copy leads to a whole message or ERR_CORRUPT (${type})`,
    { timeout: 60_000 },
    async (t) => {
      const channel = new TemporaryChannel(t, { type });
      const producer = channel.producer();
      producer.write(numbered(1, LENGTH));
      const sizes = segmentSizes(type, channel.shape.capacity);
      const flipper = await startFlipper(t, channel.path, sizes.control + sizes.claims + RECORD.at.length);
      let copies = 0;
      let refusals = 0;
      const consumer = channel.consumer('oldest');
      for (let attempt = 0; attempt < RUNS * 10 || copies === 0 || refusals === 0; attempt++) {
        try {
          consumer.seek('oldest');
          const message = consumer.read();
          if (message === undefined) continue;
          copies++;
          assert.ok(message.length >= 1 && message.length <= channel.shape.messageSizeMax, `length ${message.length}`);
          assert.equal(message.bytes.length, message.length);
        } catch (error) {
          assert.ok(BusError.is(error, 'ERR_CORRUPT'), String(error));
          refusals++;
        }
      }
      await flipper.terminate();
      t.diagnostic(`${copies} whole, ${refusals} refused`);
    },
  );
}

/** A thread that changes one word of a file for as long as it lives. */
async function startFlipper(t: TestContext, path: string, offset: number): Promise<Worker> {
  const workerData = { path, offset, values: FORGED, truth: LENGTH };
  const worker = new Worker(script(import.meta.url, './length-flipper.js'), { workerData });
  t.after(() => worker.terminate());
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
  });
  return worker;
}
