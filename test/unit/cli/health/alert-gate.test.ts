import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AlertGate, type GateSettings, type Transition } from '#src/cli/health/alert-gate.js';
import type { HealthFinding } from '#src/observe/health/finding.js';

const lag = (channel: string, figure = 20_000): HealthFinding => ({
  severity: 'degraded',
  code: 'lag',
  channel,
  found: `${figure} messages behind`,
  figure,
  threshold: 10_000,
  unit: 'messages',
  advice: 'make it faster',
});
const dead = (channel: string): HealthFinding => ({
  severity: 'unhealthy',
  code: 'endpoint-dead',
  channel,
  found: 'it died',
  advice: 'start it',
});

const EAGER: GateSettings = {
  raiseAfterLooks: 1,
  raiseAfterMs: 0,
  clearAfterLooks: 1,
  minIntervalMs: 0,
  alertsPerMinute: 1000,
};

/** A gate that is looked through once a second; each look answers `event channel`. */
function gate(settings: Partial<GateSettings> = {}, room = 100) {
  const gated = new AlertGate({ ...EAGER, ...settings });
  let nowMs = 0;
  const look = (...findings: HealthFinding[]): Transition[] => gated.look(findings, (nowMs += 1000), room);
  const told = (...findings: HealthFinding[]): string[] =>
    look(...findings).map(({ event, finding }) => `${event} ${finding.channel}`);
  const wait = (ms: number): void => void (nowMs += ms);
  const fail = (transition: Transition): void => gated.failed(transition, nowMs);
  return { look, told, wait, fail };
}

describe('an alert', () => {
  it('is raised once, whatever becomes of the figure, and cleared once', () => {
    const { told } = gate();
    assert.deepEqual(told(lag('a')), ['raised a']);
    assert.deepEqual(told(lag('a', 30_000)), []);
    assert.deepEqual(told(), ['cleared a']);
    assert.deepEqual(told(), []);
  });

  it('is raised after so many looks in a row, and so much time', () => {
    const { told } = gate({ raiseAfterLooks: 3 });
    assert.deepEqual([told(lag('a')), told(lag('a')), told(), told(lag('a')), told(lag('a'))], [[], [], [], [], []]);
    assert.deepEqual(told(lag('a')), ['raised a']);
    const slow = gate({ raiseAfterMs: 2000 });
    assert.deepEqual([slow.told(lag('a')), slow.told(lag('a'))], [[], []]);
    assert.deepEqual(slow.told(lag('a')), ['raised a']);
  });

  it('is cleared after so many looks in a row; one that comes back before that goes on', () => {
    const { told } = gate({ clearAfterLooks: 2 });
    told(lag('a'));
    assert.deepEqual([told(), told(lag('a')), told()], [[], [], []]);
    assert.deepEqual(told(), ['cleared a']);
  });

  it('of one trouble goes on while it is told by another code, and of another consumer; the worst is told', () => {
    const { look } = gate({ raiseAfterLooks: 3, clearAfterLooks: 2 });
    const ring = (code: 'ring-full' | 'ring-utilization', name: string): HealthFinding => ({
      ...lag('a'),
      code,
      endpoint: { role: 'consumer', name, slot: 0 },
    });
    assert.deepEqual([look(ring('ring-full', 'one')), look(ring('ring-utilization', 'two'))], [[], []]);
    const [raised] = look(ring('ring-full', 'one'));
    assert.deepEqual([raised?.event, raised?.key], ['raised', 'ring a']);
    assert.deepEqual([look(ring('ring-utilization', 'one')), look(ring('ring-utilization', 'two'))], [[], []]);
    const breaker = (code: 'breaker-open' | 'breaker-half-open'): HealthFinding => ({
      ...(code === 'breaker-open' ? dead('b') : lag('b')),
      code,
    });
    look(breaker('breaker-open'), ring('ring-full', 'one'));
    look(breaker('breaker-half-open'), ring('ring-full', 'one'));
    assert.deepEqual(
      look(breaker('breaker-half-open'), ring('ring-full', 'one')).map(({ finding }) => finding.code),
      ['breaker-open'],
    );
  });

  it('that was never raised is never cleared', () => {
    const { told } = gate({ raiseAfterLooks: 2 });
    assert.deepEqual([told(lag('a')), told(), told()], [[], [], []]);
  });

  it('that comes again and again is raised again only after the least interval, if it is still there', () => {
    const { told, wait } = gate({ minIntervalMs: 60_000 });
    assert.deepEqual([told(lag('a')), told(), told(lag('a')), told()], [['raised a'], ['cleared a'], [], []]);
    wait(54_000);
    assert.deepEqual(told(lag('a')), [], '58 s after it was raised');
    wait(1000);
    assert.deepEqual(told(lag('a')), ['raised a'], '60 s after');
  });

  it('says since when it is so', () => {
    const { look } = gate({ raiseAfterLooks: 3 });
    look(lag('a'));
    look();
    look(lag('a'));
    look(lag('a'));
    assert.equal(look(lag('a'))[0]?.sinceMs, 3000);
  });
});

describe('of many alerts', () => {
  const all = Array.from({ length: 10 }, (_unused, n) => lag(`c${n}`));

  it('no more are told at once than there is room for, the worst first; the others wait', () => {
    const { told } = gate({}, 4);
    const seen = [...all, dead('x')];
    const first = told(...seen);
    assert.equal(first[0], 'raised x');
    assert.equal(first.length, 4);
    assert.deepEqual([told(...seen).length, told(...seen).length, told(...seen).length], [4, 3, 0]);
  });

  it('no more are told in a minute than are allowed, and those that are gone by then never', () => {
    const { told, wait } = gate({ alertsPerMinute: 3 });
    assert.deepEqual(told(...all), ['raised c0', 'raised c1', 'raised c2']);
    assert.deepEqual(told(...all.slice(0, 5)), []);
    wait(58_000);
    assert.deepEqual(told(...all.slice(0, 5)), ['raised c3', 'raised c4']);
  });
});

describe('an alert that could not be told', () => {
  it('is told again after the least interval, as long as it is so', () => {
    const { look, told, fail, wait } = gate({ minIntervalMs: 10_000 });
    fail(look(lag('a'))[0]!);
    assert.deepEqual(told(lag('a')), []);
    wait(9000);
    assert.deepEqual(told(lag('a')), ['raised a']);
    fail({ event: 'raised', key: 'gone', finding: lag('gone'), sinceMs: 0 });
    assert.deepEqual(told(lag('a')), []);
  });

  it('that is over is told as over later, also when it was forgotten meanwhile', () => {
    const { look, told, fail, wait } = gate({ minIntervalMs: 10_000 });
    look(lag('a'));
    wait(20_000);
    const [cleared] = look();
    assert.equal(cleared?.event, 'cleared');
    told();
    fail(cleared);
    assert.deepEqual(told(), []);
    wait(10_000);
    assert.deepEqual(told(), ['cleared a']);
    assert.deepEqual(told(), []);
  });
});
