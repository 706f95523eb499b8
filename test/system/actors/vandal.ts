/*
 * Writes random bytes over a live segment, mostly where the control structures stand. Arguments: path, seed, bursts.
 * The file's size is never changed. Says `done` at the end.
 */
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { randomSource } from '../../kit/random.js';

const [path = '', seed = '1', bursts = '100'] = process.argv.slice(2);
const random = randomSource(Number(seed));
const pause = new Int32Array(new SharedArrayBuffer(4));
const bytes = Buffer.alloc(64);

function burst(fd: number): void {
  const { size } = fstatSync(fd);
  for (let n = 1 + random(8); n > 0; n--) {
    const length = [1, 4, 8, 64][random(4)]!;
    for (let i = 0; i < length; i++) bytes[i] = random(256);
    const offset = random(3) === 0 ? random(size - 64) : [random(1024), random(34_000)][random(2)]!;
    writeSync(fd, bytes, 0, length, offset);
  }
}

for (let n = 0; n < Number(bursts); n++) {
  try {
    const fd = openSync(path, 'r+');
    if (fstatSync(fd).size > 64) burst(fd);
    closeSync(fd);
  } catch (error) {
    // Its victims have just removed the damaged file.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  Atomics.wait(pause, 0, 0, 1);
}
console.log('done');
