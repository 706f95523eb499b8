/** Adds to a 64-bit counter, and to a second one with a different stride, by compare-and-swap only. */
import { loadNative } from '#src/platform/load-native.js';
import { registerCalls } from '../../../kit/register-calls.js';
import { argument, report } from './report.js';

const native = loadNative();
const calls = registerCalls(native);
const fd = native.openFile(argument(0));
const additions = Number(argument(1));
const mapping = native.map(fd, 65_536, 65_536, 65_536, 65_536, true);
const words = new Uint32Array(native.buffer(mapping));
const region = native.region(mapping, 0, 65_536);

let retries = 0;
for (let done = 0; done < additions;) {
  const low = Atomics.load(words, 0);
  const high = Atomics.load(words, 1);
  const nextLow = (low + 0x4000_0001) >>> 0; // carries into the high half every fourth time
  const carry = nextLow < low ? 1 : 0;
  if (calls.compareAndSwap64(region, 0, low, high, nextLow, (high + carry) >>> 0)) done += 1;
  else retries += 1;
}
native.closeFile(fd);
report(retries);
