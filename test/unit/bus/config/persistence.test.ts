import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channel, objectError, resolveChannel, tomlError } from './kit.js';

const settings = (persistence: object) => resolveChannel({ persistence }).persistence;
const refusal = (persistence: object, more: object = {}) => objectError(channel({ persistence, ...more }));

test('a channel without the table, or with it switched off, is not recorded', () => {
  assert.equal(resolveChannel({}).persistence, undefined);
  assert.equal(settings({ enablePersistence: false, fsync: 'always' }), undefined);
});

test('an empty table records with the defaults', () => {
  assert.deepEqual(settings({ persistencePath: '/var/j' }), {
    directory: '/var/j/x',
    replay: true,
    replayWindowMs: Infinity,
    fsync: 'interval',
    fsyncIntervalMs: 100,
    rollBytes: 256 * 1024 ** 2,
    rollMs: 3_600_000,
    retentionBytes: Infinity,
    retentionMs: Infinity,
    retentionForce: false,
    onFailure: 'stop',
  });
});

test('every key is acted on', () => {
  const persistence = {
    persistencePath: '/j',
    enableReplay: true,
    replayWindow: '24h',
    fsync: 'interval',
    fsyncIntervalMs: 5,
    retention: '10GB',
    retentionAge: '7d',
    retentionForce: true,
    segmentSize: '64MB',
    segmentAge: '90m',
    onFailure: 'continue',
  };
  assert.deepEqual(settings(persistence), {
    directory: '/j/x',
    replay: true,
    replayWindowMs: 86_400_000,
    fsync: 'interval',
    fsyncIntervalMs: 5,
    rollBytes: 64 * 1024 ** 2,
    rollMs: 5_400_000,
    retentionBytes: 10 * 1024 ** 3,
    retentionMs: 604_800_000,
    retentionForce: true,
    onFailure: 'continue',
  });
});

test('what is wrong is said with what was found, what was expected, and a hint', () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [
      { fsync: 'intervall' },
      /fsync: found "intervall", expected one of always, interval, never; did you mean "interval"\?/,
    ],
    [{ replayWindow: '24x' }, /replayWindow: found "24x", expected a time such as .*; the units are ms, s, m, h and d/],
    [{ replayWindow: 24 }, /replayWindow: found 24, expected a time .*; a time has a unit/],
    [{ replayWindow: 'a day' }, /expected a time .*; a whole number and a unit/],
    [{ retentionAge: '5ms' }, /retentionAge: found "5ms", expected a time from 1s to 3650d/],
    [{ segmentSize: '1KB' }, /segmentSize: found "1KB", expected a size from 1MB to 16GB/],
    [{ retention: '32MB' }, /retention: found 32MB, expected at least one file, 256MB/],
    [{ enableReplay: 'true' }, /enableReplay: found "true", expected true or false; without quotes/],
    [
      { fsync: 'never', fsyncIntervalMs: 5 },
      /fsyncIntervalMs: found 5, expected it to be left out; it belongs to fsync/,
    ],
    [{ enableReplay: false, replayWindow: '1h' }, /replayWindow: .* expected it to be left out/],
    [{ retentionForce: true }, /retentionForce: .* left out; it belongs to retention/],
    [{ enabled: true }, /unknown key "enabled", expected one of enablePersistence/],
    [{ persistencePath: '' }, /persistencePath: found "", expected the path of a folder/],
  ];
  for (const [persistence, expected] of cases) assert.match(refusal(persistence), expected);
  assert.match(
    refusal({ segmentSize: '1MB' }, { bufferSize: '16MB', messageSizeMax: '1MB' }),
    /segmentSize: found 1MB, expected at least .*, room for 2 of the longest messages/,
  );
});

test('a file says the line of what is wrong in it', async () => {
  const text = '[channels.x]\ntype = "SPSC"\nproducer = "a"\nconsumer = "b"\n[channels.x.persistence]\nfsync = "often"';
  assert.match(await tomlError(text), /^bus\.toml:6:1: channels\.x\.persistence\.fsync: found "often"/);
});
