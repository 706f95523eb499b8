import type { Consumer, MessageView } from 'alphapulse-bus';
import { nowNs, runWorker } from '../run/worker.js';
import { quantilesOf } from '../statistics/quantiles.js';
import { openBus, type BenchChannel } from './channel.js';
import { OrderCheck } from './marked-message.js';
import { Samples, type LatencyIdle } from './paced.js';

export interface LatencyConsumerSettings {
  readonly channel: BenchChannel;
  readonly consumer: number;
  readonly producers: number;
  readonly idle: LatencyIdle;
  /** Messages intended earlier than this after the start are not counted. */
  readonly warmupNs: number;
  readonly samplesMax: number;
}

await runWorker<LatencyConsumerSettings>(async (settings) => {
  const bus = await openBus('consumer', [settings.channel]);
  const consumer = bus.consumer(settings.channel.name, { name: `consumer-${settings.consumer}`, from: 'oldest' });
  const check = new OrderCheck(settings.producers);
  const samples = new Samples(settings.samplesMax);
  const over = new AbortController();

  return async ({ startNs }) => {
    const fromNs = startNs + settings.warmupNs;
    const handler = (message: MessageView): void => {
      const received = nowNs();
      check.see(message.view.getInt32(message.offset, true));
      const intended = message.view.getFloat64(message.offset + 8, true);
      if (intended >= fromNs) samples.add(received - intended);
      if (check.ended) over.abort();
    };
    if (settings.idle === 'subscribe') await consumer.subscribe(handler, { signal: over.signal });
    else readAll(consumer, handler, check, settings.idle === 'waitSync');
    await bus.close();
    return quantilesOf(samples.taken());
  };
});

function readAll(
  consumer: Consumer,
  handler: (message: MessageView) => void,
  check: OrderCheck,
  sleeps: boolean,
): void {
  while (!check.ended) {
    if (consumer.poll(handler) === 0 && sleeps) consumer.waitSync(1000);
  }
}
