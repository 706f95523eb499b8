import type { MessageView } from 'alphapulse-bus';
import { nowNs, runWorker, spinUntil } from '../run/worker.js';
import { openBus, type BenchChannel } from './channel.js';
import { waiterOf, type Idle } from './idle.js';
import { OrderCheck } from './marked-message.js';

export interface ThroughputConsumerSettings {
  readonly channel: BenchChannel;
  readonly consumer: number;
  readonly producers: number;
  readonly idle: Idle;
  readonly warmupNs: number;
  readonly measureNs: number;
}

export interface ThroughputConsumerResult {
  /** Messages per second in the measured time. */
  readonly rate: number;
  /** All messages, the last ones of each producer included. */
  readonly received: number;
}

/** Polls or messages between two looks at the clock. */
const POLLS = 16;
const MESSAGES = 1024;

await runWorker<ThroughputConsumerSettings>(async (settings) => {
  const bus = await openBus('consumer', [settings.channel]);
  const consumer = bus.consumer(settings.channel.name, { name: `consumer-${settings.consumer}`, from: 'oldest' });
  const check = new OrderCheck(settings.producers);
  const handler = (message: MessageView): void => check.see(message.view.getInt32(message.offset, true));
  const wait = waiterOf(consumer, settings.idle);

  /** Reads until that time, or until all producers have ended; how many messages. */
  const readUntil = (endNs: number): number => {
    let received = 0;
    while (!check.ended) {
      let seen = 0;
      for (let i = 0; i < POLLS && seen < MESSAGES && !check.ended; i++) {
        const count = consumer.poll(handler, MESSAGES);
        seen += count;
        if (count === 0) wait();
      }
      received += seen;
      if (nowNs() >= endNs) break;
    }
    return received;
  };

  return async ({ startNs }): Promise<ThroughputConsumerResult> => {
    spinUntil(startNs);
    const before = readUntil(startNs + settings.warmupNs);
    const fromNs = nowNs();
    const measured = readUntil(fromNs + settings.measureNs);
    const toNs = nowNs();
    const after = readUntil(Infinity);
    await bus.close();
    return { rate: (measured / (toNs - fromNs)) * 1e9, received: before + measured + after };
  };
});
