import { runConsumer } from './consumer-life.js';
import type { EndpointTask } from './endpoint-task.js';
import { runProducer } from './producer-life.js';

/*
 * One process of a storm: a producer or a consumer of its channel. Started by storm.ts, killed by it or by itself.
 */
const task = JSON.parse(process.argv[2] ?? '{}') as EndpointTask;
// Ctrl-C reaches every process of the terminal; the storm decides what comes of it
process.on('SIGINT', () => {});

if (task.role === 'producer') await runProducer(task);
else await runConsumer(task);
