import { constants, closeSync, openSync, writeSync } from 'node:fs';
import { loadNative } from '#src/platform/load-native.js';
import { nowNs, runWorker, spinUntil } from '../run/worker.js';
import { BareFutex } from './bare-futex.js';
import { openBus } from './channel.js';
import { LONGEST_PAUSE_NS, OVER, SHORTEST_PAUSE_NS, barePath, type WakeSettings } from './wake.js';

/** Sleeps end late by up to this; the rest of the time is spun. */
const SLEEP_SLACK_NS = 200_000;

/** Pauses in the warm-up, as a share of those that count: so that V8 compiles what will be measured. */
const WARMUP_PAUSES = 0.05;

function pause(share = 1): void {
  const until = nowNs() + share * (SHORTEST_PAUSE_NS + Math.random() * (LONGEST_PAUSE_NS - SHORTEST_PAUSE_NS));
  loadNative().sleep(until - nowNs() - SLEEP_SLACK_NS);
  spinUntil(until);
}

/** Sends a time by the bare means, and lets go of it. */
function bareSender(settings: WakeSettings): { send: (time: number) => void; close: () => void } {
  const path = barePath(settings.channel);
  if (settings.bare === 'futex') {
    const futex = BareFutex.open(path);
    return { send: (time) => futex.send(time), close: () => {} };
  }
  const fd = openSync(path, constants.O_WRONLY);
  const time = new Float64Array(1);
  const bytes = new Uint8Array(time.buffer);
  const send = (value: number): void => {
    time[0] = value;
    writeSync(fd, bytes);
  };
  return { send, close: () => closeSync(fd) };
}

await runWorker<WakeSettings>(async (settings) => {
  const bus = await openBus('producer', [settings.channel]);
  const producer = bus.producer(settings.channel.name);
  const bare = bareSender(settings);
  const message = new Uint8Array(settings.channel.messageBytes);
  const time = new Float64Array(message.buffer, 0, 1);
  const write = (value: number): void => {
    time[0] = value;
    producer.write(message);
  };

  return async ({ startNs }) => {
    const endNs = startNs + settings.durationNs;
    const warmNs = startNs + settings.warmupNs;
    spinUntil(startNs);
    for (let now = startNs; now < endNs; now = nowNs()) {
      const share = now < warmNs ? WARMUP_PAUSES : 1;
      pause(share);
      write(nowNs());
      pause(share);
      bare.send(nowNs());
    }
    pause();
    write(OVER);
    bare.close();
    await bus.close();
  };
});
