import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveConfig } from '#src/bus/config/resolve.js';
import type { ResolvedService } from '#src/bus/config/resolved.js';
import type { BusConfig } from '#src/bus/config/types.js';
import { channel, objectError, tomlError } from './kit.js';

const config = (services: object): BusConfig => ({ ...channel({}), services: services as BusConfig['services'] });
const resolved = (services: object): ResolvedService[] => [...resolveConfig(config(services)).services.values()];
const refusal = (services: object): string => objectError(config(services));

test('a service needs a command, and has defaults for the rest', () => {
  assert.deepEqual(resolved({ a: { command: ['node', 'a.js'] } }), [
    {
      name: 'a',
      command: ['node', 'a.js'],
      workingDirectory: process.cwd(),
      environment: {},
      autoRestart: true,
      restartDelayMs: 500,
      restartDelayMaxMs: 30_000,
      stableAfterMs: 10_000,
      crashLoopThreshold: 5,
      crashLoopWindowMs: 60_000,
      stopTimeoutMs: 5000,
      readyTimeoutMs: 30_000,
      hangTimeoutMs: 0,
      after: [],
    },
  ]);
});

test('services keep the order in which they are written down', () => {
  const names = resolved({ c: { command: ['c'] }, a: { command: ['a'], after: ['b'] }, b: { command: ['b'] } });
  assert.deepEqual(
    names.map(({ name }) => name),
    ['c', 'a', 'b'],
  );
});

test('a first delay beyond the usual greatest one is the greatest one', () => {
  assert.equal(resolved({ a: { command: ['a'], restartDelayMs: 60_000 } })[0]?.restartDelayMaxMs, 60_000);
  const both = { command: ['a'], restartDelayMs: 100, restartDelayMaxMs: 50 };
  assert.match(refusal({ a: both }), /restartDelayMaxMs: found 50, expected at least the first delay, which is 100/);
});

test('what is wrong with a service is said', () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{}, /services\.a\.command: found nothing, expected a program and its arguments/],
    [{ command: 'node a.js' }, /command: found "node a.js", expected .*; there is no shell/],
    [{ command: [] }, /command: found an empty list/],
    [{ command: ['node', 7] }, /command\[1\]: found 7, expected text/],
    [{ command: ['a'], after: 'b' }, /after: found "b", expected a list of names/],
    [{ command: ['a'], after: ['b'] }, /after\[0\]: found "b", expected a service of \[services\]/],
    [{ command: ['a'], after: ['a'] }, /after: found a circle: "a" waits for itself/],
    [{ command: ['a'], environment: { RATE: 5 } }, /environment\.RATE: found 5, expected text; write "5"/],
    [{ command: ['a'], environment: { 'A B': '' } }, /found "A B", expected the name of a variable/],
    [
      { command: ['a'], autoRestart: false, restartDelayMs: 5 },
      /restartDelayMs: .* left out; with auto_restart = false/,
    ],
    [{ command: ['a'], restartDelay: 5 }, /unknown key "restartDelay", .*; did you mean restartDelayMs\?/],
  ];
  for (const [service, expected] of cases) assert.match(refusal({ a: service }), expected);
  assert.match(refusal({ 'A/b': { command: ['a'] } }), /found "A\/b", expected a name/);
});

test('a longer circle is found too, and a misspelt service is guessed', () => {
  const circle = {
    a: { command: ['a'], after: ['b'] },
    b: { command: ['b'], after: ['c'] },
    c: { command: ['c'], after: ['a'] },
  };
  assert.match(refusal(circle), /a circle: "a" waits for itself/);
  const misspelt = { feeder: { command: ['a'] }, b: { command: ['b'], after: ['feedr'] } };
  assert.match(refusal(misspelt), /after\[0\]: found "feedr", .*; did you mean "feeder"\?/);
});

test('a circle is said once, with its way, however many are in it or wait behind it', () => {
  const services = {
    behind: { command: ['x'], after: ['a'] },
    a: { command: ['a'], after: ['b'] },
    b: { command: ['b'], after: ['c', 'free'] },
    c: { command: ['c'], after: ['a'] },
    free: { command: ['x'] },
    d: { command: ['d'], after: ['a', 'd'] },
  };
  assert.equal(
    refusal(services),
    'config object: services.a.after: found a circle: "a" waits for itself, expected an order; a waits for b waits for c ' +
      'waits for a\nconfig object: services.d.after: found a circle: "d" waits for itself, expected an order',
  );
});

test('thousands of services in one chain are put in order, and in one circle refused', () => {
  const chain = (last: object): object =>
    Object.fromEntries(
      Array.from({ length: 20_000 }, (_unused, index) => [
        `s${index}`,
        index === 19_999 ? { command: ['x'], ...last } : { command: ['x'], after: [`s${index + 1}`] },
      ]),
    );
  assert.equal(resolved(chain({})).length, 20_000);
  assert.match(
    refusal(chain({ after: ['s0'] })),
    /a circle: "s0" .*; s0 waits for s1 .* waits for \.\.\. waits for s0$/,
  );
});

test('a variable of a service may have any name', () => {
  const environment = JSON.parse('{"__proto__": "a", "constructor": "b"}') as object;
  const [service] = resolved({ a: { command: ['a'], environment } });
  assert.deepEqual(Object.entries(service?.environment ?? {}), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
});

test('a file of a newer form is refused before anything else of it is judged', async () => {
  assert.equal(
    await tomlError('[bus]\nversion = 2\nnew_key = "${APBUS_NOT_SET}"\n[channels]\n'),
    'bus.toml:2:1: bus.version: found version 2 of the configuration, expected version 1, which this package reads; ' +
      'it was written for a newer alphapulse-bus: install that one in this service too',
  );
});
