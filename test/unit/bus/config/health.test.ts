import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolve } from 'node:path';
import { resolveConfig } from '#src/bus/config/index.js';
import type { HealthSettings } from '#src/bus/config/resolved.js';
import { DEFAULT_THRESHOLDS } from '#src/observe/health/thresholds.js';
import { channel, objectError, resolveToml, tomlError } from './kit.js';

const settings = (health: object): HealthSettings => resolveConfig({ ...channel({}), health }).health;
const refusal = (health: unknown): string => objectError({ ...channel({}), health });

test('without a table the thresholds are the usual ones, and nobody is told', () => {
  const usual = { thresholds: DEFAULT_THRESHOLDS, alert: undefined, capture: undefined };
  assert.deepEqual(resolveConfig(channel({})).health, usual);
  assert.deepEqual(settings({}), usual);
});

test('each threshold can be another', () => {
  const thresholds = {
    utilization: 0.5,
    lagMessages: 0,
    unreadMs: 1,
    loopLagMs: 2,
    journalBehind: 3,
    dead: 'ignore',
    absentAfterMs: 4,
    absent: 'unhealthy',
    clockStepMs: 5,
  };
  assert.deepEqual(settings(thresholds).thresholds, thresholds);
});

test('a command and a webhook are read from the file, with their defaults', async () => {
  const { health } = await resolveToml(
    'health.alert.command = ["./page", "--now"]\nhealth.alert.webhook = "http://localhost:9/x?y"\n' +
      '[channels.x]\ntype = "SPSC"\nproducer = "a"\nconsumer = "b"\n',
  );
  assert.deepEqual(health.alert, {
    command: ['./page', '--now'],
    webhook: 'http://localhost:9/x?y',
    workingDirectory: resolve('.'),
    raiseAfterLooks: 2,
    raiseAfterMs: 0,
    clearAfterLooks: 2,
    minIntervalMs: 60_000,
    alertsPerMinute: 30,
    timeoutMs: 10_000,
    concurrency: 4,
  });
});

test('captures have defaults, and a folder beside the configuration', () => {
  assert.deepEqual(settings({ capture: {} }).capture, {
    folder: resolve('captures'),
    codes: ['ring-full', 'not-reading', 'endpoint-dead', 'breaker-open', 'journal-stopped'],
    lastMs: Infinity,
    filesMax: 20,
    minIntervalMs: 60_000,
  });
  const capture = { folder: '/srv/x', codes: ['lag'], last: '30s', filesMax: 1, minIntervalMs: 0 };
  assert.deepEqual(settings({ capture }).capture, {
    folder: '/srv/x',
    codes: ['lag'],
    lastMs: 30_000,
    filesMax: 1,
    minIntervalMs: 0,
  });
});

test('what cannot be is refused, and by its key', () => {
  for (const [health, message] of [
    [7, /health: found 7, expected a table \[health\]/],
    [{ utilisation: 0.5 }, /did you mean utilization\?/],
    [{ utilization: 1.5 }, /health\.utilization: found 1\.5, expected a share/],
    [{ lagMessages: -1 }, /health\.lagMessages: found -1/],
    [{ unreadMs: '60s' }, /health\.unreadMs: found "60s"/],
    [{ dead: 'fatal' }, /health\.dead: found "fatal", expected one of unhealthy, degraded, ignore/],
    [{ capture: { codes: [] } }, /health\.capture\.codes: found .*expected a list of codes of findings/],
    [{ capture: { codes: ['ringfull'] } }, /health\.capture\.codes\[0\]: found "ringfull".*did you mean "ring-full"\?/],
    [{ capture: { filesMax: 0 } }, /health\.capture\.filesMax: found 0/],
    [{ capture: { file: 'x' } }, /health\.capture\.file: /],
    [{ alert: {} }, /health\.alert: found nobody to be told, expected a command, a webhook, or both/],
    [{ alert: { command: 'page me' } }, /health\.alert\.command: found "page me".*there is no shell/],
    [{ alert: { command: [''] } }, /health\.alert\.command\[0\]: found ""/],
    [{ alert: { webhook: 'file:///etc/passwd' } }, /health\.alert\.webhook: found "file:.*an http or https URL/],
    [{ alert: { webhook: 'localhost:9' } }, /expected an http or https URL/],
    [{ alert: { webhook: 'http://a:secret@b/' } }, /found one with a user in it/],
    [{ alert: { command: ['x'], concurrency: 0 } }, /health\.alert\.concurrency: found 0/],
  ] as const)
    assert.match(refusal(health), message);
  assert.ok(!refusal({ alert: { webhook: 'http://a:secret@b/' } }).includes('secret'));
});

test('in a file the message says the line', async () => {
  const text = '[channels.x]\ntype = "SPSC"\nproducer = "a"\nconsumer = "b"\n[health]\nlag_messages = 1.5\n';
  assert.match(await tomlError(text), /^bus\.toml:6:\d+: health\.lag_messages: found 1\.5/);
});
