/*
 * Reads messages from the oldest on and checks them. Arguments: directory, type, own number, how many, way (`poll`,
 * `subscribe`, `iterate`). Says `attached`, and `end SUMMARY` when it has them all.
 */
import { writeSync } from 'node:fs';
import { MessageBus, type ChannelType, type Consumer, type MessageView } from 'alphapulse-bus';
import { ORDER_CHANNEL, OrderWitness, orderConfig } from '../order-channel.js';

const [directory = '', type = 'SPSC', number = '0', count = '0', way = 'poll'] = process.argv.slice(2);
const bus = await MessageBus.open({
  service: `consumer_${number}`,
  directory,
  config: orderConfig(type as ChannelType),
});
const consumer = bus.consumer(ORDER_CHANNEL, { from: 'oldest' });
const witness = new OrderWitness(consumer.sequence);
writeSync(1, 'attached\n');

function see(message: Pick<MessageView, 'sequence' | 'bytes'>): void {
  witness.see(message.sequence, message.bytes);
}

const left = (): number => Number(count) - witness.count;

function poll(from: Consumer): void {
  while (left() > 0) {
    if (from.poll(see, Math.min(64, left())) === 0 && !from.waitSync(30_000))
      throw new Error(`nothing for 30 s, ${left()} to come`);
  }
}

async function subscribe(to: Consumer): Promise<void> {
  const enough = new AbortController();
  const handler = (message: MessageView): void => {
    see(message);
    if (left() === 0) enough.abort();
  };
  await to.subscribe(handler, { signal: enough.signal });
}

async function iterate(over: Consumer): Promise<void> {
  for await (const message of over) {
    see(message);
    if (left() === 0) break;
  }
}

if (way === 'poll') poll(consumer);
else if (way === 'subscribe') await subscribe(consumer);
else await iterate(consumer);
writeSync(1, `end ${witness.summary}\n`);
await bus.close();
