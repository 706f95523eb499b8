import { MessageBus } from 'alphapulse-bus';
import { ORDERS, config } from '../channels.js';

/* A producer that claims, and is killed before it commits. Argument: directory. */

const [directory = ''] = process.argv.slice(2);
const bus = await MessageBus.open({ service: 'claimant', directory, config });
const claim = bus.producer(ORDERS).tryClaim(64);
if (claim === undefined) throw new Error('no room for a claim');
process.send!({ claimed: true });
// nothing else keeps this process alive until then
setInterval(() => {}, 1000);
