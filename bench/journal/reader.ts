import { once } from 'node:events';
import { MessageBus } from 'alphapulse-bus';
import { JOURNALED, journaledConfig, type WriterTask } from './channel.js';

/** Reads all that is written, until it is told to end. */
const { directory, journal } = JSON.parse(process.argv[2] ?? '') as WriterTask;
const bus = await MessageBus.open({ service: 'reader', config: journaledConfig(journal), directory });
let bytes = 0;
const reading = bus.consumer(JOURNALED).subscribe((message) => {
  bytes += message.length;
});
process.send?.({ attached: true });
await once(process, 'message');
await bus.close();
await reading;
if (bytes === 0) throw new Error('nothing was read');
process.disconnect?.();
