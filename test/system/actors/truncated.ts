/* Attaches to a channel on both sides; at `touch` it uses the whole ring. */
import { MessageBus } from 'alphapulse-bus';
import { commands } from '../../kit/processes.js';

const config = { channels: { cut: { type: 'MPMC', producer: 'me', consumer: 'me', bufferSize: '64KB' } } } as const;
const bus = await MessageBus.open({ service: 'me', directory: process.argv[2]!, config });
const producer = bus.producer('cut');
const consumer = bus.consumer('cut');
console.log('attached');
for await (const _ of commands()) {
  for (let n = 0; n < 2000; n++) {
    producer.write(new Uint8Array(100));
    consumer.poll(() => {});
  }
  break;
}
await bus.close();
process.stdin.destroy();
