/*
 * Writes to a channel that is recorded, as it is told to. Arguments: directory, the options of the channel as JSON. Says
 * `ready`, and to each command one line:
 *
 * - `write N`: N messages, or as many as find room: `written SEQUENCES`, the sequence of the next one
 * - `durable SEQUENCE`: `durable SEQUENCE` when that record is on the disk, or `refused SEQUENCE CODE MESSAGE`
 * - `stop`: ends
 */
import { writeSync } from 'node:fs';
import { BusError, MessageBus } from 'alphapulse-bus';
import { commands } from '../../kit/processes.js';
import { RECORDED, recordedConfig, recordedMessage, type RecordedOptions } from '../recorded-channel.js';

const [directory = '', options = '{}'] = process.argv.slice(2);
const config = recordedConfig(JSON.parse(options) as RecordedOptions);
const say = (line: string): void => void writeSync(1, `${line}\n`);
const bus = await MessageBus.open({ service: 'writer', config, directory });
const producer = bus.producer(RECORDED);
let next = 0;
say('ready');
for await (const line of commands()) {
  const [word, number = 0] = line.split(' ');
  if (word === 'write') {
    const end = next + Number(number);
    while (next < end && producer.tryWrite(recordedMessage(next)) >= 0) next++;
    say(`written ${next}`);
  } else if (word === 'durable') {
    try {
      await producer.waitDurable(Number(number), { timeoutMs: 20_000 });
      say(`durable ${number}`);
    } catch (error) {
      if (!BusError.is(error)) throw error;
      say(`refused ${number} ${error.code} ${error.message}`);
    }
  } else if (word === 'stop') break;
}
await bus.close();
process.exit();
