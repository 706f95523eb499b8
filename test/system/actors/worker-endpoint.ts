/* A consumer in a worker thread: `workerData` says directory, name and how it waits. Posts `attached`, then numbers. */
import { parentPort, workerData } from 'node:worker_threads';
import { MessageBus } from 'alphapulse-bus';
import { WORKER_CONFIG } from '../worker-config.js';

const { directory, name, way } = workerData as { directory: string; name: string; way: string };
const bus = await MessageBus.open({ service: 'reader', directory, config: WORKER_CONFIG });
const consumer = bus.consumer('shared', { name });
parentPort!.postMessage('attached');
if (way === 'subscribe') {
  await consumer.subscribe((message) => parentPort!.postMessage(message.view.getUint32(message.offset, true)));
} else if (way === 'exit') {
  process.exit(0);
} else if (way === 'throw') {
  throw new Error('on purpose');
} else {
  for (;;) consumer.waitSync(way === 'wait' ? undefined : 1);
}
