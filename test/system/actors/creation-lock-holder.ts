/* Takes the creation lock of a channel; then keeps it until it is killed (`hold`) or ends (`pass`). */
import { withCreationLock } from '#src/layout/creation-lock.js';
import { writeSync } from 'node:fs';

const [directory = '', channel = '', what = ''] = process.argv.slice(2);
writeSync(1, 'waiting\n');
withCreationLock(directory, channel, () => {
  writeSync(1, 'inside\n');
  if (what === 'hold') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
