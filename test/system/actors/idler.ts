/*
 * Waits for one message, or for room for one, in one of the ways of the bus, and says `woke`. Arguments: directory, way
 * (`subscribe`, `iterate`, `wait`, `write`, `writeAsync`, `spin`). Says `waiting` before it begins to wait.
 */
import { writeSync } from 'node:fs';
import { BACKPRESSURE, MessageBus, type BusConfig } from 'alphapulse-bus';

const [directory = '', way = 'spin'] = process.argv.slice(2);
const config: BusConfig = {
  channels: {
    calm: {
      type: 'MPMC',
      producers: ['writer', 'test'],
      consumers: ['reader', 'test_reader'],
      bufferSize: '64KB',
      backpressure: { mode: 'BlockProducer', timeoutMs: 60_000 },
    },
  },
};
const writes = way.startsWith('write');
await using bus = await MessageBus.open({ service: writes ? 'writer' : 'reader', directory, config });
const say = (line: string): void => void writeSync(1, `${line}\n`);

async function read(): Promise<void> {
  const consumer = bus.consumer('calm', { name: way });
  say('waiting');
  if (way === 'subscribe') await consumer.subscribe(() => consumer.close());
  else if (way === 'wait') consumer.waitSync();
  else if (way === 'spin') while (consumer.read() === undefined);
  else for await (const _ of consumer) break;
}

async function write(): Promise<void> {
  const producer = bus.producer('calm');
  while (producer.tryWrite(new Uint8Array(1000)) !== BACKPRESSURE);
  say('waiting');
  if (way === 'write') producer.write(new Uint8Array(1000));
  else await producer.writeAsync(new Uint8Array(1000));
}

if (writes) await write();
else await read();
say('woke');
