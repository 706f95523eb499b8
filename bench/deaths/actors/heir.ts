import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageBus } from 'alphapulse-bus';
import { nowNs } from '../../run/worker.js';
import { QUOTES, config } from '../channels.js';

/*
 * A producer. Arguments: directory, role. Tells when it waits, and the time of its first committed message; then writes until
 * it is killed, with a turn of the event loop now and then as a real one has.
 */

const [directory = '', role = 'primary'] = process.argv.slice(2);
const message = new Uint8Array(64);

const bus = await MessageBus.open({ service: role, directory, config });
const asked = bus.producerAsync(QUOTES, { role: role as 'primary' | 'backup' });
if (role === 'backup') process.send!({ waiting: true });
const producer = await asked;
producer.write(message);
process.send!({ firstNs: nowNs() });
for (;;) {
  for (let n = 0; n < 100; n++) producer.write(message);
  await nextTurn();
}
