import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channel, objectError, resolveChannel } from './kit.js';

test('every memory option is taken over', () => {
  const options = {
    hugePages: true,
    hugePageSize: '1GB',
    hugePagesFallback: 'fail',
    numaNode: 0,
    numaFallback: 'fail',
    prefault: true,
    prefaultFallback: 'fail',
    mlock: true,
    mlockFallback: 'fail',
  };
  assert.deepEqual(resolveChannel(options).memory, {
    hugePages: true,
    hugePageBytes: 2 ** 30,
    hugePagesFallback: 'fail',
    numaNode: 0,
    numaFallback: 'fail',
    prefault: true,
    prefaultFallback: 'fail',
    lock: true,
    lockFallback: 'fail',
  });
});

test('an option that means nothing without another is refused', () => {
  for (const options of [
    { hugePageSize: '2MB' },
    { hugePagesFallback: 'fail' },
    { numaFallback: 'warn' },
    { prefaultFallback: 'warn' },
    { mlockFallback: 'warn', mlock: false },
  ])
    assert.match(objectError(channel(options)), /expected it to be left out; without .* it means nothing/);
});

test('what is no page size, node or fallback is refused', () => {
  assert.match(objectError(channel({ hugePages: true, hugePageSize: '4MB' })), /expected one of 2MB, 1GB/);
  assert.match(objectError(channel({ numaNode: -1 })), /numaNode: found -1, expected whole nodes from 0 to 1023/);
  assert.match(objectError(channel({ mlock: true, mlockFallback: 'ignore' })), /expected one of warn, fail/);
});
