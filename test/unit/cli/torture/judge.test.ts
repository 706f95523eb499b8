import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge, type Accounts, type ConsumerAccount, type ProducerAccount } from '#src/cli/torture/judge.js';

const FAULTLESS = { torn: 0, reordered: 0, duplicated: 0, skipped: 0, missing: 0 };

function producer(change: Partial<ProducerAccount> = {}): ProducerAccount {
  return { life: 1, attempted: 10, accepted: 10, abortsBegun: 0, aborts: 0, killed: false, ...change };
}

function consumer(delivered: readonly number[], change: Partial<ConsumerAccount> = {}): ConsumerAccount {
  return {
    name: 'consumer_0',
    nextSequence: 10,
    missing: 0,
    missingWhileAway: 0,
    timesLeftBehind: 0,
    lost: 0,
    lostAgainMax: 0,
    kills: 0,
    redelivered: 0,
    faults: FAULTLESS,
    deliveredOf: (life) => delivered[life - 1] ?? 0,
    ...change,
  };
}

function accounts(change: Partial<Accounts> = {}): Accounts {
  return { end: 10, hasOneProducer: false, producers: [producer()], consumers: [consumer([10])], ...change };
}

describe('the balance of a storm', () => {
  it('adds up when everything accepted was delivered', () => assert.deepEqual(judge(accounts()), []));

  it('adds up when a claim that died is missing and counted lost, and one that was aborted is missing and not', () => {
    const producers = [
      producer({ attempted: 6, accepted: 5, abortsBegun: 1, aborts: 1, killed: true }),
      producer({ life: 2, attempted: 3, accepted: 3 }),
    ];
    const consumers = [consumer([5, 3], { missing: 2, lost: 1 })];
    assert.deepEqual(judge(accounts({ producers, consumers })), []);
  });

  it('adds up when a killed producer had committed what it was never told', () => {
    const producers = [producer({ attempted: 10, accepted: 9, killed: true })];
    assert.deepEqual(judge(accounts({ producers })), []);
  });

  it('adds up when messages were overwritten while a consumer was away, and counted', () => {
    const away = { missing: 4, missingWhileAway: 4, timesLeftBehind: 1, lost: 4, kills: 1 };
    assert.deepEqual(judge(accounts({ consumers: [consumer([6], away)] })), []);
  });

  const wrong: readonly (readonly [string, Partial<Accounts>, RegExp])[] = [
    ['a fault of the witness', { consumers: [consumer([10], { faults: { ...FAULTLESS, torn: 2 } })] }, /2 times torn/],
    ['a consumer that did not come to the end', { end: 11 }, /the channel ends at 11/],
    [
      'an accepted message that did not come',
      { end: 9, consumers: [consumer([9], { nextSequence: 9 })] },
      /10 messages of life 1 were accepted, but 9 delivered/,
    ],
    [
      'a message that nobody attempted',
      { end: 11, consumers: [consumer([11], { nextSequence: 11 })] },
      /11 messages of life 1 were delivered, but 10 attempted/,
    ],
    [
      'a gap that nobody died for',
      { end: 11, consumers: [consumer([10], { nextSequence: 11, missing: 1, lost: 1 })] },
      /1 sequences went missing while it was there/,
    ],
    [
      'a gap that is not counted',
      {
        end: 11,
        producers: [producer({ attempted: 11, killed: true })],
        consumers: [consumer([10], { nextSequence: 11, missing: 1 })],
      },
      /only 0 counted lost/,
    ],
    [
      'something counted lost that came',
      { consumers: [consumer([10], { lost: 1 })] },
      /1 are counted lost, of at most 0/,
    ],
    ['more sequences than messages', { consumers: [consumer([10], { nextSequence: 12 })] }, /not the 12 sequences/],
    [
      'more undelivered than overwritten',
      { consumers: [consumer([6], { missing: 4, missingWhileAway: 3, timesLeftBehind: 1, lost: 4 })] },
      /4 accepted messages did not come; 3 were overwritten/,
    ],
    [
      'a gap in a channel of one producer',
      {
        end: 11,
        hasOneProducer: true,
        producers: [producer({ attempted: 11, killed: true })],
        consumers: [consumer([10], { nextSequence: 11, missing: 1, lost: 1 })],
      },
      /0 claims were aborted, 0 died/,
    ],
    [
      'consumers that got different messages',
      { consumers: [consumer([10]), consumer([9], { name: 'consumer_1', nextSequence: 10, missing: 1 })] },
      /got different numbers of messages of life 1/,
    ],
  ];
  for (const [what, change, expected] of wrong) {
    it(`does not add up with ${what}`, () => assert.match(judge(accounts(change)).join('\n'), expected));
  }
});
