import { runWorker } from '../run/worker.js';
import { openBus, type BenchChannel } from './channel.js';
import { endMark, markOf } from './marked-message.js';
import { Schedule } from './paced.js';

export interface PacedProducerSettings {
  readonly channel: BenchChannel;
  readonly producer: number;
  readonly timestamps: boolean;
  readonly intervalNs: number;
  /** Of the first message, after the start: so that producers take turns. */
  readonly shiftNs: number;
  readonly durationNs: number;
}

/** Where the intended time of sending stands in a message, in 8-byte words. */
const INTENDED_WORD = 1;

await runWorker<PacedProducerSettings>(async (settings) => {
  const bus = await openBus('producer', [settings.channel]);
  const producer = bus.producer(settings.channel.name, { timestamps: settings.timestamps });
  const message = new Uint8Array(settings.channel.messageBytes);
  const words = new Int32Array(message.buffer);
  const times = new Float64Array(message.buffer, 0, 2);

  return async ({ startNs }) => {
    const schedule = new Schedule(startNs + settings.shiftNs, settings.intervalNs);
    const endNs = startNs + settings.durationNs;
    for (let count = 0; ; count++) {
      const intended = schedule.await();
      const over = intended >= endNs;
      words[0] = over ? endMark(settings.producer) : markOf(settings.producer, count);
      times[INTENDED_WORD] = intended;
      producer.write(message);
      if (over) break;
    }
    await bus.close();
  };
});
