import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { BusError } from '#src/platform/bus-error.js';
import { errnoName, systemError } from '#src/platform/system-error.js';

describe('the error class', () => {
  it('carries a code, a channel and a cause', () => {
    const cause = new Error('below');
    const error = new BusError('ERR_CORRUPT', 'the header is wrong', { channel: 'quotes', cause });
    assert.deepEqual(
      [error.name, error.code, error.channel, error.cause],
      ['BusError', 'ERR_CORRUPT', 'quotes', cause],
    );
    assert.ok(error instanceof Error);
    assert.equal('cause' in new BusError('ERR_CLOSED', 'closed'), false);
  });

  it('is known across copies of the package, by its brand and not by its class', () => {
    class Other extends Error {
      readonly code = 'ERR_CLOSED';
    }
    const foreign = Object.defineProperty(new Other('closed'), Symbol.for('alphapulse-bus.BusError'), { value: true });
    assert.ok(BusError.is(foreign));
    assert.ok(BusError.is(foreign, 'ERR_CLOSED'));
    assert.equal(BusError.is(foreign, 'ERR_CORRUPT'), false);
    for (const other of [new Other('x'), null, undefined, 'ERR_CLOSED', { code: 'ERR_CLOSED' }])
      assert.equal(BusError.is(other), false);
  });
});

describe('the error of a system call', () => {
  for (const [name, code] of [
    ['ENOSPC', 'ERR_STORAGE_SPACE'],
    ['EDQUOT', 'ERR_STORAGE_SPACE'],
    ['EACCES', 'ERR_PERMISSION'],
    ['EROFS', 'ERR_PERMISSION'],
    ['ELOOP', 'ERR_PERMISSION'],
    ['ENODATA', 'ERR_CORRUPT'],
    ['EMFILE', 'ERR_RESOURCES'],
    ['ENOMEM', 'ERR_RESOURCES'],
  ] as const) {
    it(`${name} is ${code}`, () => {
      const error = systemError(-constants.errno[name], 'create /dev/shm/x.ring', 'x');
      assert.deepEqual([error.code, error.channel], [code, 'x']);
      assert.ok(error.message.startsWith(`cannot create /dev/shm/x.ring: ${name}`));
    });
  }

  it('has a name even where the number is unknown', () => {
    assert.equal(errnoName(-constants.errno.ENOTDIR), 'ENOTDIR');
    assert.equal(errnoName(-4000), 'errno 4000');
  });
});
