import { MessageBus } from 'alphapulse-bus';
import { nowNs, spinUntil } from '../run/worker.js';
import { median } from '../statistics/spread.js';
import { BURST, JOURNALED, journaledConfig, type WriterTask, type Written } from './channel.js';

/** Writes to a channel in a process of its own; a recorded channel is recorded by a thread of it. */
const { directory, journal, messageBytes, seconds, rate } = JSON.parse(process.argv[2] ?? '') as WriterTask;
const bus = await MessageBus.open({ service: 'writer', config: journaledConfig(journal), directory });
const producer = bus.producer(JOURNALED);
const message = new Uint8Array(messageBytes).fill(7);
const periodNs = rate === undefined ? 0 : (BURST / rate) * 1e9;
write(1, 0);
process.send?.(await measured());
await bus.close();
process.disconnect?.();

async function measured(): Promise<Written> {
  const startedNs = nowNs();
  const { written, busyNs, burstNs, last } = write(seconds, periodNs);
  const elapsedNs = nowNs() - startedNs;
  if (journal !== undefined) await producer.waitDurable(last);
  return { written, elapsedNs, busyNs, burstNs, durableNs: nowNs() - startedNs };
}

/** Writes for so long, a burst each period. */
function write(forSeconds: number, everyNs: number): Omit<Written, 'elapsedNs' | 'durableNs'> & { last: number } {
  const startedNs = nowNs();
  const bursts: number[] = [];
  let [written, busyNs, last] = [0, 0, 0];
  let beginNs = startedNs;
  while (beginNs - startedNs < forSeconds * 1e9) {
    for (let n = 0; n < BURST; n++) last = producer.write(message);
    written += BURST;
    const doneNs = nowNs();
    busyNs += doneNs - beginNs;
    bursts.push(doneNs - beginNs);
    // one that comes late is not made up for: what waited meanwhile would be counted as written fast
    spinUntil(beginNs + everyNs);
    beginNs = Math.max(doneNs, beginNs + everyNs);
  }
  return { written, busyNs, burstNs: median(bursts), last };
}
