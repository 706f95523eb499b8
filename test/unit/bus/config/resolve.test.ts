import assert from 'node:assert/strict';
import { resolve as resolvePath } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { BusError } from '#src/platform/bus-error.js';
import { BUS_KEYS, CHANNEL_KEYS, PERSISTENCE_KEYS, SERVICE_KEYS } from '#src/bus/config/keys.js';
import { spell, type TableRules } from '#src/bus/config/rules.js';
import { resolveConfig } from '#src/bus/config/resolve.js';
import { channel, objectError } from './kit.js';

test('channels are kept by name, in the order they were written', () => {
  const { x } = channel({}).channels;
  assert.ok(x !== undefined);
  const resolved = resolveConfig({ channels: { zeta: x, alpha: x } });
  assert.deepEqual([...resolved.channels.keys()], ['zeta', 'alpha']);
  assert.equal(resolved.directory, undefined);
  assert.equal(resolved.source, 'config object');
});

test('a relative directory starts at the working directory', () => {
  const { channels } = channel({});
  assert.equal(resolveConfig({ bus: { directory: '/dev/shm/x' }, channels }).directory, '/dev/shm/x');
  assert.equal(resolveConfig({ bus: { directory: 'x' }, channels }).directory, resolvePath('x'));
  assert.equal(resolveConfig({ bus: {}, channels }).directory, undefined);
  for (const directory of ['', 'a\0b', 7]) {
    assert.match(
      objectError({ bus: { directory }, channels }),
      /bus\.directory: found .*, expected the path of a folder$/,
    );
  }
});

test('an unknown key is an error that names the nearest known one', () => {
  assert.equal(
    objectError({ ...channel({}), chanels: {} }),
    'config object: chanels: found an unknown key "chanels", expected one of bus, channels, services, health; ' +
      'did you mean channels?',
  );
  assert.match(objectError(channel({ buffer_size: 1 })), /unknown key "buffer_size", .*; did you mean bufferSize\?$/);
  assert.match(objectError(channel({ colour: 1 })), /unknown key "colour", expected one of [a-zA-Z, ]*$/);
  assert.match(
    objectError(channel({ backpressure: { timeout: 1 } })),
    /unknown key "timeout", .*did you mean timeoutMs\?$/,
  );
  assert.match(
    objectError({ ...channel({}), bus: { dir: 1 } }),
    /unknown key "dir", expected one of version, directory, bufferSizeMax$/,
  );
});

test('a configuration without channels is an error', () => {
  assert.match(objectError({}), /channels: found nothing, expected a table \[channels\.NAME\] for each channel$/);
  assert.match(
    objectError({ channels: {} }),
    /channels: found no channels, expected a table \[channels\.NAME\] for each$/,
  );
  assert.match(objectError({ channels: { x: 'SPSC' } }), /channels\.x: found "SPSC", expected the table of a channel$/);
});

test('all broken rules are reported at once, up to a limit', () => {
  const lines = objectError(channel({ type: 'X', bufferSize: 'big', colour: 1 })).split('\n');
  assert.equal(lines.length, 3);
  const many = Object.fromEntries(Array.from({ length: 50 }, (_unused, index) => [`key${index}`, 1]));
  const capped = objectError(channel(many)).split('\n');
  assert.equal(capped.length, 21);
  assert.equal(capped.at(-1), '... and 30 more');
});

test('long and strange text is cut and escaped in messages', () => {
  assert.ok(objectError(channel({ producer: 'x'.repeat(1e6) })).length < 400);
  assert.ok(!objectError(channel({ producer: '\u001b[2J' })).includes('\u001b'));
});

test('objects that cannot be read are errors of the configuration', () => {
  const trap = {
    get type(): string {
      throw new Error('no');
    },
  };
  assert.match(objectError({ channels: { x: trap } }), /found an object that cannot be read, .*; no$/);
  const sealed = new Proxy({}, { ownKeys: () => assert.fail('sealed') });
  assert.match(objectError({ channels: { x: sealed } }), /found an object that cannot be read, .*; sealed$/);
});

test('whatever the object, it resolves or fails with ERR_CONFIG', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
  });
  const name = fc.oneof(fc.constantFrom('a', 'b', 'x/y', ''), fc.string());
  const plausible = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 3, arbitrary: good }, anything);
  const value = fc.oneof(fc.constantFrom(true, 0, 1, '2MB', '1h', 'fail', 'stop', 'always', '/j'), fc.array(name));
  const anyOf = (keys: TableRules, only?: readonly string[]): Record<string, fc.Arbitrary<unknown>> =>
    Object.fromEntries(
      Object.keys(keys)
        .map((key) => spell(key, 'camel'))
        .filter((key) => only === undefined || only.includes(key))
        .map((key) => [key, plausible(value)]),
    );
  const own = fc.record(
    {
      type: plausible(fc.constantFrom('SPSC', 'SPMC', 'MPSC', 'MPMC')),
      producer: plausible(name),
      producers: plausible(fc.array(name, { maxLength: 3 })),
      consumer: plausible(name),
      consumers: plausible(fc.array(name, { maxLength: 3 })),
      bufferSize: plausible(fc.oneof(fc.constantFrom('1MB', '64KB'), fc.double())),
      messageSizeMax: plausible(fc.oneof(fc.constantFrom('1KB', '99GB'), fc.integer())),
      backpressure: plausible(fc.record({ mode: plausible(fc.constant('BlockProducer')) }, { requiredKeys: [] })),
      ...anyOf(CHANNEL_KEYS, ['hugePages', 'hugePageSize', 'hugePagesFallback', 'numaNode', 'prefault', 'mlock']),
      persistence: plausible(fc.record(anyOf(PERSISTENCE_KEYS), { requiredKeys: [] })),
    },
    { requiredKeys: [] },
  );
  const service = fc.record(
    { ...anyOf(SERVICE_KEYS), command: plausible(fc.array(name, { minLength: 1, maxLength: 3 })) },
    { requiredKeys: ['command'] },
  );
  const config = plausible(
    fc.record(
      {
        bus: plausible(fc.record(anyOf(BUS_KEYS), { requiredKeys: [] })),
        channels: plausible(fc.dictionary(name, plausible(own))),
        services: plausible(fc.dictionary(name, plausible(service))),
      },
      { requiredKeys: ['channels'] },
    ),
  );
  fc.assert(
    fc.property(config, (given) => {
      try {
        resolveConfig(given as never);
      } catch (error) {
        assert.ok(BusError.is(error, 'ERR_CONFIG'), String(error));
        assert.notEqual(error.message, '');
      }
    }),
    { numRuns: 1000 },
  );
});
