import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareLooks, emptyLook, withEndsKept, type Look } from '#src/liveness/events.js';
import type { EndpointInfo } from '#src/liveness/inspect.js';

const READER: EndpointInfo = {
  role: 'consumer',
  name: 'reader',
  slot: 0,
  pid: 100,
  state: 'alive',
  reason: undefined,
  loopLagMs: 0,
  lag: { messages: 0, bytes: 0 },
  lost: 0,
  gating: true,
  generation: 1,
  deaths: 0,
  evictions: 0,
  attachedNs: 1n,
};
const WRITER: EndpointInfo = {
  ...READER,
  role: 'producer',
  name: 'writer',
  pid: 200,
  lag: undefined,
  lost: undefined,
  gating: undefined,
  evictions: undefined,
};

function look(endpoints: readonly EndpointInfo[], repairs = 0, hasOneProducer = true): Look {
  return { channel: 'test', atNs: 7n, hasOneProducer, repairs, endpoints };
}

/** What is told between two looks, as `type name pid`. */
function told(before: readonly EndpointInfo[], after: readonly EndpointInfo[], hasOneProducer = true): string[] {
  const first = look(before, 0, hasOneProducer);
  const events = compareLooks(first, withEndsKept(first, look(after, 0, hasOneProducer)));
  return events.map((event) => ('name' in event ? `${event.type} ${event.name} ${event.pid}` : event.type));
}

describe('between two looks at a channel', () => {
  it('nothing is told when nothing happened', () => {
    assert.deepEqual(told([READER, WRITER], [{ ...READER, lag: { messages: 9, bytes: 576 } }, WRITER]), []);
  });

  it('who is new has attached; in a new channel everybody', () => {
    assert.deepEqual(told([WRITER], [WRITER, READER]), ['attached reader 100']);
    const events = compareLooks(emptyLook('test'), look([WRITER, READER]));
    assert.deepEqual(
      events.map(({ type }) => type),
      ['attached', 'attached'],
    );
  });

  it('a slot that is kept for somebody who has not come yet is nobody', () => {
    const kept = { ...READER, generation: 0, pid: 0, state: 'detached' } as const;
    assert.deepEqual(told([], [kept]), []);
    assert.deepEqual(told([kept], [READER]), ['attached reader 100']);
  });

  it('who closed has detached, who is gone without has died', () => {
    assert.deepEqual(told([READER], [{ ...READER, state: 'detached' }]), ['detached reader 100']);
    assert.deepEqual(told([READER], [{ ...READER, state: 'dead' }]), ['died reader 100']);
    assert.deepEqual(told([{ ...READER, state: 'dead' }], [{ ...READER, state: 'dead' }]), [], 'once');
  });

  it('who came and went in between is told in that order', () => {
    assert.deepEqual(told([], [{ ...READER, state: 'dead' }]), ['attached reader 100', 'died reader 100']);
  });

  it('a death that was not seen is told from what the next endpoint counted', () => {
    const next = { ...READER, generation: 2, pid: 101 };
    assert.deepEqual(told([READER], [{ ...next, deaths: 1 }]), ['died reader 100', 'attached reader 101']);
    assert.deepEqual(told([READER], [next]), ['detached reader 100', 'attached reader 101']);
    assert.deepEqual(told([{ ...READER, state: 'dead' }], [{ ...next, deaths: 1 }]), ['attached reader 101']);
  });

  it('a slot that went to another name: its former owner is gone', () => {
    const other = { ...READER, name: 'other', generation: 2, pid: 102 };
    assert.deepEqual(told([{ ...READER, state: 'detached' }], [other]), ['attached other 102']);
    assert.deepEqual(told([READER], [other]), ['detached reader 100', 'attached other 102']);
  });

  it('an end is final for its generation: who attaches has the token before the slot says so', () => {
    const dead = { ...READER, state: 'dead' } as const;
    const first = look([dead]);
    const between = withEndsKept(first, look([READER]));
    assert.equal(between.endpoints[0]?.state, 'dead');
    assert.deepEqual(compareLooks(first, between), []);
    assert.deepEqual(told(between.endpoints, [{ ...READER, generation: 2, deaths: 1 }]), ['attached reader 100']);
  });

  it('stalled and suspect are told, with the reason, and their end', () => {
    const stalled = { ...READER, state: 'stalled', reason: 'it reads nothing' } as const;
    const suspect = { ...READER, state: 'suspect', reason: 'it is stopped' } as const;
    assert.deepEqual(told([READER], [stalled]), ['stalled reader 100']);
    assert.deepEqual(told([stalled], [suspect]), ['stalled reader 100']);
    assert.deepEqual(told([suspect], [READER]), ['recovered reader 100']);
    const [event] = compareLooks(look([READER]), look([suspect]));
    assert.ok(event?.type === 'stalled');
    assert.deepEqual([event.state, event.reason, event.channel, event.atNs], ['suspect', 'it is stopped', 'test', 7n]);
  });

  it('an eviction is told with the state, also when the consumer came back at once', () => {
    assert.deepEqual(told([READER], [{ ...READER, evictions: 1, gating: false }]), ['evicted reader 100']);
    assert.deepEqual(told([{ ...READER, state: 'stalled' }], [{ ...READER, evictions: 1, lost: 5 }]), [
      'evicted reader 100',
      'recovered reader 100',
    ]);
  });

  it('a failover is another producer of a single-producer channel whose producer had died', () => {
    const next = { ...WRITER, name: 'backup', pid: 201, generation: 2, deaths: 1 };
    const expected = ['died writer 200', 'attached backup 201', 'failover backup 201'];
    assert.deepEqual(told([WRITER], [next]), expected);
    assert.deepEqual(told([{ ...WRITER, state: 'dead' }], [next]), expected.slice(1));
    assert.deepEqual(told([WRITER], [next], false), expected.slice(0, 2), 'not where there are many');
    assert.deepEqual(told([{ ...WRITER, state: 'detached' }], [{ ...next, deaths: 0 }]), ['attached backup 201']);
    const events = compareLooks(look([{ ...WRITER, state: 'dead' }]), look([next]));
    const event = events.find(({ type }) => type === 'failover');
    assert.ok(event?.type === 'failover');
    assert.deepEqual([event.previousName, event.previousPid], ['writer', 200]);
  });

  it('repairs are told with their number', () => {
    assert.deepEqual(compareLooks(look([], 3), look([], 5)), [
      { type: 'repaired', channel: 'test', atNs: 7n, repairs: 2, total: 5 },
    ]);
  });
});
