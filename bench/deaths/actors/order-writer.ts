import { MessageBus } from 'alphapulse-bus';
import { ORDERS, config } from '../channels.js';

/* A producer that writes every millisecond. Argument: directory. */

const [directory = ''] = process.argv.slice(2);
const message = new Uint8Array(64);
const bus = await MessageBus.open({ service: 'writer', directory, config });
const producer = bus.producer(ORDERS);
process.send!({ attached: true });
setInterval(() => producer.write(message), 1);
