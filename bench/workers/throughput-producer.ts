import { nowNs, runWorker, spinUntil } from '../run/worker.js';
import { openBus, type BenchChannel } from './channel.js';
import { writerOf, type Idle } from './idle.js';
import { endMark, markOf } from './marked-message.js';

export interface ThroughputProducerSettings {
  readonly channel: BenchChannel;
  readonly producer: number;
  readonly timestamps: boolean;
  readonly idle: Idle;
  readonly warmupNs: number;
  readonly measureNs: number;
}

/** Messages between two looks at the clock. */
const BATCH = 256;

await runWorker<ThroughputProducerSettings>(async (settings) => {
  const bus = await openBus('producer', [settings.channel]);
  const producer = bus.producer(settings.channel.name, { timestamps: settings.timestamps });
  const write = writerOf(producer, settings.idle);
  const message = new Uint8Array(settings.channel.messageBytes);
  const words = new Int32Array(message.buffer);

  return async ({ startNs }) => {
    // A little longer than the consumers measure, so that they never measure a drying channel.
    const endNs = startNs + settings.warmupNs + settings.measureNs + 2e7;
    let count = 0;
    spinUntil(startNs);
    while (nowNs() < endNs) {
      for (let i = 0; i < BATCH; i++) {
        words[0] = markOf(settings.producer, count++);
        write(message);
      }
    }
    words[0] = endMark(settings.producer);
    write(message);
    await bus.close();
    return { written: count + 1 };
  };
});
