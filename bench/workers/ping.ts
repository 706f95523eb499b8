import type { MessageView } from 'alphapulse-bus';
import { nowNs, runWorker } from '../run/worker.js';
import { quantilesOf } from '../statistics/quantiles.js';
import { openBus, type BenchChannel } from './channel.js';
import { LAST, Samples, Schedule } from './paced.js';

export interface RoundTripSettings {
  readonly there: BenchChannel;
  readonly back: BenchChannel;
  readonly timestamps: boolean;
  /** `spin` polls without a pause, `waitSync` sleeps. */
  readonly idle: 'spin' | 'waitSync';
  /** Between two intended sends; 0: each as soon as the one before is back. */
  readonly intervalNs: number;
  readonly warmupNs: number;
  readonly measureNs: number;
}

/** A round trip is not shorter than this: bounds the memory for samples. */
const SHORTEST_NS = 100;

await runWorker<RoundTripSettings>(async (settings) => {
  const sending = await openBus('producer', [settings.there]);
  const receiving = await openBus('consumer', [settings.back]);
  const producer = sending.producer(settings.there.name, { timestamps: settings.timestamps });
  const consumer = receiving.consumer(settings.back.name, { from: 'oldest' });
  const message = new Uint8Array(settings.there.messageBytes);
  const words = new Int32Array(message.buffer);
  const samples = new Samples(Math.ceil(settings.measureNs / Math.max(settings.intervalNs, SHORTEST_NS)) + 1);
  const sleeps = settings.idle === 'waitSync';
  let answer = 0;
  const handler = (view: MessageView): void => {
    answer = view.view.getInt32(view.offset, true);
  };
  const exchange = (number: number): void => {
    words[0] = number;
    producer.write(message);
    while (consumer.poll(handler, 1) === 0) {
      if (sleeps) consumer.waitSync(1000);
    }
    if (answer !== number) throw new Error(`message ${answer} came back where ${number} was due`);
  };

  return async ({ startNs }) => {
    const fromNs = startNs + settings.warmupNs;
    const endNs = fromNs + settings.measureNs;
    const schedule = new Schedule(startNs, settings.intervalNs);
    for (let number = 0; ; number++) {
      const intended = schedule.await();
      if (intended >= endNs) break;
      exchange(number);
      if (intended >= fromNs) samples.add(nowNs() - intended);
    }
    exchange(LAST);
    await sending.close();
    await receiving.close();
    return quantilesOf(samples.taken());
  };
});
