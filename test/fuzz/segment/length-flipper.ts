/* Writes one forged length after the other, the true one in between, over a word of a segment, until it is ended. */
import { openSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const { path, offset, values, truth } = workerData as { path: string; offset: number; values: number[]; truth: number };
const fd = openSync(path, 'r+');
const word = Buffer.alloc(4);

function put(value: number): void {
  word.writeInt32LE(value);
  writeSync(fd, word, 0, 4, offset);
}

put(truth);
parentPort!.postMessage('flipping');
for (;;) {
  for (const value of values) {
    put(value);
    put(truth);
  }
}
