/** Waits on a futex word of a shared file and reports what the wait answered. */
import { loadNative } from '#src/platform/load-native.js';
import { argument, report, stayAlive } from './report.js';

const native = loadNative();
const fd = native.openFile(argument(0));
const region = native.region(native.map(fd, 65_536, 65_536, 65_536, 65_536, false), 0, 3 * 65_536);
report('about to wait');
// Only once the message is out: this thread sleeps in the kernel from here.
setImmediate(() => {
  const answered = native.futexWait(region, Number(argument(1)), 0, 60e9);
  report(answered);
  stayAlive();
});
