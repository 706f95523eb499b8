import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  checkClock,
  checkKernel,
  checkLogout,
  checkMemlock,
  checkProcessors,
  removeIpcIn,
  stolenShare,
} from '#src/cli/doctor/system-checks.js';

const MB = 1024 ** 2;

describe('the kernel check', () => {
  it('accepts from 4.16 on, whatever follows the number', () => {
    for (const release of ['4.16.0', '4.20', '5.4.0-generic', '6.18.44-fc', '10.0'])
      assert.equal(checkKernel(release).status, 'ok', release);
  });

  it('warns of older ones, and of what is no number', () => {
    for (const release of ['4.15.18', '3.10.0-1160.el7', 'unikernel'])
      assert.equal(checkKernel(release).status, 'warn', release);
  });
});

describe('the check of what happens at logout', () => {
  const facts = {
    directory: '/dev/shm/alphapulse-1000',
    user: 1000,
    hasSystemd: true,
    removeIpc: undefined,
    lingers: false,
  };

  it('warns a login user whose segments systemd would remove', () => {
    assert.match(checkLogout(facts).advice ?? '', /enable-linger/);
    assert.equal(checkLogout({ ...facts, removeIpc: true }).status, 'warn');
  });

  it('is content where nothing is removed', () => {
    const others = [
      { removeIpc: false },
      { lingers: true },
      { user: 0 },
      { user: 999 },
      { hasSystemd: false },
      { directory: '/srv/bus' },
    ];
    for (const other of others) assert.equal(checkLogout({ ...facts, ...other }).status, 'ok', JSON.stringify(other));
  });

  it('reads what logind would: the last line that is no comment', () => {
    assert.equal(removeIpcIn([]), undefined);
    assert.equal(removeIpcIn(['[Login]\n#RemoveIPC=no\n']), undefined);
    assert.equal(removeIpcIn(['[Login]\nRemoveIPC=yes\n', '[Login]\nRemoveIPC = no\n']), false);
    assert.equal(removeIpcIn(['RemoveIPC=no', 'RemoveIPC=']), undefined);
  });
});

describe('the check of locked memory', () => {
  it('warns only when a configuration locks more than is allowed', () => {
    assert.equal(checkMemlock(0, 0).status, 'ok');
    assert.equal(checkMemlock(8 * MB, 8 * MB).status, 'ok');
    assert.equal(checkMemlock(8 * MB, Infinity).status, 'ok');
    const finding = checkMemlock(8 * MB + 1, 8 * MB);
    assert.match(finding.advice ?? '', /ulimit -l unlimited/);
    assert.equal(checkMemlock(1, undefined).status, 'warn');
  });
});

describe('the clock check', () => {
  it('warns of clocks that take a system call', () => {
    assert.equal(checkClock('tsc').status, 'ok');
    assert.equal(checkClock(undefined).status, 'ok');
    assert.match(checkClock('hpet').found, /hpet: each reading/);
  });
});

describe('the check of processors', () => {
  it('warns of a single one, and of time that others take', () => {
    assert.equal(checkProcessors(2, 0.02).status, 'ok');
    assert.equal(checkProcessors(2, undefined).status, 'ok');
    assert.match(checkProcessors(1, 0).advice ?? '', /park/);
    assert.match(checkProcessors(8, 0.021).found, /2\.1% of their time/);
    assert.equal(checkProcessors(8, 0.021).status, 'warn');
  });

  it('reads the share that is stolen', () => {
    assert.equal(stolenShare('cpu  50 0 20 20 0 0 0 10 30 0\ncpu0 1 1 1 1 1 1 1 1\n'), 0.1);
    assert.equal(stolenShare('cpu  0 0 0 0 0 0 0 0\n'), undefined);
    assert.equal(stolenShare(''), undefined);
  });
});
