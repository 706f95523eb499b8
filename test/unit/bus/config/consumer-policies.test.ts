import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_POLICY } from '#src/channel/consumer-policy.js';
import { resolvePolicies } from '#src/bus/config/consumer-policies.js';
import { Problems } from '#src/bus/config/problems.js';
import { TableReader } from '#src/bus/config/table-reader.js';
import { objectError, channel, resolveChannel, resolveToml, tomlError } from './kit.js';

const HEAD = `[channels.x]
type = "SPMC"
producer = "feed"
consumers = ["strategy", "screen"]
`;

test('a consumer without a policy of its own has the defaults; what a policy leaves out as well', async () => {
  const text = `${HEAD}[channels.x.consumer.screen]\ngating = false\nstalled_after_ms = 5000`;
  const policies = (await resolveToml(text)).channels.get('x')?.policies;
  assert.deepEqual(policies?.get('strategy'), DEFAULT_POLICY);
  assert.deepEqual(policies?.get('screen'), { ...DEFAULT_POLICY, gating: false, stalledAfterMs: 5000 });
});

test('every key is read, and spelled in camelCase in an object', async () => {
  const expected = {
    gating: true,
    failureTimeoutMs: 2000,
    stalledAfterMs: 500,
    evictAfterMs: 3000,
    quarantineAfter: 3,
  };
  const text = `${HEAD}[channels.x.consumer.screen]
gating = true
failure_timeout_ms = 2000
stalled_after_ms = 500
evict_after_ms = 3000
quarantine_after = 3`;
  assert.deepEqual((await resolveToml(text)).channels.get('x')?.policies.get('screen'), expected);
  const own = { type: 'SPMC', consumers: ['b', 'c'], consumer: { c: expected } };
  assert.deepEqual(resolveChannel(own).policies.get('c'), expected);
  const kept = { ...own, consumer: { c: { gating: 'always' } } };
  assert.deepEqual(resolveChannel(kept).policies.get('c'), { ...DEFAULT_POLICY, gating: 'always' });
});

test('what is wrong with a policy is said at its place, with what was found, what is expected, and a hint', async () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    [
      '[channels.x.consumer.scren]',
      /^bus\.toml:5:22: channels\.x\.consumer\.scren: found a policy of "scren", which is not among the consumers, expected one of strategy, screen; did you mean screen\?$/,
    ],
    [
      'consumer.screen = 7',
      /^bus\.toml:5:10: channels\.x\.consumer\.screen: found 7, expected the policy of a consumer, a table$/,
    ],
    ['consumer.screen.gating = "never"', /^bus\.toml:5:17: .*gating: found "never", expected true, false or "always"$/],
    ['consumer.screen.gating = "true"', /found "true", expected true, false or "always"; without quotes$/],
    ['consumer.screen.gatin = true', /^bus\.toml:5:17: .*found an unknown key "gatin".*; did you mean gating\?$/],
    ['consumer.screen.failure_timeout_ms = -1', /found -1, expected whole milliseconds from 0 to 86400000$/],
    ['consumer.screen.failure_timeout_ms = "1s"', /found "1s", expected whole milliseconds/],
    ['consumer.screen.stalled_after_ms = 0.5', /found 0\.5, expected whole milliseconds from 1 to 86400000$/],
    ['consumer.screen.evict_after_ms = 0', /found 0, expected whole milliseconds from 1 .*; leave it out for never$/],
    ['consumer.screen.quarantine_after = 0', /found 0, expected whole failures from 1 .*; leave it out for never$/],
    [
      'consumer.screen = { gating = false, evict_after_ms = 10 }',
      /^bus\.toml:5:37: .*evict_after_ms: found 10, expected it to be left out; with this gating producers never wait/,
    ],
    [
      'consumer.screen = { gating = "always", failure_timeout_ms = 10 }',
      /failure_timeout_ms: found 10, expected it to be left out; with this gating producers always wait/,
    ],
  ];
  for (const [text, expected] of wrong) assert.match(await tomlError(HEAD + text), expected);
});

test('one consumer with a policy is written as a list of one; the error says so, in whatever order they stand', async () => {
  const name = '[channels.x]\ntype = "SPSC"\nproducer = "a"\nconsumer = "b"\n';
  const policy = '[channels.x.consumer.b]\ngating = "always"\n';
  assert.match(await tomlError(name + policy), /^bus\.toml:5:\d+: .*write consumers = \["\.\.\."\], also for one$/);
  assert.match(await tomlError(policy + name), /^bus\.toml:\d+:\d+: .*defined twice.*write consumers = \["\.\.\."\]/);
  const twice = '[channels.x]\ntype = "SPSC"\ntype = "SPMC"\n';
  assert.doesNotMatch(await tomlError(twice), /consumers = /);
  assert.match(
    objectError(channel({ consumer: { b: {} } })),
    /consumer: found a table, expected the name of one service; .*consumers = \[\.\.\.\] as well$/,
  );
});

test('on a DropOldest channel consumers never gate, and may not be told to', () => {
  const read = (policies: object): [ReturnType<typeof resolvePolicies>, Problems] => {
    const problems = new Problems('object', () => () => undefined);
    const context = { problems, spelling: 'camel', folder: '/' } as const;
    const value = { consumers: ['a', 'b'], consumer: policies };
    const table = TableReader.read({ value, path: [] }, context, 'a channel');
    return [resolvePolicies(table!, ['a', 'b'], 'DropOldest', context), problems];
  };
  const [policies, none] = read({ a: { stalledAfterMs: 10 }, b: { gating: false } });
  none.throwIfAny();
  assert.deepEqual([policies.get('a')?.gating, policies.get('b')?.gating], [false, false]);
  for (const gating of [true, 'always']) {
    const [, problems] = read({ a: { gating } });
    assert.throws(() => problems.throwIfAny(), /found .*, expected false, because producers of a DropOldest channel/);
  }
  const [, evicting] = read({ a: { evictAfterMs: 10 } });
  assert.throws(() => evicting.throwIfAny(), /evictAfterMs: found 10, expected it to be left out/);
});
