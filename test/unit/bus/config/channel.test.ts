import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ORDINARY_MEMORY } from '#src/layout/memory-settings.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { resolveConfig } from '#src/bus/config/resolve.js';
import { channel, objectError, resolveChannel } from './kit.js';

test('a channel gets defaults for what it does not say', () => {
  assert.deepEqual(resolveChannel({}), {
    name: 'x',
    type: 'SPSC',
    producers: ['a'],
    consumers: ['b'],
    policies: new Map([['b', DEFAULT_POLICY]]),
    bufferSize: 16 * 1024 ** 2,
    messageSizeMax: 64 * 1024,
    backpressure: { mode: 'BlockProducer', timeoutMs: 1000, highWaterMark: 0.8, lowWaterMark: 0.6 },
    memory: ORDINARY_MEMORY,
    persistence: undefined,
    latencySampling: 128,
  });
});

test('the default message size is an eighth of a small buffer', () => {
  assert.equal(resolveChannel({ bufferSize: '64KB' }).messageSizeMax, 8 * 1024);
  assert.equal(resolveChannel({ bufferSize: '512KB' }).messageSizeMax, 64 * 1024);
});

test('one endpoint may be written as a list of one', () => {
  const resolved = resolveChannel({ producer: undefined, producers: ['p'], consumer: undefined, consumers: ['c'] });
  assert.deepEqual([resolved.producers, resolved.consumers], [['p'], ['c']]);
});

test('a type is one of four, in upper case', () => {
  assert.equal(
    objectError(channel({ type: 'spmc' })),
    'config object: channels.x.type: found "spmc", expected one of SPSC, SPMC, MPSC, MPMC; did you mean "SPMC"?',
  );
  assert.equal(
    objectError(channel({ type: undefined })),
    'config object: channels.x.type: found nothing, expected one of SPSC, SPMC, MPSC, MPMC',
  );
  assert.match(objectError(channel({ type: 7 })), /channels\.x\.type: found 7, expected one of SPSC/);
});

test('all types take several producers: one at a time, or all at once', () => {
  const two = { producer: undefined, producers: ['a', 'c'] };
  for (const type of ['SPSC', 'SPMC', 'MPSC', 'MPMC'])
    assert.deepEqual(resolveChannel({ type, ...two }).producers, ['a', 'c']);
});

test('single-consumer types take exactly one consumer', () => {
  const two = { consumer: undefined, consumers: ['b', 'c'] };
  assert.match(objectError(channel({ type: 'SPSC', ...two })), /exactly one consumer, .* SPSC; for several take SPMC$/);
  assert.match(objectError(channel({ type: 'MPSC', ...two })), /exactly one consumer, .* MPSC; for several take MPMC$/);
  for (const type of ['SPMC', 'MPMC']) assert.deepEqual(resolveChannel({ type, ...two }).consumers, ['b', 'c']);
});

test('a channel needs a producer and a consumer', () => {
  assert.equal(
    objectError(channel({ producer: undefined })),
    'config object: channels.x.producer: found nothing, expected producer = "..." or producers = ["...", ...]',
  );
  assert.match(objectError(channel({ consumer: undefined })), /channels\.x\.consumer: found nothing, expected/);
});

test('the singular and the plural of a role exclude each other', () => {
  assert.match(
    objectError(channel({ producers: ['a'] })),
    /channels\.x\.producer: found producer and producers, expected one of the two$/,
  );
  assert.match(objectError(channel({ consumers: ['b'] })), /found consumer and consumers, expected one of the two$/);
});

test('a list under the singular, or a name under the plural, says how to write it', () => {
  assert.match(
    objectError(channel({ producer: ['a'] })),
    /found a list of 1, expected the name of one service; a list is written producers = \[\.\.\.\]$/,
  );
  assert.match(
    objectError(channel({ consumer: undefined, consumers: 'b' })),
    /found "b", expected a list of names of services; one service is written consumer = "b"$/,
  );
});

/** So many holes, at no cost: the length alone must be refused. */
function listOf(length: number): unknown[] {
  const list: unknown[] = [];
  list.length = length;
  return list;
}

test('lists of services are neither empty, nor endless, nor of anything but names', () => {
  const consumers = (list: unknown): object => channel({ type: 'SPMC', consumer: undefined, consumers: list });
  assert.match(objectError(consumers([])), /consumers: found an empty list, expected a list of 1 to 64 names/);
  const many = Array.from({ length: 65 }, (_unused, index) => `s${index}`);
  assert.match(objectError(consumers(many)), /found a list of 65, expected a list of 1 to 64 names/);
  assert.match(objectError(consumers(listOf(2 ** 32 - 1))), /found a list of 4294967295/);
  assert.match(
    objectError(consumers(['b', 3])),
    /channels\.x\.consumers\[1\]: found 3, expected the name of a service/,
  );
  assert.match(objectError(consumers(listOf(1))), /channels\.x\.consumers\[0\]: found nothing/);
});

test('a service is named once in a list', () => {
  const config = channel({ type: 'MPMC', producer: undefined, producers: ['a', 'b', 'a'] });
  assert.match(objectError(config), /channels\.x\.producers\[2\]: found "a" twice, expected each service once$/);
});

test('a service may stand on both sides of an MPMC channel only', () => {
  assert.deepEqual(resolveChannel({ type: 'MPMC', consumer: 'a' }).consumers, ['a']);
  for (const type of ['SPSC', 'SPMC', 'MPSC']) {
    assert.match(
      objectError(channel({ type, consumer: 'a' })),
      /channels\.x\.consumer: found "a", which produces here too, .*; only MPMC allows both$/,
    );
  }
});

test('names are plain, because they become names of files', () => {
  for (const name of ['a', '0', '_', 'a.b-c_d.9', 'x'.repeat(63)]) {
    assert.deepEqual(resolveChannel({ producer: name }).producers, [name]);
    const config = { channels: { [name]: channel({}).channels['x'] } };
    assert.ok(resolveConfig(config as never).channels.has(name));
  }
  const wrong = ['', '.', '.a', '-a', 'a/b', '../a', 'a..b', 'A', 'ä', 'a b', 'a\n', 'a\0', 'x'.repeat(64)];
  for (const name of wrong) {
    assert.match(
      objectError(channel({ producer: name })),
      /channels\.x\.producer: found .* expected a name of up to 63/,
    );
    assert.match(objectError({ channels: { [name]: channel({}).channels['x'] } }), /expected a name of up to 63/);
  }
  assert.match(objectError(channel({ producer: 'Feed' })), /; upper-case letters are not allowed$/);
  assert.match(objectError(channel({ producer: 'a..b' })), /; two dots in a row are not allowed$/);
  assert.match(objectError(channel({ producer: 'x'.repeat(70) })), /; it has 70 characters$/);
});

test('a buffer is a power of two from 64 KiB to 16 GiB', () => {
  for (const [bufferSize, bytes] of [
    ['64KB', 65_536],
    ['16GB', 16 * 1024 ** 3],
    [2 ** 20, 2 ** 20],
  ] as const) {
    assert.equal(resolveChannel({ bufferSize }).bufferSize, bytes);
  }
  assert.equal(
    objectError(channel({ bufferSize: '100MB' })),
    'config object: channels.x.bufferSize: found "100MB", expected a power of two from 64KB to 16GB; ' +
      'the nearest are 64MB and 128MB',
  );
  assert.match(objectError(channel({ bufferSize: '32KB' })), /; the nearest is 64KB$/);
  assert.match(objectError(channel({ bufferSize: '32GB' })), /; the nearest is 16GB$/);
  assert.match(
    objectError(channel({ bufferSize: '8KiB' })),
    /found "8KiB", expected a size such as "16MB", "8KB" or "64B", or a whole number of bytes; write KB: units/,
  );
  assert.match(objectError(channel({ bufferSize: true })), /found true, expected a size such as/);
});

test('a message is at most an eighth of the buffer', () => {
  assert.equal(resolveChannel({ bufferSize: '1MB', messageSizeMax: '128KB' }).messageSizeMax, 131_072);
  assert.equal(resolveChannel({ messageSizeMax: 1 }).messageSizeMax, 1);
  assert.equal(
    objectError(channel({ bufferSize: '1MB', messageSizeMax: '200KB' })),
    'config object: channels.x.messageSizeMax: found "200KB", expected 1B to 128KB, ' +
      'an eighth of the buffer of 1MB at most; or a buffer of 2MB',
  );
  assert.match(objectError(channel({ messageSizeMax: 0 })), /messageSizeMax: found 0, expected a size from 1B to 2GB/);
  assert.match(objectError(channel({ bufferSize: '16GB', messageSizeMax: '1GB' })), /found "1GB", expected 1B to/);
});

test('a wrong buffer size does not hide a wrong message size', () => {
  const lines = objectError(channel({ bufferSize: 'big', messageSizeMax: 'huge' })).split('\n');
  assert.deepEqual(
    lines.map((line) => line.split(': ')[1]),
    ['channels.x.bufferSize', 'channels.x.messageSizeMax'],
  );
});
