import type { MessageView } from 'alphapulse-bus';
import { nowNs, runWorker } from '../run/worker.js';
import { quantilesOf } from '../statistics/quantiles.js';
import { BareFutex } from './bare-futex.js';
import { openBus } from './channel.js';
import { Samples } from './paced.js';
import { OVER, barePath, samplesMax, sentAt, type WakeQuantiles, type WakeSettings } from './wake.js';

/* A thread that sleeps in turn on the bus, by `waitSync`, and on a futex of its own. */

await runWorker<WakeSettings>(async (settings) => {
  const bus = await openBus('consumer', [settings.channel]);
  const consumer = bus.consumer(settings.channel.name, { from: 'oldest', idle: settings.idle });
  const futex = BareFutex.create(barePath(settings.channel));
  const [overBus, overFutex] = [new Samples(samplesMax(settings)), new Samples(samplesMax(settings))];

  return async ({ startNs }): Promise<WakeQuantiles> => {
    const fromNs = startNs + settings.warmupNs;
    let sent = 0;
    const handler = (message: MessageView): void => {
      const received = nowNs();
      sent = sentAt(message);
      if (sent >= fromNs) overBus.add(received - sent);
    };
    for (;;) {
      while (consumer.poll(handler, 1) === 0) consumer.waitSync();
      if (sent === OVER) break;
      const bareSent = futex.receive();
      const received = nowNs();
      if (bareSent >= fromNs) overFutex.add(received - bareSent);
    }
    await bus.close();
    return { bus: quantilesOf(overBus.taken()), bare: quantilesOf(overFutex.taken()) };
  };
});
