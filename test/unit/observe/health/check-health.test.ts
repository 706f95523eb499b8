import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkHealth, type HealthReport } from '#src/observe/health/check-health.js';
import type { ExpectedChannel } from '#src/observe/health/expected-channel.js';
import { findingKey } from '#src/observe/health/finding.js';
import { channel, codes, consumer, findings, producer } from './kit.js';

describe('health', () => {
  it('of nothing, and of a channel with nothing amiss, is healthy', () => {
    assert.deepEqual(checkHealth([]), { status: 'healthy', findings: [], channels: 0 });
    const whole = channel({ producers: [producer()], consumers: [consumer()] });
    assert.deepEqual(checkHealth([whole]), { status: 'healthy', findings: [], channels: 1 });
  });

  it('is as bad as the worst finding, which stands first', () => {
    const bad = channel({ consumers: [consumer({ state: 'dead' })] });
    const slow = channel({ channel: 'quotes', consumers: [consumer({ lag: { messages: 10_001, bytes: 1 } })] });
    assert.equal(checkHealth([slow]).status, 'degraded');
    const { status, findings: found, channels } = checkHealth([slow, bad]);
    assert.deepEqual([status, channels, found.map((one) => one.channel)], ['unhealthy', 2, ['orders', 'quotes']]);
  });

  it('tells the same trouble of the same endpoint by the same key, whatever its figure', () => {
    const lag = (messages: number, name = 'reader'): string =>
      findingKey(findings(channel({ consumers: [consumer({ name, lag: { messages, bytes: 1 } })] }))[0]!);
    assert.equal(lag(20_000), lag(30_000));
    assert.notEqual(lag(20_000), lag(20_000, 'other'));
  });

  it('of the machine: a clock that is slow to read, once, whatever the channels', () => {
    const [slow, ...others] = findings(channel(), {}, { clockSource: 'hpet' });
    assert.deepEqual([slow?.code, slow?.channel, others.length], ['clock-slow', undefined, 0]);
    for (const clockSource of ['tsc', 'kvm-clock', 'arch_sys_counter', undefined])
      assert.deepEqual(findings(channel(), {}, { clockSource }), []);
  });
});

describe('of a channel that cannot be used', () => {
  it('a damaged segment is unhealthy, with the reason', () => {
    const [found] = findings({ channel: 'orders', code: 'ERR_CORRUPT', reason: 'it has 7 bytes' });
    assert.deepEqual(
      [found?.severity, found?.code, found?.found],
      ['unhealthy', 'channel-unusable', 'it has 7 bytes (ERR_CORRUPT)'],
    );
    assert.match(found?.advice ?? '', /apbus rm orders/);
  });

  it('one of another user is not to be removed', () => {
    const [found] = findings({ channel: 'orders', code: 'ERR_PERMISSION', reason: 'mode 0644' });
    assert.match(found?.advice ?? '', /user of the services/);
  });

  it('one for which this process lacks descriptors is not to be removed either', () => {
    const [found] = findings({ channel: 'orders', code: 'ERR_RESOURCES', reason: 'EMFILE' });
    assert.match(found?.advice ?? '', /^raise the limits of this process/);
  });

  it('one that is configured otherwise is degraded, with each difference', () => {
    const expecting = (more: Partial<ExpectedChannel>): HealthReport =>
      checkHealth([channel()], {}, { expected: new Map([['orders', { producers: [], consumers: [], ...more }]]) });
    assert.equal(expecting({}).status, 'healthy');
    assert.equal(expecting({ type: 'SPMC', capacityBytes: 65_536, mode: 'BlockProducer' }).status, 'healthy');
    const { status, channels, findings: found } = expecting({ type: 'SPSC', messageSizeMax: 2048 });
    assert.deepEqual([status, channels, found.length, found[0]?.code], ['degraded', 1, 1, 'config-mismatch']);
    assert.match(
      found[0]?.found ?? '',
      /type is SPMC, configured is SPSC; message_size_max is 1024, configured is 2048/,
    );
  });
});

describe('of a ring', () => {
  it('the use is judged above the threshold, not at it', () => {
    assert.deepEqual(codes(channel({ utilization: 0.9 })), []);
    assert.deepEqual(codes(channel({ utilization: 0.9001 })), ['degraded ring-utilization']);
    assert.deepEqual(codes(channel({ utilization: 0.6 }), { utilization: 0.5 }), ['degraded ring-utilization']);
  });

  it('that is full is told with who waits for whom, why, and what to do', () => {
    const stopped = consumer({ state: 'suspect', isStopped: true, reason: 'its process is stopped' });
    const full = channel({
      utilization: 0.999,
      producersWait: true,
      waitsFor: 'consumer "reader" (process 7)',
      waitsForEndpoint: { role: 'consumer', slot: 0, name: 'reader' },
      producers: [producer({ pid: 6 })],
      consumers: [stopped],
    });
    const ring = findings(full).find(({ code }) => code === 'ring-full');
    assert.equal(
      ring?.found,
      'the ring is 99.9% full: producers feed (6) wait for consumer "reader" (process 7); its process is stopped',
    );
    assert.deepEqual(ring?.endpoint, { role: 'consumer', name: 'reader', slot: 0, pid: 7 });
    assert.match(ring?.advice ?? '', /kill -CONT 7/);
    assert.deepEqual([ring?.figure, ring?.threshold, ring?.unit], [0.999, 0.9, 'share']);
  });

  for (const [what, blocking, advice] of [
    ['alive', consumer(), /make that consumer faster/],
    ['silent', consumer({ state: 'suspect' }), /free its event loop/],
    ['stalled', consumer({ state: 'stalled' }), /what its handler waits for/],
    ['dead', consumer({ state: 'dead' }), /start reader again/],
    ['gone', consumer({ state: 'detached' }), /start reader: the channel keeps everything/],
    ['the journal', consumer({ name: '.journal' }), /the journal is too slow/],
  ] as const) {
    it(`that is held by a consumer that is ${what} is told with advice for that`, () => {
      const faster = consumer({ slot: 1, lag: { messages: 0, bytes: 0 }, name: 'faster' });
      const slow = { ...blocking, lag: { messages: 9, bytes: 999 } };
      const ring = findings(channel({ utilization: 0.95, consumers: [faster, slow] })).find(
        ({ code }) => code === 'ring-utilization',
      );
      assert.equal(ring?.endpoint?.name, slow.name);
      assert.match(ring?.advice ?? '', advice);
    });
  }

  it('is full when the longest message finds no room, also while no producer says that it waits', () => {
    // 65,536 bytes, and messages of 1024: records of up to 1088
    const free = (bytes: number, mode: string): string =>
      findings(channel({ utilization: 1 - bytes / 65_536, mode, producers: [producer()], consumers: [consumer()] }))
        .map(({ code, found }) => `${code} ${found}`)
        .join();
    assert.match(free(1088, 'BlockProducer'), /^ring-utilization /);
    assert.match(
      free(1087, 'BlockProducer'),
      /^ring-full .* messages of up to 1024 bytes find no room, and producers feed \(7\) wait for consumer "reader"/,
    );
    assert.match(free(0, 'DropNewest'), /drop them, because of consumer "reader"/);
    assert.match(free(0, 'CircuitBreaker'), /are refused, because of consumer "reader"/);
  });

  it('that is held by an open claim is told with its producer', () => {
    for (const [state, advice] of [
      ['alive', /must commit or abort/],
      ['dead', /another process repairs/],
    ] as const) {
      const holder = channel({
        utilization: 1,
        waitsFor: 'a claim of producer "feed"',
        waitsForEndpoint: { role: 'producer', slot: 3, name: 'feed' },
        producers: [producer({ slot: 3, state })],
      });
      const ring = findings(holder).find(({ code }) => code === 'ring-full');
      assert.equal(ring?.endpoint?.slot, 3);
      assert.match(ring?.advice ?? '', advice);
    }
  });
});

describe('of a breaker', () => {
  it('open is unhealthy, half open degraded, closed nothing', () => {
    const breaker = (state: string): string[] => codes(channel({ breaker: { state, opened: 1 } }));
    assert.deepEqual(breaker('open'), ['unhealthy breaker-open']);
    assert.deepEqual(breaker('half-open'), ['degraded breaker-half-open']);
    assert.deepEqual(breaker('closed'), []);
  });
});

describe('of a clock', () => {
  it('stamps in the future mean that it is not the one of this process, from more than a second on', () => {
    const atNs = 1.7e18;
    const ahead = (ms: number): string[] =>
      codes(channel({ atNs, oldest: { position: 0, sequence: 0, receivedNs: atNs + ms * 1e6 } }));
    assert.deepEqual(ahead(1000), []);
    assert.deepEqual(ahead(1001), ['degraded clock-differs']);
    assert.deepEqual(ahead(-86_400_000), []);
  });

  it('on the wall that was set since the channel was made it is said how far, and to which side', () => {
    const apart = (wallAheadMs: number, thresholds = {}): string[] => codes(channel({ wallAheadMs }), thresholds);
    assert.deepEqual(apart(1000), []);
    assert.deepEqual(apart(-1000), []);
    assert.deepEqual(apart(-1001), ['degraded clock-stepped']);
    assert.deepEqual(apart(6, { clockStepMs: 5 }), ['degraded clock-stepped']);
    const [found] = findings(channel({ wallAheadMs: 3_600_000 }));
    assert.deepEqual([found?.figure, found?.threshold, found?.unit], [3_600_000, 1000, 'ms']);
    assert.match(found?.found ?? '', /^the times of its messages are 3600000 ms behind the clock on the wall/);
    assert.match(
      findings(channel({ wallAheadMs: -5000 }))[0]?.found ?? '',
      /are 5000 ms ahead of the clock on the wall/,
    );
    assert.match(found?.advice ?? '', /latencies and waiting times are right.*apbus rm orders/);
  });
});
