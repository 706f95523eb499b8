import { setTimeout as later } from 'node:timers/promises';
import type { IdleStrategy } from 'alphapulse-bus';
import { nowNs, runWorker } from '../run/worker.js';
import { openBus, type BenchChannel } from './channel.js';

export interface IdleSettings {
  readonly channel: BenchChannel;
  readonly sleeper: 'subscribe' | 'waitSync';
  readonly idle: IdleStrategy;
  readonly measureNs: number;
}

/** Before anything is measured. V8 collects garbage once more when a process has been idle for some seconds. */
const SETTLE_MS = 20_000;

/** A consumer that waits for what never comes; answers the share of a processor that all threads of the process used. */
await runWorker<IdleSettings>(async ({ channel, sleeper, idle, measureNs }) => {
  const bus = await openBus('consumer', [channel]);
  const consumer = bus.consumer(channel.name, { idle });

  return async (): Promise<number> => {
    const ms = measureNs / 1e6;
    const over = new AbortController();
    const subscribed =
      sleeper === 'subscribe' ? consumer.subscribe(() => {}, { signal: over.signal }) : Promise.resolve();
    const rest = sleeper === 'subscribe' ? later : async (time: number): Promise<boolean> => consumer.waitSync(time);
    await rest(SETTLE_MS);
    const [start, before] = [nowNs(), process.cpuUsage()];
    await rest(ms);
    const { user, system } = process.cpuUsage(before);
    const share = ((user + system) * 1000) / (nowNs() - start);
    over.abort();
    await subscribed;
    await bus.close();
    return share;
  };
});
