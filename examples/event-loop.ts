import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageBus, type BusConfig } from 'alphapulse-bus';

/*
 * Two ways to read in a program that has other things to do. `for await` hands out copies, one at a time, and lets you
 * await between them. `subscribe` hands out views in place, as many as there are, which is much faster. Both leave the
 * event loop free, and sleep without using the processor while nothing comes.
 *
 *   node build/examples/event-loop.js
 */

const config: BusConfig = {
  channels: { ticks: { type: 'SPMC', producer: 'clock', consumers: ['logger', 'counter'], bufferSize: '64KB' } },
};
const TICKS = 20;

const directory = mkdtempSync('/dev/shm/event-loop-');
process.on('exit', () => rmSync(directory, { recursive: true }));

async function log(): Promise<number> {
  await using bus = await MessageBus.open({ service: 'logger', config, directory });
  let logged = 0;
  for await (const message of bus.consumer('ticks', { from: 'oldest' })) {
    // a message is a copy: it may be kept, and there is time for other things in between
    await sleep(1);
    logged++;
    if (message.bytes[0] === TICKS - 1) break;
  }
  return logged;
}

async function count(): Promise<number> {
  await using bus = await MessageBus.open({ service: 'counter', config, directory });
  const enough = new AbortController();
  let counted = 0;
  const handler = ({ buffer, offset }: { buffer: Uint8Array; offset: number }): void => {
    counted++;
    if (buffer[offset] === TICKS - 1) enough.abort();
  };
  await bus.consumer('ticks', { from: 'oldest' }).subscribe(handler, { signal: enough.signal });
  return counted;
}

async function tick(): Promise<void> {
  await using bus = await MessageBus.open({ service: 'clock', config, directory });
  const ticks = bus.producer('ticks');
  for (let n = 0; n < TICKS; n++) {
    await ticks.writeAsync(Uint8Array.of(n));
    await sleep(2);
  }
}

const [logged, counted] = await Promise.all([log(), count(), tick()]);
process.stdout.write(`for await: ${logged} ticks, subscribe: ${counted} ticks\n`);
assert.deepEqual([logged, counted], [TICKS, TICKS]);
