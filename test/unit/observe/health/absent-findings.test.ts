import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EndpointFigures } from '#src/observe/channel-figures.js';
import type { ExpectedChannel } from '#src/observe/health/expected-channel.js';
import { findingKey, type HealthFinding } from '#src/observe/health/finding.js';
import type { HealthThresholds } from '#src/observe/health/thresholds.js';
import { channel, consumer, findings, producer } from './kit.js';

const NOW_NS = Date.parse('2026-11-29T16:01:01Z') * 1e6;
const EXPECTED: ExpectedChannel = { producers: ['feed'], consumers: ['reader'] };

/** Attached so long ago. */
const since = (ms: number): Pick<EndpointFigures, 'attachedNs'> => ({ attachedNs: BigInt(NOW_NS - ms * 1e6) });

function absent(
  endpoints: readonly EndpointFigures[],
  expected: ExpectedChannel = EXPECTED,
  thresholds: Partial<HealthThresholds> = {},
  type = 'SPMC',
): readonly HealthFinding[] {
  const figures = channel({
    type,
    atNs: NOW_NS,
    createdNs: BigInt(NOW_NS - 120_000 * 1e6),
    producers: endpoints.filter(({ role }) => role === 'producer'),
    consumers: endpoints.filter(({ role }) => role === 'consumer'),
  });
  return findings(figures, thresholds, { expected: new Map([['orders', expected]]) });
}

const told = (...args: Parameters<typeof absent>): string[] =>
  absent(...args).map(({ severity, code, found }) => `${severity} ${code} ${found}`);

describe('of a service that is declared', () => {
  it('and never attached it is said when others have used the channel for longer than the threshold', () => {
    assert.deepEqual(told([producer(since(60_000))]), []);
    const [found, ...others] = absent([producer(since(60_001))]);
    assert.equal(others.length, 0);
    assert.deepEqual(
      [found?.severity, found?.code, found?.endpoint, found?.figure, found?.threshold, found?.unit],
      ['degraded', 'endpoint-absent', { role: 'consumer', name: 'reader' }, 60_001, 60_000, 'ms'],
    );
    assert.equal(
      found?.found,
      'consumer reader is declared and not attached; no slot tells that it was since the channel was made, 2026-11-29T15:59:01.000Z',
    );
    assert.match(found?.advice ?? '', /^start reader, or see in its log/);
    assert.equal(findingKey(found), 'endpoint-absent orders consumer/-/reader');
    assert.deepEqual(absent([producer(since(11))], EXPECTED, { absentAfterMs: 10 }).length, 1);
  });

  it('and left it is said since when, when that is longer ago than the threshold', () => {
    const left = (goneMs: number): EndpointFigures[] => [
      producer(since(600_000)),
      consumer({ state: 'detached', pid: 12, gating: false, goneMs }),
    ];
    assert.deepEqual(told(left(60_000)), []);
    assert.deepEqual(told(left(61_000)), [
      'degraded endpoint-absent consumer reader is declared and not attached; the last one (process 12) left, 2026-11-29T16:00:00.000Z',
    ]);
  });

  it('and left before the others came it is missed from then on', () => {
    const gone = consumer({ state: 'detached', gating: false, goneMs: 3_600_000 });
    assert.deepEqual(told([producer(since(60_000)), gone]), []);
    assert.equal(absent([producer(since(60_001)), gone])[0]?.figure, 60_001);
  });

  it('and is attached, or died, nothing is said', () => {
    assert.deepEqual(told([producer(since(90_000)), consumer()]), []);
    const died = absent([producer(since(90_000)), consumer({ state: 'dead' })]);
    assert.deepEqual(
      died.map(({ code }) => code),
      ['endpoint-dead'],
    );
  });

  it('nothing is said while nobody uses the channel; a recorder does not count', () => {
    const gone = consumer({ state: 'detached', gating: false, goneMs: 900_000 });
    assert.deepEqual(told([gone]), []);
    assert.deepEqual(told([gone, consumer({ name: '.journal', slot: 1, ...since(900_000) })]), []);
  });

  it('a slot that was only kept for it does not say that it was there', () => {
    const kept = consumer({ state: 'detached', gating: true, generation: 0, attachedNs: 0n });
    assert.match(told([producer(since(90_000)), kept])[0] ?? '', /no slot tells that it was/);
  });

  it('of several producers of a channel for one, one is enough', () => {
    const expected = { producers: ['feed', 'spare'], consumers: [] };
    const reader = consumer(since(90_000));
    assert.deepEqual(told([producer({ name: 'spare' }), reader], expected), []);
    const [found] = absent([producer({ state: 'detached', goneMs: 61_000, pid: 5 }), reader], expected);
    assert.equal(
      found?.found,
      'producer feed or spare is declared and not attached; the last one (feed, process 5) left, 2026-11-29T16:00:00.000Z',
    );
    assert.match(found?.advice ?? '', /^start feed or spare,/);
    assert.equal(absent([producer(), reader], { ...expected, consumers: [] }, {}, 'MPMC')[0]?.endpoint?.name, 'spare');
  });

  it('it counts as what is configured, or not at all', () => {
    const alone = [producer(since(90_000))];
    assert.match(told(alone, EXPECTED, { absent: 'unhealthy' })[0] ?? '', /^unhealthy endpoint-absent/);
    assert.deepEqual(told(alone, EXPECTED, { absent: 'ignore' }), []);
  });

  it('nothing is said of channels of which nothing is known', () => {
    const used = channel({ atNs: NOW_NS, producers: [producer(since(90_000))] });
    assert.deepEqual(findings(used), []);
    assert.deepEqual(findings(used, {}, { expected: new Map([['quotes', EXPECTED]]) }), []);
  });
});
