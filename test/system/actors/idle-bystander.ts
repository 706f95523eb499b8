/* A process that has nothing to do with any channel. Says `ready`. */
import { writeSync } from 'node:fs';

setInterval(() => undefined, 1000);
writeSync(1, 'ready\n');
