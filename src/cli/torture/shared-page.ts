import { openPrivateFile } from '../../layout/private-file.js';
import { BusError } from '../../platform/bus-error.js';
import { loadNative } from '../../platform/load-native.js';
import { systemError } from '../../platform/system-error.js';

/** What the addon maps in: see `Native.map`. */
const GRAIN = 65_536;

/**
 * A file of plain memory that several processes map. What one of them stored is there for the others whatever becomes of
 * it: also when it was killed at the next instruction. Stores of one process are seen in their order.
 */
export class SharedPage {
  readonly memory: ArrayBuffer;
  private readonly mapping: number;

  private constructor(fd: number, bytes: number) {
    const native = loadNative();
    this.mapping = native.map(fd, bytes, 0, GRAIN, GRAIN, true);
    native.closeFile(fd);
    if (this.mapping < 0) throw systemError(this.mapping, 'map a page of the torture');
    this.memory = native.buffer(this.mapping);
  }

  /** Makes the file, all zeros. */
  static create(path: string, bytes: number): SharedPage {
    const native = loadNative();
    const fd = native.createFile(path);
    if (fd < 0) throw systemError(fd, `create ${path}`);
    const whole = Math.ceil(bytes / GRAIN) * GRAIN;
    const allocated = native.allocate(fd, whole + GRAIN);
    if (allocated < 0) {
      native.closeFile(fd);
      throw systemError(allocated, `take ${whole + GRAIN} bytes for ${path}`);
    }
    return new SharedPage(fd, whole);
  }

  static open(path: string): SharedPage {
    const fd = openPrivateFile(path);
    if (fd === undefined) throw new BusError('ERR_RESOURCES', `${path} is gone; was the torture ended?`);
    return new SharedPage(fd, loadNative().fileSize(fd) - GRAIN);
  }

  close(): void {
    loadNative().unmap(this.mapping);
  }
}
