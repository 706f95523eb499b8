import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JournalStatus } from '#src/journal/journal-status.js';
import { channel, codes, consumer, findings, producer } from './kit.js';

const of = (...consumers: ReturnType<typeof consumer>[]): ReturnType<typeof channel> => channel({ consumers });

describe('of an endpoint', () => {
  it('that died it is said, unless it came back in another slot, or that is to be ignored', () => {
    const dead = consumer({ state: 'dead', lag: { messages: 5, bytes: 9 } });
    const [found] = findings(of(dead));
    assert.equal(
      found?.found,
      'consumer reader (process 7) died without closing, 5 messages behind, and producers still wait for it',
    );
    assert.match(found?.advice ?? '', /start reader again/);
    assert.deepEqual(codes(of(dead)), ['unhealthy endpoint-dead']);
    assert.deepEqual(codes(of(dead, consumer({ slot: 1 }))), []);
    assert.deepEqual(codes(of(dead, consumer({ slot: 1, name: 'other' }))), ['unhealthy endpoint-dead']);
    assert.deepEqual(codes(of(dead), { dead: 'degraded' }), ['degraded endpoint-dead']);
    assert.deepEqual(codes(of(dead), { dead: 'ignore' }), []);
    assert.deepEqual(codes(channel({ producers: [producer({ state: 'dead' })] })), ['unhealthy endpoint-dead']);
  });

  it('that was closed nothing is said', () => {
    const closed = consumer({ state: 'detached', gating: false, lag: { messages: 1e6, bytes: 1e7 } });
    assert.deepEqual(codes(of(closed)), []);
  });

  it('that is stopped it is said with how to let it go on', () => {
    const stopped = consumer({ state: 'suspect', isStopped: true, reason: 'its process is stopped', loopLagMs: 0 });
    const [found] = findings(of(stopped));
    assert.deepEqual([found?.severity, found?.code], ['degraded', 'process-stopped']);
    assert.match(found?.advice ?? '', /kill -CONT 7/);
  });

  it('whose event loop is blocked it is said above the threshold', () => {
    const blocked = (loopLagMs: number): string[] => codes(of(consumer({ state: 'suspect', loopLagMs })));
    assert.deepEqual(blocked(1000), []);
    assert.deepEqual(blocked(1001), ['degraded event-loop-blocked']);
    const [found] = findings(of(consumer({ state: 'suspect', loopLagMs: 5000, reason: 'its event loop ...' })));
    assert.deepEqual([found?.figure, found?.threshold, found?.unit], [5000, 1000, 'ms']);
    assert.match(found?.advice ?? '', /what blocks its event loop/);
  });

  it('that reads in a loop of its own the lag of its event loop is no matter', () => {
    assert.deepEqual(codes(of(consumer({ state: 'alive', loopLagMs: 1e6 }))), []);
  });

  it('that is stalled it is said, with the time that its policy gives it', () => {
    const [found] = findings(of(consumer({ state: 'stalled', unreadMs: 1500, reason: 'it has not moved' })));
    assert.deepEqual(
      [found?.severity, found?.code, found?.figure, found?.threshold],
      ['degraded', 'endpoint-stalled', 1500, 1000],
    );
  });

  it('that is the recorder of the journal the disk is suspected, as it has no handler', () => {
    for (const more of [
      { state: 'stalled', unreadMs: 1500 },
      { state: 'suspect', loopLagMs: 5000 },
    ] as const) {
      const [found] = findings(of(consumer({ name: '.journal', ...more })));
      assert.match(found?.advice ?? '', /waits for the disk of the journal.*apbus stat orders/);
    }
  });
});

describe('of a consumer', () => {
  it('the lag is judged above the threshold, not at it', () => {
    const lag = (messages: number, more: object = {}): string[] =>
      codes(of(consumer({ lag: { messages, bytes: 1 }, ...more })));
    assert.deepEqual(lag(10_000), []);
    assert.deepEqual(lag(10_001), ['degraded lag']);
    assert.deepEqual(lag(10_001, { state: 'detached', gating: true }), ['degraded lag']);
    assert.deepEqual(lag(10_001, { state: 'detached', gating: false }), []);
    assert.deepEqual(codes(of(consumer({ lag: { messages: 6, bytes: 1 } })), { lagMessages: 5 }), ['degraded lag']);
  });

  it('that reads nothing for longer than the threshold, with something to read, is unhealthy', () => {
    const unread = (unreadMs: number, messages = 1): string[] =>
      codes(of(consumer({ unreadMs, lag: { messages, bytes: 1 } })));
    assert.deepEqual(unread(60_000), []);
    assert.deepEqual(unread(60_001), ['unhealthy not-reading']);
    assert.deepEqual(unread(60_001, 0), []);
    assert.deepEqual(codes(of(consumer({ unreadMs: 2, lag: { messages: 1, bytes: 1 } })), { unreadMs: 1 }), [
      'unhealthy not-reading',
    ]);
  });

  it('that is the journal, and dead or behind, is judged as a journal', () => {
    const recorder = consumer({ name: '.journal', lag: { messages: 1e6, bytes: 1 }, unreadMs: 1e6 });
    assert.deepEqual(codes(of(recorder)), []);
    assert.deepEqual(codes(of({ ...recorder, state: 'dead' })), []);
  });
});

describe('of a journal', () => {
  const OK: JournalStatus = {
    state: 'recording',
    error: undefined,
    written: 0,
    durable: 0,
    gaps: 0,
    failures: 0,
    recorderPid: 7,
  };
  const journal = (more: Partial<JournalStatus>, sequence = 0, fsync = 'interval'): string[] =>
    codes(
      channel({
        journal: { ...OK, ...more },
        tail: { position: 0, sequence },
        agreement: { 'persistence.fsync': fsync },
        producers: [producer()],
      }),
    );

  it('that is stopped is unhealthy, that skips degraded', () => {
    assert.deepEqual(journal({ state: 'stopped', error: 'ENOSPC' }), ['unhealthy journal-stopped']);
    assert.deepEqual(journal({ state: 'skipping', error: 'ENOSPC' }), ['degraded journal-skipping']);
  });

  it('that nobody writes is degraded while anybody uses the channel', () => {
    assert.deepEqual(journal({ state: 'none' }), ['degraded journal-absent']);
    assert.deepEqual(codes(channel({ journal: { ...OK, state: 'none' } })), []);
  });

  it('that is behind the channel, or its disk behind it, is degraded above the threshold', () => {
    assert.deepEqual(journal({}, 1_000_000), []);
    assert.deepEqual(journal({}, 1_000_001), ['degraded journal-behind']);
    assert.deepEqual(journal({ written: 1_000_000 }, 1_000_000), []);
    assert.deepEqual(journal({ written: 1_000_001 }, 1_000_001), ['degraded journal-behind']);
    assert.deepEqual(journal({ written: 1_000_001, durable: 1 }, 1_000_001), []);
    assert.deepEqual(journal({ written: 1_000_001 }, 1_000_001, 'never'), [], 'fsync = "never" asks for no disk');
  });
});
