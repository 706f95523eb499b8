/*
 * Writes to a channel that is recorded. Arguments: directory, the options of the channel as JSON, number of the first
 * message, how many (0: until it is told to stop), durable (waits for each hundredth to be on the disk) or paced (waits 2 ms
 * after each hundredth).
 *
 * Says `ready`, `wrote N` for every hundredth message (with durable: when it is on the disk), and `done N`.
 */
import { writeSync } from 'node:fs';
import { setImmediate as turn, setTimeout as later } from 'node:timers/promises';
import { MessageBus } from 'alphapulse-bus';
import { commands } from '../../kit/processes.js';
import { RECORDED, recordedConfig, recordedMessage, type RecordedOptions } from '../recorded-channel.js';

const [directory = '', options = '{}', first = '0', count = '0', durable = ''] = process.argv.slice(2);
const config = recordedConfig(JSON.parse(options) as RecordedOptions);
const say = (line: string): void => void writeSync(1, `${line}\n`);
const bus = await MessageBus.open({ service: 'writer', config, directory });
const producer = bus.producer(RECORDED);
say('ready');
let isStopped = false;
void (async (): Promise<void> => {
  for await (const line of commands()) if (line === 'stop') isStopped = true;
})();
const end = count === '0' ? Infinity : Number(first) + Number(count);
let n = Number(first);
while (n < end && !isStopped) {
  const sequence = await producer.writeAsync(recordedMessage(n));
  n += 1;
  if (n % 100 !== 0) continue;
  if (durable === 'durable') await producer.waitDurable(sequence);
  say(`wrote ${sequence}`);
  await (durable === 'paced' ? later(2) : turn());
}
say(`done ${n}`);
await bus.close();
process.exit();
