import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ORDINARY_MEMORY } from '#src/layout/memory-settings.js';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { BusError } from '#src/platform/bus-error.js';
import { loadConfig } from '#src/bus/config/index.js';
import { configMessage, resolveToml, tomlError, withFile } from './kit.js';

const VALID = `
[channels.market_data]
type = "SPMC"
producer = "polygon_collector"
consumers = ["arbitrage_strategy", "dashboard"]
buffer_size = "16MB"
message_size_max = "1KB"
backpressure.mode = "BlockProducer"
backpressure.timeout_ms = 250
`;

async function loadError(source: string): Promise<string> {
  try {
    await loadConfig(source);
  } catch (error) {
    return configMessage(error);
  }
  assert.fail('the file was accepted');
}

test('a file resolves to its channels', async () => {
  await withFile(VALID, async (path) => {
    const config = await loadConfig(path);
    assert.equal(config.source, path);
    assert.deepEqual(config.channels.get('market_data'), {
      name: 'market_data',
      type: 'SPMC',
      producers: ['polygon_collector'],
      consumers: ['arbitrage_strategy', 'dashboard'],
      policies: new Map([
        ['arbitrage_strategy', DEFAULT_POLICY],
        ['dashboard', DEFAULT_POLICY],
      ]),
      bufferSize: 16 * 1024 ** 2,
      messageSizeMax: 1024,
      backpressure: { mode: 'BlockProducer', timeoutMs: 250, highWaterMark: 0.8, lowWaterMark: 0.6 },
      memory: ORDINARY_MEMORY,
      persistence: undefined,
      latencySampling: 128,
    });
  });
});

test('without a source the file is config/message_bus.toml in the working directory', async () => {
  const before = process.cwd();
  const folder = await mkdtemp(join(tmpdir(), 'apbus-config-'));
  try {
    process.chdir(folder);
    await mkdir('config');
    await writeFile('config/message_bus.toml', VALID);
    assert.deepEqual([...(await loadConfig(undefined)).channels.keys()], ['market_data']);
  } finally {
    process.chdir(before);
    await rm(folder, { recursive: true });
  }
});

test('an object is taken as it is, and anything else is refused', async () => {
  const config = await loadConfig({ channels: { x: { type: 'SPSC', producer: 'a', consumer: 'b' } } });
  assert.ok(config.channels.has('x'));
  await assert.rejects(loadConfig(7 as never), /config: found 7, expected the path of a TOML file, or an object/);
  await assert.rejects(loadConfig(null as never), /found null, expected a configuration/);
});

test('a relative directory starts at the folder of the file', async () => {
  await withFile(`[bus]\ndirectory = "segments"\n${VALID}`, async (path) => {
    assert.equal((await loadConfig(path)).directory, join(dirname(path), 'segments'));
  });
});

test('a file that cannot be read says why', async () => {
  assert.match(
    await loadError('/nowhere/bus.toml'),
    /^\/nowhere\/bus\.toml: cannot read .*: there is no such file; give/,
  );
  assert.match(await loadError(tmpdir()), /it is a folder/);
  assert.match(await loadError('a\0b'), /cannot read the config file/);
  await withFile(new Uint8Array([0x61, 0xff]), async (path) => {
    assert.match(await loadError(path), /found bytes that are no UTF-8, expected TOML text/);
  });
  await withFile('#'.repeat(1024 ** 2 + 1), async (path) => assert.match(await loadError(path), /found more than 1MB/));
});

test('a syntax error has the position that the parser gives', async () => {
  assert.match(await tomlError('[channels.x]\ntype = SPSC\n'), /^bus\.toml:2:8: not valid TOML: /);
  assert.match(await tomlError('a = "x'), /^bus\.toml:1:\d+: not valid TOML: /);
  assert.ok(!(await tomlError('a = "x')).includes('\n'));
});

test('a duplicate key or table is an error at its second place', async () => {
  assert.equal(
    await tomlError('[channels.x]\ntype = "SPSC"\ntype = "SPMC"\n'),
    'bus.toml:3:1: this key or table is defined twice; expected each once',
  );
  assert.match(await tomlError('[a]\n[b]\n[a]\n'), /^bus\.toml:3:2: this key or table is defined twice/);
});

test('an error of meaning has file, line, column, key path, what was found and a hint', async () => {
  assert.equal(
    await tomlError(VALID.replace('"16MB"', '"100MB"')),
    'bus.toml:6:1: channels.market_data.buffer_size: found "100MB", expected a power of two from 64KB to 16GB; ' +
      'the nearest are 64MB and 128MB',
  );
  assert.match(
    await tomlError(VALID.replace('"dashboard"', '"Dashboard"')),
    /^bus\.toml:5:36: channels\.market_data\.consumers\[1\]: found "Dashboard", expected a name/,
  );
  assert.match(
    await tomlError(VALID.replace('timeout_ms', 'timeout')),
    /^bus\.toml:9:14: channels\.market_data\.backpressure\.timeout: found an unknown key .* did you mean timeout_ms\?$/,
  );
  assert.match(
    await tomlError(VALID.replace(/^type.*$/m, '')),
    /^bus\.toml:2:11: channels\.market_data\.type: found nothing/,
  );
  assert.match(
    await tomlError('channels = { "a/b" = {} }'),
    /^bus\.toml:1:14: channels\."a\/b": found "a\/b", expected/,
  );
});

test('a share beyond 1 is refused at its place, as the percentage that it is', async () => {
  assert.match(
    await tomlError(`${VALID}backpressure.high_water_mark = 80`),
    /^bus\.toml:10:14: .*high_water_mark: found 80, expected a share .*; 80% is 0\.8$/,
  );
});

test('a value of another kind is named as what it is', async () => {
  const withType = (value: string): string => `[channels.x]\ntype = ${value}\nproducer = "a"\nconsumer = "b"`;
  assert.match(await tomlError(withType('1979-05-27')), /found a date, expected one of SPSC/);
  assert.match(await tomlError(withType('[]')), /found an empty list/);
  assert.match(await tomlError(withType('{}')), /found a table/);
  assert.match(await tomlError('channels = 1979-05-27'), /^bus\.toml:1:1: channels: found a date, expected a table/);
});

test('whatever the text, it resolves or fails with ERR_CONFIG', async () => {
  const words = [
    '[',
    ']',
    '[[',
    ']]',
    '=',
    '.',
    '"',
    "'",
    '"""',
    '{',
    '}',
    ',',
    '\n',
    '#',
    ' ',
    'channels',
    'x',
    'type',
    '"SPSC"',
    'producer',
    '"a"',
    'consumer',
    '"b"',
    'buffer_size',
    '"1MB"',
    '1',
    'true',
    '1979-05-27',
    '\\u0041',
    '__proto__',
    'constructor',
  ];
  const soup = fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 3 })), { maxLength: 40 })
    .map((parts) => parts.join(''));
  const edited = fc
    .tuple(fc.nat(VALID.length), fc.nat(8), soup)
    .map(([at, cut, added]) => VALID.slice(0, at) + added + VALID.slice(at + cut));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), soup, edited), async (text) => {
      try {
        await resolveToml(text);
      } catch (error) {
        assert.ok(BusError.is(error, 'ERR_CONFIG'), String(error));
        assert.match(error.message, /^bus\.toml(:\d+:\d+)?: /);
      }
    }),
    { numRuns: 2000 },
  );
});
