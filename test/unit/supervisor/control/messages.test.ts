import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BoundedLines } from '#src/supervisor/control/bounded-lines.js';
import { idOf, readAnswer, readRequest, writeRequest } from '#src/supervisor/control/messages.js';

const refused = (fields: object): RegExp | string => {
  try {
    readRequest(JSON.stringify({ version: 1, id: 'x', command: 'ps', ...fields }));
    return 'it was taken';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('a request', () => {
  it('is read as it was written', () => {
    const request = { id: 'x', command: 'stop', services: ['a', 'b'], all: false, wait: false } as const;
    assert.deepEqual(readRequest(writeRequest(request)), request);
  });

  it('waits, for no service and not for all, unless it says so; a service that is named twice counts once', () => {
    const none = { id: 'x', command: 'ps', services: [], all: false, wait: true };
    assert.deepEqual(readRequest('{"version":1,"id":"x","command":"ps"}'), none);
    const twice = readRequest('{"version":1,"id":"x","command":"start","services":["a","a"]}');
    assert.deepEqual(twice.services, ['a']);
  });

  it('that is wrong is refused with what was found and expected', () => {
    const cases: [object, string][] = [
      [{ version: '1' }, 'found version "1", expected version 1; command and supervisor are not of one package'],
      [{ id: 7 }, 'found id 7, expected text of up to 64 letters'],
      [{ id: 'x'.repeat(65) }, `found id "${'x'.repeat(65)}", expected text of up to 64 letters`],
      [{ command: 'toString' }, 'found command "toString", expected one of ps, start, stop, restart'],
      [{ force: true }, 'found key "force", expected no others than version, id, command, services, all, wait'],
      [{ command: 'stop', services: 'a' }, 'found services "a", expected a list of names'],
      [{ command: 'stop', services: [1] }, 'found services [1], expected a list of names'],
      [{ command: 'stop', services: ['a'], wait: 1 }, 'found wait 1, expected true or false'],
      [{ all: null }, 'found all null, expected true or false'],
      [{ command: 'start', all: true }, 'found all with start, expected it with stop alone'],
      [{ command: 'stop', all: true, services: ['a'] }, 'found 1 services, expected none with all'],
      [{ services: ['a'] }, 'found 1 services, expected none with ps'],
      [{ command: 'restart' }, 'found 0 services, expected at least one'],
    ];
    for (const [fields, expected] of cases) assert.equal(refused(fields), expected);
  });

  it('of another form still has its id in the answer, when it has one', () => {
    assert.equal(idOf('{"id":"x","command":"fly"}'), 'x');
    for (const line of ['', '[]', 'null', '{"id":7}', `{"id":"${'x'.repeat(65)}"}`]) assert.equal(idOf(line), null);
  });
});

describe('an answer', () => {
  const status = { service: 'a', state: 'ready', restarts: 0, ready: true, late: false, waitsFor: [] };

  it('to this request is taken', () => {
    for (const fields of [
      { supervisor: 1 },
      { service: status },
      { done: true },
      { error: { code: 'E', message: '' } },
    ])
      assert.deepEqual(readAnswer(JSON.stringify({ id: 'x', ...fields }), 'x'), { id: 'x', ...fields });
    assert.ok('error' in readAnswer('{"id":null,"error":{"code":"E","message":""}}', 'x'));
  });

  it('to another request, or that is none, is not believed', () => {
    const lines = [
      'hello',
      '7',
      '{"id":"y","done":true}',
      '{"id":null,"done":true}',
      '{"id":"x"}',
      '{"id":"x","done":1}',
      '{"id":"x","supervisor":"1"}',
      '{"id":"x","service":null}',
      JSON.stringify({ id: 'x', service: { ...status, waitsFor: 'b' } }),
      JSON.stringify({ id: 'x', service: { ...status, restarts: '0' } }),
      '{"id":"x","error":"no"}',
    ];
    for (const line of lines)
      assert.throws(() => readAnswer(line, 'x'), { code: 'ERR_NO_SUPERVISOR' }, `${line} was believed`);
  });
});

describe('lines from a socket', () => {
  it('are told as they end, whatever the pieces in which they come', () => {
    const lines = new BoundedLines(10);
    const bytes = Buffer.from('ä\nb\n');
    assert.deepEqual(lines.add(bytes.subarray(0, 1)), []);
    assert.deepEqual(lines.add(bytes.subarray(1)), ['ä', 'b']);
    assert.deepEqual(lines.add(Buffer.from('rest')), []);
    assert.equal(lines.take(), 'rest');
  });

  it('are not longer than they may be, whether they have ended or not', () => {
    assert.deepEqual(new BoundedLines(4).add(Buffer.from('abc\nabc\n')), ['abc', 'abc']);
    assert.equal(new BoundedLines(4).add(Buffer.from('abcd\n')), undefined);
    assert.equal(new BoundedLines(4).add(Buffer.from('abcd')), undefined);
    const pieces = new BoundedLines(4);
    assert.deepEqual(pieces.add(Buffer.from('ab')), []);
    assert.equal(pieces.add(Buffer.from('cd\n')), undefined);
  });
});
