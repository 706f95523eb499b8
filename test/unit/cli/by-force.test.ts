import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isLockedIn } from '#src/cli/rm/by-force.js';

const LOCKS = `1: POSIX  ADVISORY  WRITE 700 08:01:99 0 EOF
2: OFDLCK ADVISORY  WRITE -1 00:1a:4711 448 448
2: -> OFDLCK ADVISORY  WRITE -1 00:1a:4712 448 448
3: OFDLCK ADVISORY  READ  -1 103:1fa:5 0 0
`;

it('a lock is found by the number of the file and of its file system', () => {
  assert.ok(isLockedIn(LOCKS, 4711, 0x1a));
  assert.ok(!isLockedIn(LOCKS, 471, 0x1a));
  assert.ok(!isLockedIn(LOCKS, 4711, 0x1b), 'the same number on another file system');
  assert.ok(isLockedIn(LOCKS, 99, 0x801));
  assert.ok(isLockedIn(LOCKS, 5, 0x1103fa), 'numbers of more than eight bits');
});

it('where the number of the file system says nothing, that of the file is enough', () => {
  assert.ok(isLockedIn(LOCKS, 4711, undefined));
  assert.ok(!isLockedIn(LOCKS, 4710, undefined));
});
