/** Uses the descriptor, mapping and region of another environment, which must all be unknown here. */
import { loadNative } from '#src/platform/load-native.js';
import { registerCalls } from '../../../kit/register-calls.js';
import { argument, report } from './report.js';

const native = loadNative();
const calls = registerCalls(native);
const [fd, mapping, region] = [Number(argument(0)), Number(argument(1)), Number(argument(2))];
let bufferError = '';
try {
  native.buffer(mapping);
} catch (error) {
  bufferError = String(error);
}
report({
  descriptor: [
    native.fileSize(fd),
    native.lockByte(fd, 0),
    native.closeFile(fd),
    native.map(fd, 65_536, 0, 65_536, 65_536, true),
  ],
  mapping: [native.unmap(mapping), native.region(mapping, 0, 8), native.setClockOffset(mapping, 0, 0)],
  region: [calls.stamp(region, 0), native.futexWake(region, 0, 1), native.writeClockOffset(region, 0)],
  swapped: calls.compareAndSwap64(region, 0, 0, 0, 1, 1),
  bufferError,
});
