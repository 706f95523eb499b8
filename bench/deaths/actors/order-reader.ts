import { MessageBus } from 'alphapulse-bus';
import { nowNs } from '../../run/worker.js';
import { ORDERS, config } from '../channels.js';

/* A consumer that tells when it got the first message behind a dead claim. Arguments: directory, way of waiting. */

const [directory = '', way = 'subscribe'] = process.argv.slice(2);
const bus = await MessageBus.open({ service: 'reader', directory, config });
let isGap = false;
const consumer = bus.consumer(ORDERS, { onGap: () => (isGap = true) });
const handle = (): void => {
  if (isGap) process.send!({ passedNs: nowNs() });
  isGap = false;
};
process.send!({ attached: true });
if (way === 'subscribe') await consumer.subscribe(handle);
/** Reports are sent by the event loop: it turns when there was something to read, and now and then. */
const read = (): void => {
  for (let n = 0; n < 10; n++) {
    if (way === 'waitSync') consumer.waitSync(20);
    if (consumer.poll(handle) > 0) break;
  }
  setImmediate(read);
};
read();
