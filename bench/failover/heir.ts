import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageBus, type BusConfig } from 'alphapulse-bus';
import { nowNs } from '../run/worker.js';

/*
 * A producer of the measured channel. Arguments: directory, role. Tells its parent when it waits, and the time of its first
 * committed message; then writes until it is killed, with a turn of the event loop now and then as a real one has.
 */

export interface Report {
  readonly waiting?: true;
  /** Monotonic time, ns. */
  readonly firstNs?: number;
}

const config: BusConfig = {
  channels: { quotes: { type: 'SPMC', producers: ['primary', 'backup'], consumers: ['reader'], bufferSize: '1MB' } },
};
const [directory = '', role = 'primary'] = process.argv.slice(2);
const tell = (report: Report): void => void process.send!(report);
const message = new Uint8Array(64);

const bus = await MessageBus.open({ service: role, directory, config });
const asked = bus.producerAsync('quotes', { role: role as 'primary' | 'backup' });
if (role === 'backup') tell({ waiting: true });
const producer = await asked;
producer.write(message);
tell({ firstNs: nowNs() });
for (;;) {
  for (let n = 0; n < 100; n++) producer.write(message);
  await nextTurn();
}
