/*
 * Reads a recorded channel one message at a time, under the name of its service. Arguments: directory, the options of the
 * channel as JSON, service, where to begin as JSON, each (says every message; else every 64th) or halting (stands still for
 * 40 ms at every 8000th: for longer than the ring lasts).
 *
 * Says `ready SEQUENCE` (of the next message), `took SEQUENCE`, `gap FIRST LOST REASON`, and `bad ...` for what does not
 * follow, or is not what was written.
 */
import { writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { MessageBus, type StartFrom } from 'alphapulse-bus';
import {
  numberOfRecorded,
  RECORDED,
  recordedConfig,
  recordedMessage,
  type RecordedOptions,
} from '../recorded-channel.js';

const [directory = '', options = '{}', service = '', start = '"resume"', each = ''] = process.argv.slice(2);
const config = recordedConfig(JSON.parse(options) as RecordedOptions);
const say = (line: string): void => {
  for (;;) {
    try {
      writeSync(1, `${line}\n`);
      return;
    } catch (error) {
      // the test is slower than this process, and must miss nothing
      if ((error as { code?: unknown }).code !== 'EAGAIN') throw error;
    }
  }
};
const bus = await MessageBus.open({ service, config, directory });
const still = new Int32Array(new SharedArrayBuffer(4));
let next = 0;
const consumer = bus.consumer(RECORDED, {
  from: JSON.parse(start) as StartFrom,
  onGap: ({ sequence, lost, reason }) => {
    say(`gap ${sequence} ${lost} ${reason}`);
    if (sequence !== next) say(`bad gap at ${sequence}, expected at ${next}`);
    next = sequence + lost;
  },
});
next = consumer.sequence;
say(`ready ${next}`);
for (;;) {
  let taken = 0;
  while (
    consumer.poll(({ sequence, bytes }) => {
      const text = new TextDecoder().decode(bytes);
      if (sequence !== next) say(`bad message ${sequence}, expected ${next}`);
      if (text !== new TextDecoder().decode(recordedMessage(numberOfRecorded(text)))) say(`bad bytes at ${sequence}`);
      next = sequence + 1;
      if (each === 'halting' && sequence % 8000 === 0) Atomics.wait(still, 0, 0, 40);
      if (each === 'each' || sequence % 64 === 0) say(`took ${sequence}`);
    }, 1) > 0 &&
    taken < 256
  )
    taken += 1;
  await turn();
}
