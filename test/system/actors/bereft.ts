/*
 * Waits for a message, or for room for one, in one of the ways of the bus, and says `refused` with the code and message
 * of the error that ends the wait; then closes its bus and says `closed`. Arguments: directory, way (`subscribe`,
 * `iterate`, `wait`, `write`, `writeAsync`). Says `waiting` before it begins to wait.
 */
import { writeSync } from 'node:fs';
import { BACKPRESSURE, BusError, MessageBus, type BusConfig } from 'alphapulse-bus';

const [directory = '', way = 'wait'] = process.argv.slice(2);
const config: BusConfig = {
  channels: {
    bereft: {
      type: 'MPMC',
      producers: ['writer'],
      consumers: ['reader', 'gate'],
      bufferSize: '64KB',
      backpressure: { mode: 'BlockProducer', timeoutMs: 3000 },
    },
  },
};
const writes = way.startsWith('write');
await using bus = await MessageBus.open({ service: writes ? 'writer' : 'reader', directory, config });
const say = (line: string): void => void writeSync(1, `${line}\n`);

async function read(): Promise<void> {
  const consumer = bus.consumer('bereft');
  say('waiting');
  if (way === 'subscribe') await consumer.subscribe(() => {});
  else if (way === 'wait') consumer.waitSync();
  else for await (const _ of consumer) break;
}

async function write(): Promise<void> {
  const producer = bus.producer('bereft');
  while (producer.tryWrite(new Uint8Array(1000)) !== BACKPRESSURE);
  say('waiting');
  if (way === 'write') producer.write(new Uint8Array(1000));
  else await producer.writeAsync(new Uint8Array(1000));
}

try {
  await (writes ? write() : read());
} catch (error) {
  if (!BusError.is(error)) throw error;
  say(`refused ${error.code} ${error.channel} ${error.message}`);
}
await bus.close();
say('closed');
