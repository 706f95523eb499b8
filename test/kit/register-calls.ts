import { Register, type Native } from '#src/platform/native.js';

/** The addon's hottest calls, which take their arguments from the registers, as functions. For tests: slower. */
export interface RegisterCalls {
  stamp(region: number, offset: number): number;
  stampTwice(region: number, first: number, second: number, fetchBytes?: number): number;
  compareAndSwap64(
    region: number,
    offset: number,
    expectedLow: number,
    expectedHigh: number,
    low: number,
    high: number,
  ): boolean;
}

export function registerCalls(native: Native): RegisterCalls {
  const registers = new Int32Array(native.registers);
  const run = (call: () => void, words: Record<number, number>): number => {
    for (const [register, value] of Object.entries(words)) registers[Number(register)] = value;
    registers[Register.RESULT] = 12_345;
    call();
    return registers[Register.RESULT] ?? Number.NaN;
  };
  return {
    stamp: (region, offset) => run(() => native.stamp(), { [Register.REGION]: region, [Register.OFFSET]: offset }),
    stampTwice: (region, first, second, fetchBytes = 0) =>
      run(() => native.stampTwice(), {
        [Register.REGION]: region,
        [Register.OFFSET]: first,
        [Register.SECOND]: second,
        [Register.FETCH]: fetchBytes,
      }),
    compareAndSwap64(region, offset, expectedLow, expectedHigh, low, high) {
      const words = {
        [Register.REGION]: region,
        [Register.OFFSET]: offset,
        [Register.EXPECTED_LOW]: expectedLow,
        [Register.EXPECTED_HIGH]: expectedHigh,
        [Register.LOW]: low,
        [Register.HIGH]: high,
      };
      return run(() => native.compareAndSwap64(), words) === 1;
    },
  };
}
