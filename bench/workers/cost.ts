import type { MessageView } from 'alphapulse-bus';
import { nowNs, runWorker, spinUntil } from '../run/worker.js';
import { quantilesOf, type Quantiles } from '../statistics/quantiles.js';
import { median } from '../statistics/spread.js';
import { openBus, type BenchChannel } from './channel.js';
import { OrderCheck, endMark, markOf } from './marked-message.js';

export interface CostSettings {
  readonly channel: BenchChannel;
  readonly timestamps: boolean;
  readonly warmupNs: number;
  readonly measureNs: number;
}

/** Per call, in ns: quantiles over batches, each the mean of {@link BATCH} calls. */
export interface CostResult {
  readonly write: Quantiles;
  readonly poll: Quantiles;
}

/** Calls that are timed together, so that the clock's own cost is spread thin; it is subtracted, too. */
const BATCH = 128;

/** What a pair of clock readings adds to a batch. */
function clockCostNs(): number {
  const costs: number[] = [];
  for (let i = 0; i < 10_000; i++) {
    const from = nowNs();
    costs.push(nowNs() - from);
  }
  return median(costs);
}

await runWorker<CostSettings>(async (settings) => {
  const writing = await openBus('producer', [settings.channel]);
  const reading = await openBus('consumer', [settings.channel]);
  const consumer = reading.consumer(settings.channel.name, { from: 'oldest' });
  const producer = writing.producer(settings.channel.name, { timestamps: settings.timestamps });
  const message = new Uint8Array(settings.channel.messageBytes);
  const words = new Int32Array(message.buffer);
  const check = new OrderCheck(1);
  const handler = (view: MessageView): void => check.see(view.view.getInt32(view.offset, true));

  return async ({ startNs }): Promise<CostResult> => {
    const clockNs = clockCostNs();
    const writes: number[] = [];
    const polls: number[] = [];
    const fromNs = startNs + settings.warmupNs;
    const endNs = fromNs + settings.measureNs;
    let count = 0;
    spinUntil(startNs);
    for (let now = startNs; now < endNs;) {
      const beforeWrites = nowNs();
      for (let i = 0; i < BATCH; i++) {
        words[0] = markOf(0, count++);
        producer.write(message);
      }
      const beforePolls = nowNs();
      for (let seen = 0; seen < BATCH;) seen += consumer.poll(handler);
      now = nowNs();
      if (beforeWrites < fromNs) continue;
      writes.push((beforePolls - beforeWrites - clockNs) / BATCH);
      polls.push((now - beforePolls - clockNs) / BATCH);
    }
    words[0] = endMark(0);
    producer.write(message);
    consumer.poll(handler);
    if (!check.ended) throw new Error('the last message did not come');
    await writing.close();
    await reading.close();
    return { write: quantilesOf(Float64Array.from(writes)), poll: quantilesOf(Float64Array.from(polls)) };
  };
});
