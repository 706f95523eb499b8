/** Takes the lock on a byte and a mapping of the same file, says so, and then lives on, ends or has a child, as told. */
import { spawn } from 'node:child_process';
import { loadNative } from '#src/platform/load-native.js';
import { argument, report, stayAlive } from './report.js';

const native = loadNative();
const fd = native.openFile(argument(0));
const result = native.lockByte(fd, Number(argument(1)));

switch (argument(2)) {
  case 'stay':
    report(result);
    stayAlive();
    break;
  case 'map and stay': {
    const mapping = native.map(fd, 65_536, 65_536, 65_536, 65_536, true);
    native.buffer(mapping);
    report([result, mapping, native.region(mapping, 0, 65_536), fd]);
    stayAlive();
    break;
  }
  case 'have a child': {
    const grandchild = spawn('sleep', ['1000'], { stdio: 'ignore', detached: true });
    grandchild.once('spawn', () => report([result, grandchild.pid]));
    stayAlive();
    break;
  }
  case 'exit':
    report(result);
    process.exit(0);
    break;
  case 'throw':
    report(result);
    throw new Error('thrown on purpose');
  default:
    throw new Error('unknown ending');
}
