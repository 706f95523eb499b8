import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MessageBus, type BusConfig, type ChannelType } from 'alphapulse-bus';
import { script, startProcess } from '../kit/processes.js';
import { countFromEnvironment } from '../kit/random.js';
import { temporaryDirectory } from '../kit/temporary-channel.js';

/** How often a reader joins anew; the storm has more. */
const JOINS = 20_000 * countFromEnvironment('APBUS_STORM_RUNS', 1);
const WRITERS = 2;

for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'] as const satisfies readonly ChannelType[]) {
  it(`a consumer of a ${type} channel can join at any moment while others write as fast as they can`, async (t) => {
    const directory = temporaryDirectory(t);
    const writers = Array.from({ length: type.startsWith('M') ? WRITERS : 1 }, (_, n) => `writer_${n}`);
    const config: BusConfig = {
      channels: { flood: { type, producers: writers, consumers: ['reader'], bufferSize: '1MB', messageSizeMax: 64 } },
    };
    await using bus = await MessageBus.open({ service: 'reader', directory, config });
    const flood = script(import.meta.url, './actors/flood.js');
    const processes = writers.map((name) => startProcess(t, flood, [directory, name, JSON.stringify(config)]));
    await Promise.all(processes.map((process) => process.line('writing')));
    const consumer = bus.consumer('flood');
    let last = -1;
    let delivered = 0;
    for (let join = 0; join < JOINS; join++) {
      const from = join % 8 === 7 ? 'oldest' : 'latest';
      consumer.seek(from);
      if (from === 'latest') assert.ok(consumer.sequence >= last, `${consumer.sequence} came after ${last}`);
      last = Math.max(last, consumer.sequence);
      // its sequence and its bytes are checked by `poll`
      delivered += consumer.poll(
        (message) => assert.equal(message.view.getInt32(message.offset, true), message.length),
        2,
      );
    }
    assert.ok(delivered > 0);
    assert.equal(consumer.lost, 0);
    for (const process of processes) assert.equal(process.exit, undefined, process.stderr);
  });
}
