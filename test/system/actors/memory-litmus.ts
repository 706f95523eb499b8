/*
 * One side of the litmus tests of memory order. Arguments: directory, role. The places are far apart: 4 KiB, so that
 * each has a cache line, and a page, of its own. `writer` counts up and publishes until `reader` has seen enough;
 * `adder` moves shared counters so many times.
 */
import { Segment } from '#src/layout/segment.js';
import { loadNative } from '#src/platform/load-native.js';
import { LITMUS_SHAPE } from '../litmus.js';

const [directory = '', role = '', count = '0'] = process.argv.slice(2);
const segment = Segment.openOrCreate(directory, LITMUS_SHAPE, { ringWritable: true });
const memory = segment.windows[0]!;

const page = (n: number): number => n * 4096;
const DATA = [page(1), page(2) + 64, page(3) + 128, page(4) + 192];
const FLAG = page(5);
const DOUBLE_DATA = page(6);
const DOUBLE_FLAG = page(7);
const STOP = page(8);
const PAIR = page(9);
const SUM = page(10);
/** Both halves of a double with this factor change with every count; a torn one is no multiple of it. */
const SPREAD = 2 ** 21 + 1;
/** Times SPREAD, it is still exact. */
const COUNT_MAX = 2 ** 31 - 1;
const LOOKS_MAX = 20_000_000;
const native = loadNative();

/** Stores in this order: data, flag, double data, double flag. Counts never go down within a round. */
function write(): void {
  for (let n = 1; memory.loadVolatile(STOP) === 0 && n < COUNT_MAX; n++) {
    for (const at of DATA) memory.putInt32(at, n);
    memory.storeRelease(FLAG, n);
    memory.putFloat64(DOUBLE_DATA, n);
    memory.storeFloat64Release(DOUBLE_FLAG, n * SPREAD);
  }
}

/** Looks at the flags first: what was stored before them must be there, all of it. */
function read(enough: number): void {
  let changes = 0;
  let last = 0;
  let looks = 0;
  let same = 0;
  for (; changes < enough && looks < LOOKS_MAX; looks++) {
    const flag = memory.loadAcquire(FLAG);
    for (const at of DATA) {
      const found = memory.getInt32(at);
      if (found < flag) throw new Error(`flag ${flag} was visible before data ${found}`);
    }
    const double = memory.loadFloat64Acquire(DOUBLE_FLAG);
    const data = memory.getFloat64(DOUBLE_DATA);
    if (double % SPREAD !== 0) throw new Error(`a double was torn: ${double}`);
    if (data < double / SPREAD) throw new Error(`flag ${double / SPREAD} was visible before data ${data}`);
    if (flag !== last) changes++;
    // a plain load may be remembered by the compiler across turns of a loop: "not yet" is always confirmed
    else if (memory.loadVolatile(FLAG) === flag && ++same % 1000 === 0) native.yieldProcessor();
    last = flag;
  }
  memory.storeVolatile(STOP, 1);
  console.log(`saw ${changes} changes in ${looks} looks`);
}

/** Two halves move together or not at all; a sum loses nothing. */
function add(times: number): void {
  for (let n = 0; n < times; n++) {
    memory.add(SUM, 1);
    for (;;) {
      const low = memory.loadVolatile(PAIR);
      const high = memory.loadVolatile(PAIR + 4);
      if (memory.compareAndSwap64(PAIR, low, high, (low + 1) | 0, (high + 3) | 0)) break;
    }
  }
}

if (role === 'writer') write();
else if (role === 'reader') read(Number(count));
else add(Number(count));
console.log(`sums ${memory.loadVolatile(SUM)} ${memory.loadVolatile(PAIR)} ${memory.loadVolatile(PAIR + 4)}`);
segment.close();
