import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import type { AlertSettings } from '#src/bus/config/index.js';
import { Alerts, type Alert } from '#src/cli/health/alerts.js';
import type { HealthReport } from '#src/observe/health/check-health.js';

const SETTINGS: AlertSettings = {
  command: ['page'],
  webhook: undefined,
  workingDirectory: '/',
  raiseAfterLooks: 1,
  raiseAfterMs: 0,
  clearAfterLooks: 1,
  minIntervalMs: 5000,
  alertsPerMinute: 100,
  timeoutMs: 1000,
  concurrency: 2,
};

const report = (...channels: string[]): HealthReport => ({
  status: channels.length === 0 ? 'healthy' : 'unhealthy',
  channels: 9,
  findings: channels.map((channel) => ({
    severity: 'unhealthy',
    code: 'endpoint-dead',
    channel,
    found: 'it died',
    advice: 'start it',
  })),
});

/** Alerts whose clock and deliveries the test has in its hands. */
function alerts(settings: Partial<AlertSettings> = {}) {
  let nowMs = 1000;
  const told: Alert[] = [];
  const complaints: string[] = [];
  const pending: ((troubles: string[]) => void)[] = [];
  const own = new Alerts({ ...SETTINGS, ...settings }, '/dev/shm/x', (message) => void complaints.push(message), {
    clock: { monotonicNs: () => nowMs * 1e6 },
    wallClock: { nowMs: () => 1_700_000_000_000 + nowMs },
    deliver: async (alert) => {
      told.push(alert as Alert);
      return new Promise((resolve) => pending.push(resolve));
    },
  });
  const finish = async (...troubles: string[]): Promise<void> => {
    for (const resolve of pending.splice(0)) resolve(troubles);
    await own.settle();
  };
  const pass = (ms: number): void => void (nowMs += ms);
  return { own, told, complaints, finish, pass };
}

describe('alerts', () => {
  it('tell who, what, where and since when', async () => {
    const { own, told, finish, pass } = alerts({ raiseAfterMs: 3000 });
    own.look(report('a'));
    pass(3000);
    own.look(report('a'));
    await finish();
    assert.deepEqual(told, [
      {
        event: 'raised',
        key: 'endpoint-dead a',
        time: '2023-11-14T22:13:24.000Z',
        since: '2023-11-14T22:13:21.000Z',
        host: hostname(),
        directory: '/dev/shm/x',
        status: 'unhealthy',
        finding: report('a').findings[0],
      },
    ]);
  });

  it('are told so many at a time, and no look waits for them', async () => {
    const { own, told, finish } = alerts();
    for (let look = 0; look < 3; look++) own.look(report('a', 'b', 'c', 'd', 'e'));
    assert.equal(told.length, 2);
    await finish();
    own.look(report('a', 'b', 'c', 'd', 'e'));
    assert.equal(told.length, 4);
    await finish();
  });

  it('that fail are complained of, and told again after the least interval', async () => {
    const { own, told, complaints, finish, pass } = alerts();
    own.look(report('a'));
    await finish('webhook x: answered 500');
    assert.deepEqual(complaints, ['alert raised endpoint-dead a: webhook x: answered 500']);
    own.look(report('a'));
    assert.equal(told.length, 1);
    pass(5000);
    own.look(report('a'));
    assert.equal(told.length, 2);
    await finish();
  });

  it('are over when the finding is', async () => {
    const { own, told, finish } = alerts();
    own.look(report('a'));
    await finish();
    own.look(report());
    await finish();
    assert.deepEqual(
      told.map(({ event, key, status }) => [event, key, status]),
      [
        ['raised', 'endpoint-dead a', 'unhealthy'],
        ['cleared', 'endpoint-dead a', 'healthy'],
      ],
    );
  });
});
