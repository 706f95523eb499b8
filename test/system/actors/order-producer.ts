/*
 * Writes numbered messages. Arguments: directory, type, own number, how many, way (`write`, `claim`, `batch`, `async`).
 * Says `attached`, and `wrote FIRST LAST` (sequences) at the end.
 */
import { MessageBus, type ChannelType, type Producer } from 'alphapulse-bus';
import { LENGTH_MAX, ORDER_CHANNEL, orderConfig, orderLength, putOrdered } from '../order-channel.js';

const [directory = '', type = 'SPSC', number = '0', count = '0', way = 'write'] = process.argv.slice(2);
const self = Number(number);
const bus = await MessageBus.open({
  service: `producer_${number}`,
  directory,
  config: orderConfig(type as ChannelType),
});
const producer = bus.producer(ORDER_CHANNEL);
const buffer = new Uint8Array(LENGTH_MAX);

function message(n: number): Uint8Array {
  putOrdered(buffer, 0, self, n);
  return buffer.subarray(0, orderLength(self, n));
}

async function claimed(into: Producer, n: number): Promise<number> {
  for (;;) {
    const claim = into.tryClaim(orderLength(self, n));
    if (claim !== undefined) {
      putOrdered(claim.buffer, claim.offset, self, n);
      return claim.commit();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Ten at a time; what was not accepted is offered again. */
async function batched(into: Producer, n: number): Promise<number> {
  const messages = Array.from({ length: Math.min(10, Number(count) - n) }, (_, index) => message(n + index).slice());
  for (let done = 0; done < messages.length;) {
    done += into.writeBatch(messages.slice(done));
    if (done < messages.length) await new Promise((resolve) => setImmediate(resolve));
  }
  return messages.length;
}

console.log('attached');
let first = -1;
let last = -1;
for (let n = 0; n < Number(count);) {
  if (way === 'batch') {
    n += await batched(producer, n);
    continue;
  }
  if (way === 'claim') last = await claimed(producer, n);
  else if (way === 'async') last = await producer.writeAsync(message(n));
  else last = producer.write(message(n));
  if (n++ === 0) first = last;
}
console.log(`wrote ${first} ${last}`);
await bus.close();
