import { runWorker } from '../run/worker.js';
import { measureHotPathHeap } from '../measure/hot-path-heap.js';
import { openBus, type BenchChannel } from './channel.js';

export interface GarbageSettings {
  readonly channel: BenchChannel;
  readonly messages: number;
}

await runWorker<GarbageSettings>(async (settings) => {
  const writing = await openBus('producer', [settings.channel]);
  const reading = await openBus('consumer', [settings.channel]);
  const consumer = reading.consumer(settings.channel.name, { from: 'oldest' });
  const producer = writing.producer(settings.channel.name);
  let sum = 0;

  return async () => {
    const result = measureHotPathHeap(
      producer,
      consumer,
      (message) => {
        sum = (sum + message.view.getInt32(message.offset, true) + message.totalLatencyNs) | 0;
      },
      settings.messages,
    );
    await writing.close();
    await reading.close();
    return { ...result, sum };
  };
});
