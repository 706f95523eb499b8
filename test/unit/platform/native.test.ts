import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NATIVE_ABI, type Native } from '#src/platform/native.js';
import { calls, createdFile, EINVAL, mapped, native, NOT_AN_INDEX, PART } from './kit.js';

type Call = Exclude<keyof Native, 'abi' | 'registers'>;
type Kind = 'path' | 'number' | 'boolean';

/** Every call of the control path with the kinds of its arguments. */
const CONTROL = {
  openFile: ['path'],
  createFile: ['path'],
  closeFile: ['number'],
  fileSize: ['number'],
  linkCount: ['number'],
  allocate: ['number', 'number'],
  renameNoReplace: ['path', 'path'],
  makeFifo: ['path'],
  openFifo: ['path', 'boolean'],
  signalFifo: ['number'],
  lockByte: ['number', 'number'],
  unlockByte: ['number', 'number'],
  isByteLocked: ['number', 'number'],
  map: ['number', 'number', 'number', 'number', 'number', 'boolean'],
  buffer: ['number'],
  unmap: ['number'],
  region: ['number', 'number', 'number'],
  bindNode: ['number', 'number', 'number', 'number'],
  wantHugePages: ['number', 'number', 'number'],
  populate: ['number', 'number', 'number'],
  lockPages: ['number', 'number', 'number'],
  monotonicNs: [],
  writeClockOffset: ['number', 'number'],
  setClockOffset: ['number', 'number', 'number'],
  yieldProcessor: [],
  sleep: ['number'],
  registerFence: [],
  fenceOthers: [],
} as const satisfies Partial<Record<Call, readonly Kind[]>>;

/** Every call of the hot path: how many arguments it takes, and what it answers when it refuses. */
const HOT = {
  stamp: [0, undefined],
  stampTwice: [0, undefined],
  compareAndSwap64: [0, undefined],
  fence: [0, undefined],
  pause: [1, undefined],
  futexWait: [4, EINVAL],
  futexWake: [3, EINVAL],
} as const satisfies Partial<Record<Call, readonly [number, unknown]>>;

/** Fails to compile when a call of the contract stands in neither table. */
const ALL: Record<Call, true> = Object.fromEntries(
  [...Object.keys(CONTROL), ...Object.keys(HOT)].map((name) => [name, true]),
) as Record<keyof typeof CONTROL | keyof typeof HOT, true>;

const VALID: Record<Kind, unknown> = { path: '/dev/null/nothing', number: 2 ** 31 - 1, boolean: true };
const WRONG: Record<Kind, readonly unknown[]> = {
  path: [undefined, null, 7, true, {}, Symbol('path'), 1n],
  number: [undefined, null, '7', true, {}, [1], Symbol('number'), 1n],
  boolean: [undefined, null, 0, 'true', {}],
};

function call(name: Call, args: readonly unknown[]): unknown {
  return (native[name] as (...given: readonly unknown[]) => unknown)(...args);
}

describe('the contract between native.ts and the addon', () => {
  it('has one version number', () => assert.equal(native.abi, NATIVE_ABI));

  it('has the same calls on both sides', () => {
    assert.deepEqual(Object.keys(native).sort(), ['abi', 'registers', ...Object.keys(ALL)].sort());
  });

  for (const [name, kinds] of Object.entries(CONTROL) as [keyof typeof CONTROL, readonly Kind[]][]) {
    kinds.forEach((kind, position) => {
      it(`${name} throws a TypeError when argument ${position} is no ${kind}`, () => {
        for (const wrong of WRONG[kind]) {
          const args = kinds.map((other, i) => (i === position ? wrong : VALID[other]));
          assert.throws(() => call(name, args), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }, String(wrong));
        }
      });
    });
  }

  it('answers a negative errno for numbers that are no index, without an exception', (t) => {
    const { fd, mapping, region } = mapped(t);
    const accepted: [Call, unknown[]][] = [
      ['closeFile', [fd]],
      ['fileSize', [fd]],
      ['linkCount', [fd]],
      ['allocate', [fd, PART]],
      ['signalFifo', [fd]],
      ['lockByte', [fd, 0]],
      ['unlockByte', [fd, 0]],
      ['isByteLocked', [fd, 0]],
      ['map', [fd, PART, PART, PART, PART, true]],
      ['unmap', [mapping]],
      ['region', [mapping, 0, 8]],
      ['writeClockOffset', [region, 0]],
      ['setClockOffset', [mapping, 0, 0]],
    ];
    for (const [name, args] of accepted) {
      for (const bad of NOT_AN_INDEX) {
        if (typeof args[0] !== 'number') continue;
        const result = call(name, [bad, ...args.slice(1)]);
        assert.ok(typeof result === 'number' && result < 0, `${name}(${bad}) answered ${String(result)}`);
      }
    }
    assert.equal(native.fileSize(fd), 3 * PART, 'the refused calls changed nothing');
  });

  for (const [name, [count, refusal]] of Object.entries(HOT) as [keyof typeof HOT, readonly [number, unknown]][]) {
    it(`${name} answers ${String(refusal)} to whatever is no number, and never throws`, (t) => {
      const { region } = mapped(t);
      const valid: unknown[] = [region, 0, 0, 0, 0, 0].slice(0, count);
      for (const wrong of [...WRONG.number, Number.NaN]) {
        valid.forEach((_, position) => assert.equal(call(name, valid.with(position, wrong)), refusal));
      }
      assert.equal(call(name, []), refusal);
      assert.equal(call(name, Array<unknown>(20).fill('many')), refusal);
    });
  }

  it('refuses a mapping handle where a region belongs, and the other way round', (t) => {
    const { mapping, region } = mapped(t);
    assert.equal(calls.stamp(mapping, 0), EINVAL);
    assert.equal(native.unmap(region), EINVAL);
    assert.equal(native.region(region, 0, 8), EINVAL);
  });

  it('refuses descriptors that the addon did not open', (t) => {
    const { path } = createdFile(t);
    assert.notEqual(path, '');
    for (const fd of [0, 1, 2, 1000]) {
      assert.ok(native.fileSize(fd) < 0);
      assert.ok(native.closeFile(fd) < 0);
      assert.ok(native.lockByte(fd, 0) < 0);
      assert.ok(native.map(fd, PART, 0, PART, PART, true) < 0);
    }
  });
});
