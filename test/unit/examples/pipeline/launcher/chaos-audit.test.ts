import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { ResolvedConfig } from 'alphapulse-bus';
import { ChaosAudit, type ChaosFacts } from '../../../../../examples/pipeline/launcher/chaos-audit.js';
import { InputBook, OutputBook } from '../../../../../examples/pipeline/stage/accounts.js';
import { Tally } from '../../../../../examples/pipeline/stage/tally.js';
import { temporaryDirectory } from '../../../../kit/temporary-channel.js';

const channel = { name: 'quotes', producers: ['feed'], consumers: ['reader'] };
const config = { channels: new Map([['quotes', channel]]) } as unknown as ResolvedConfig;

interface Run {
  /** What each life of the producer counted. */
  readonly wrote: readonly number[];
  /** Sequence, life and number of each message that came, in turn. */
  readonly came: readonly (readonly [sequence: number, life: number, n: number, checksum?: number])[];
  readonly lost?: number;
  readonly unread?: number;
  readonly readerKills?: number;
}

const checksumOf = (n: number): number => n * 31;

/** Keeps the books of such a run, and audits them. */
function audit(t: TestContext, { wrote, came, lost = 0, unread = 0, readerKills = 0 }: Run): ChaosAudit {
  const directory = temporaryDirectory(t);
  for (const [life, messages] of wrote.entries()) {
    const tally = new Tally('feed');
    for (let n = 0; n < messages; n++) tally.add(n, checksumOf(n));
    const output = new OutputBook(directory, 'feed', 'quotes', life);
    output.save(messages, tally.digest, 0);
    output.close();
  }
  const input = new InputBook(directory, 'reader', 'quotes', ['feed']);
  for (const [sequence, life, n, checksum = checksumOf(n)] of came) {
    if (input.hasCounted(sequence)) input.countAgain();
    else input.count(sequence, 'feed', life, n, checksum);
  }
  input.close();
  const facts: ChaosFacts = {
    config,
    directory,
    lives: new Map([
      ['feed', wrote.length],
      ['reader', 1 + readerKills],
    ]),
    kills: new Map([
      ['feed', wrote.length - 1],
      ['reader', readerKills],
    ]),
    lost: new Map([['reader quotes', lost]]),
    unread: new Map([['reader quotes', unread]]),
  };
  return new ChaosAudit(facts);
}

/** Messages 0 to `count` - 1 of a life, from a sequence on. */
function plain(sequence: number, life: number, count: number): [number, number, number][] {
  return Array.from({ length: count }, (_, n) => [sequence + n, life, n]);
}

describe('the audit of a run in which services were killed', () => {
  const right: readonly (readonly [string, Run])[] = [
    ['all came', { wrote: [3, 2], came: [...plain(0, 0, 3), ...plain(3, 1, 2)] }],
    [
      'a killed producer wrote one that it did not count',
      { wrote: [3, 2], came: [...plain(0, 0, 4), ...plain(4, 1, 2)] },
    ],
    ['messages came again', { wrote: [4], came: [...plain(0, 0, 3), [1, 0, 1], [2, 0, 2], [3, 0, 3]], readerKills: 1 }],
    ['a claim died with its producer', { wrote: [2, 1], came: [...plain(0, 0, 2), [3, 1, 0]], lost: 1 }],
    [
      'messages were overwritten and counted',
      {
        wrote: [9],
        came: [
          [0, 0, 0],
          [5, 0, 5],
          [6, 0, 6],
          [7, 0, 7],
          [8, 0, 8],
        ],
        lost: 4,
        readerKills: 1,
      },
    ],
  ];
  for (const [what, run] of right) {
    it(`adds up when ${what}`, (t) => {
      assert.deepEqual(
        audit(t, run).checks.filter(({ ok }) => !ok),
        [],
      );
    });
  }

  const wrong: readonly (readonly [string, Run, RegExp])[] = [
    ['a counted message did not come', { wrote: [3], came: plain(0, 0, 2) }, /1 messages missing, but 0 sequences/],
    [
      'more came than a kill explains',
      { wrote: [3, 1], came: [...plain(0, 0, 5), [5, 1, 0]] },
      /feed 0 wrote 3, but 5 came/,
    ],
    ['one more came though nobody was killed', { wrote: [3], came: plain(0, 0, 4) }, /feed 0 wrote 3, but 4 came/],
    ['a message was altered', { wrote: [3], came: [...plain(0, 0, 2), [2, 0, 2, 5]] }, /are not those it wrote/],
    [
      'messages vanished without being counted',
      {
        wrote: [9],
        came: [
          [0, 0, 0],
          [8, 0, 8],
        ],
      },
      /7 sequences missing, but 0 counted lost/,
    ],
    [
      'something is counted lost that came',
      { wrote: [2], came: plain(0, 0, 2), lost: 1 },
      /1 counted lost, but 0 sequences missing/,
    ],
    [
      'more died than were killed',
      {
        wrote: [1, 1],
        came: [
          [0, 0, 0],
          [4, 1, 0],
        ],
        lost: 3,
      },
      /3 died with their producers, of which 1 were killed/,
    ],
    ['something was left unread', { wrote: [2], came: plain(0, 0, 2), unread: 3 }, /3 left unread/],
    [
      'a life was heard that never was',
      {
        wrote: [1],
        came: [
          [0, 0, 0],
          [1, 7, 0],
        ],
      },
      /feed 7, which never was/,
    ],
  ];
  for (const [what, run, expected] of wrong) {
    it(`does not add up when ${what}`, (t) => {
      const failed = audit(t, run).checks.filter(({ ok }) => !ok);
      assert.match(failed.map(({ text }) => text).join('\n'), expected);
    });
  }

  it('says how many came, again, and were lost, and why', (t) => {
    const run = {
      wrote: [9, 1],
      came: [
        [0, 0, 0],
        [5, 0, 5],
        [5, 0, 5],
        [6, 0, 6],
        [7, 0, 7],
        [8, 0, 8],
        [10, 1, 0],
      ],
      lost: 5,
      readerKills: 1,
    } as const;
    const [row] = audit(t, run).rows;
    assert.deepEqual(row, {
      channel: 'quotes',
      consumer: 'reader',
      written: 10,
      writtenAtMost: 11,
      delivered: 6,
      redelivered: 1,
      lost: 5,
      overwritten: 4,
    });
  });
});
