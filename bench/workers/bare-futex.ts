import { SegmentMemory } from '#src/memory/segment-memory.js';
import { loadNative } from '#src/platform/load-native.js';

const SIZES = { control: 65_536, claims: 0, ring: 65_536 } as const;
/** Where in the memory stand the word that is slept on, a count of what was sent, and the last numbers that were. */
const WORD = 0;
const VALUES = 64;
const VALUES_KEPT = 64;
const PATIENCE_NS = 1e9;

/** Numbers handed to another process that sleeps on a futex, by nothing but the system calls that it takes. */
export class BareFutex {
  private readonly memory: SegmentMemory;
  private count = 0;

  private constructor(fd: number) {
    this.memory = new SegmentMemory(loadNative(), fd, SIZES, 64, true);
  }

  static create(path: string): BareFutex {
    const fd = loadNative().createFile(path);
    if (fd < 0 || loadNative().allocate(fd, SIZES.control + SIZES.ring) < 0) throw new Error(`cannot make ${path}`);
    return new BareFutex(fd);
  }

  static open(path: string): BareFutex {
    return new BareFutex(loadNative().openFile(path));
  }

  send(value: number): void {
    const { control } = this.memory;
    control.putFloat64(this.place(), value);
    this.count += 1;
    control.add(WORD, 1);
    control.futexWake(WORD, 1);
  }

  /** Sleeps until the next number is there. */
  receive(): number {
    const { control } = this.memory;
    while (control.loadVolatile(WORD) === this.count) control.futexWait(WORD, this.count, PATIENCE_NS);
    const value = control.getFloat64(this.place());
    this.count += 1;
    return value;
  }

  private place(): number {
    return VALUES + (this.count % VALUES_KEPT) * 8;
  }
}
