/*
 * Writes messages of all lengths that say how long they are, as fast as it can, until it is killed. Says `writing`.
 * Arguments: directory, service, configuration as JSON.
 */
import { writeSync } from 'node:fs';
import { MessageBus, type BusConfig } from 'alphapulse-bus';

const [directory = '', service = '', config = ''] = process.argv.slice(2);
const bus = await MessageBus.open({ service, directory, config: JSON.parse(config) as BusConfig });
const producer = bus.producer('flood');
const messages = Array.from({ length: 57 }, (_, n) => {
  const message = new Uint8Array(8 + n);
  new DataView(message.buffer).setInt32(0, message.length, true);
  return message;
});
producer.write(messages[0]!);
writeSync(1, 'writing\n');
for (let n = 0; ; n++) producer.tryWrite(messages[n % messages.length]!);
