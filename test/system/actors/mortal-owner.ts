import { MessageBus } from 'alphapulse-bus';

/** Opens a producer on a channel `orders`, says so, and waits to be killed: `mortal-owner DIRECTORY`. */
const config = { channels: { orders: { type: 'MPSC', producers: ['owner'], consumer: 'reader' } } } as const;
const bus = await MessageBus.open({ service: 'owner', config, directory: process.argv[2]! });
bus.producer('orders').write(new TextEncoder().encode('left behind'));
console.log('open');
setInterval(() => undefined, 1000);
