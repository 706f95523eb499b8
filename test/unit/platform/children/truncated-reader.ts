/** Reads a mapped page whose file was truncated under it. */
import { loadNative } from '#src/platform/load-native.js';
import { argument, report } from './report.js';

const native = loadNative();
const fd = native.openFile(argument(0));
const bytes = new Uint8Array(native.buffer(native.map(fd, 65_536, 65_536, 65_536, 65_536, false)));
process.once('message', () => report(bytes[2 * 65_536]));
report('mapped');
