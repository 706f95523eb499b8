/** Writes to a place of a mapping whose ring is read-only: the kernel kills this process, and no other. */
import { loadNative } from '#src/platform/load-native.js';
import { argument, report } from './report.js';

const native = loadNative();
const fd = native.openFile(argument(0));
const bytes = new Uint8Array(native.buffer(native.map(fd, 65_536, 65_536, 65_536, 65_536, false)));
process.once('message', () => {
  bytes[Number(argument(1))] = 1;
  report('survived');
});
report(bytes[2 * 65_536]);
