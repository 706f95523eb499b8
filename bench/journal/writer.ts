import { MessageBus } from 'alphapulse-bus';
import { JOURNALED, journaledConfig, type WriterTask } from './channel.js';

/** Writes as fast as the channel takes it, in a process of its own; a recorded channel is recorded by a thread of it. */
const { directory, journal, messageBytes, seconds } = JSON.parse(process.argv[2] ?? '') as WriterTask;
const bus = await MessageBus.open({ service: 'writer', config: journaledConfig(journal), directory });
const producer = bus.producer(JOURNALED);
const message = new Uint8Array(messageBytes).fill(7);
for (let warm = 0; warm < 200_000; warm++) producer.write(message);
const started = process.hrtime.bigint();
const endNs = started + BigInt(Math.round(seconds * 1e9));
let written = 0;
let last = 0;
while (process.hrtime.bigint() < endNs) {
  for (let n = 0; n < 2000; n++) last = producer.write(message);
  written += 2000;
}
const elapsedNs = Number(process.hrtime.bigint() - started);
if (journal !== undefined) await producer.waitDurable(last);
const durableNs = Number(process.hrtime.bigint() - started);
await bus.close();
process.send?.({ written, elapsedNs, durableNs });
process.disconnect?.();
