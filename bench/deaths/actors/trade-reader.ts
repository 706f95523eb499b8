import { MessageBus } from 'alphapulse-bus';
import { TRADES, config } from '../channels.js';

/* A consumer that reads nothing, until it is killed. Argument: directory. */

const [directory = ''] = process.argv.slice(2);
const bus = await MessageBus.open({ service: 'reader', directory, config });
bus.consumer(TRADES);
process.send!({ attached: true });
// nothing else keeps this process alive until then
setInterval(() => {}, 1000);
