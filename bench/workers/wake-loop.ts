import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { MessageView } from 'alphapulse-bus';
import { loadNative } from '#src/platform/load-native.js';
import { nowNs, runWorker } from '../run/worker.js';
import { quantilesOf } from '../statistics/quantiles.js';
import { openBus } from './channel.js';
import { Samples } from './paced.js';
import { OVER, barePath, samplesMax, sentAt, type WakeQuantiles, type WakeSettings } from './wake.js';

/* An event loop that sleeps: on the bus by `subscribe`, and at the same time at a FIFO of its own. */

function openFifo(path: string): Socket {
  if (loadNative().makeFifo(path) < 0) throw new Error(`cannot make ${path}`);
  return new Socket({ fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK), readable: true, writable: false });
}

await runWorker<WakeSettings>(async (settings) => {
  const bus = await openBus('consumer', [settings.channel]);
  const consumer = bus.consumer(settings.channel.name, { from: 'oldest', idle: settings.idle });
  const fifo = openFifo(barePath(settings.channel));
  const [overBus, overFifo] = [new Samples(samplesMax(settings)), new Samples(samplesMax(settings))];

  return async ({ startNs }): Promise<WakeQuantiles> => {
    const fromNs = startNs + settings.warmupNs;
    const over = new AbortController();
    fifo.on('data', (bytes: Buffer) => {
      const received = nowNs();
      const sent = bytes.readDoubleLE(bytes.length - 8);
      if (sent >= fromNs) overFifo.add(received - sent);
    });
    const handler = (message: MessageView): void => {
      const received = nowNs();
      const sent = sentAt(message);
      if (sent >= fromNs) overBus.add(received - sent);
      if (sent === OVER) over.abort();
    };
    await consumer.subscribe(handler, { signal: over.signal });
    fifo.destroy();
    await bus.close();
    return { bus: quantilesOf(overBus.taken()), bare: quantilesOf(overFifo.taken()) };
  };
});
