import type { MessageView } from 'alphapulse-bus';
import { runWorker } from '../run/worker.js';
import { openBus } from './channel.js';
import { LAST } from './paced.js';
import type { RoundTripSettings } from './ping.js';

await runWorker<RoundTripSettings>(async (settings) => {
  const receiving = await openBus('consumer', [settings.there]);
  const sending = await openBus('producer', [settings.back]);
  const consumer = receiving.consumer(settings.there.name, { from: 'oldest' });
  const producer = sending.producer(settings.back.name, { timestamps: settings.timestamps });
  const message = new Uint8Array(settings.back.messageBytes);
  const words = new Int32Array(message.buffer);
  const sleeps = settings.idle === 'waitSync';
  let last = false;
  const handler = (view: MessageView): void => {
    const number = view.view.getInt32(view.offset, true);
    words[0] = number;
    producer.write(message);
    last = number === LAST;
  };

  return async () => {
    while (!last) {
      if (consumer.poll(handler, 1) === 0 && sleeps) consumer.waitSync(1000);
    }
    await receiving.close();
    await sending.close();
  };
});
