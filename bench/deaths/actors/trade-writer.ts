import { MessageBus } from 'alphapulse-bus';
import { nowNs } from '../../run/worker.js';
import { TRADES, config } from '../channels.js';

/* A producer that, when told so, writes until it has waited for room, and tells when that was over. Argument: directory. */

const WAITED_NS = 50e6;
const [directory = ''] = process.argv.slice(2);
const message = new Uint8Array(1000);
const bus = await MessageBus.open({ service: 'writer', directory, config });
const producer = bus.producer(TRADES);
process.on('message', () => {
  for (;;) {
    const beganNs = nowNs();
    producer.write(message);
    const freedNs = nowNs();
    if (freedNs - beganNs < WAITED_NS) continue;
    process.send!({ freedNs });
    return;
  }
});
process.send!({ attached: true });
