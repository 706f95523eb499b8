import { constants } from 'node:os';
import { BusError } from '../platform/bus-error.js';
import { loadNative } from '../platform/load-native.js';
import { systemError } from '../platform/system-error.js';
import { lockPath } from './directory.js';
import { openLockFile } from './lock-file.js';
import { hash32 } from './struct.js';

const { EAGAIN, EACCES } = constants.errno;
const PAUSE_NS = 500_000;
/** The longest wait for a peer that is creating the same channel: large rings take a while to allocate. */
const TIMEOUT_NS = 30e9;

/** Runs `work` while this process alone may create that channel. The lock is the kernel's: it falls free at death. */
export function withCreationLock<Result>(directory: string, channel: string, work: () => Result): Result {
  const native = loadNative();
  const fd = openLockFile(lockPath(directory));
  try {
    waitForLock(fd, hash32(channel), `channel ${channel} to be created by another process`, TIMEOUT_NS);
    return work();
  } finally {
    native.closeFile(fd);
  }
}

/** Takes a byte lock of an open file, waiting at most `timeoutNs`; `what` completes "gave up waiting for". */
export function waitForLock(fd: number, offset: number, what: string, timeoutNs = 10e9): void {
  const native = loadNative();
  const deadline = native.monotonicNs() + timeoutNs;
  for (;;) {
    const result = native.lockByte(fd, offset);
    if (result === 0) return;
    if (result !== -EAGAIN && result !== -EACCES) throw systemError(result, 'take a lock');
    if (native.monotonicNs() > deadline) {
      throw new BusError('ERR_TIMEOUT', `gave up waiting for ${what} after ${timeoutNs / 1e9} s; is it stopped?`);
    }
    native.sleep(PAUSE_NS);
  }
}
