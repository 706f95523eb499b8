import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ChannelHistory } from '#src/dashboard/channel-history.js';
import { unusableView } from '#src/dashboard/channel-view.js';
import { History } from '#src/dashboard/history.js';
import type { ChannelView, HistoryAnswer, LookMessage } from '#src/dashboard/wire.js';

const BEGAN = 1_790_000_000_000;
const MOMENT = {
  began: BEGAN,
  intervalMs: 500,
  directory: '/',
  isWhole: false,
  channels: [],
  gone: [],
  events: [],
  omitted: 0,
};

/** A server and a page; what the page asks is answered when the test says so. */
class Pair {
  history = new History(10);
  readonly page: ChannelHistory;
  told = 0;
  private readonly questions: ((answer: HistoryAnswer | undefined) => void)[] = [];

  constructor() {
    const ask = async (): Promise<HistoryAnswer | undefined> => new Promise((resolve) => this.questions.push(resolve));
    this.page = new ChannelHistory(ask, () => (this.told += 1));
  }

  /** The server looks. What it answers is what the page would be told. */
  look(seconds: number, lag: number | undefined, isAfterGap = false): [LookMessage, ChannelView | undefined] {
    const at = BEGAN + seconds * 1000;
    this.history.begin(at, isAfterGap);
    const view = { ...unusableView('quotes', '', ''), isMeasured: true, used: 0.5, lag: lag ?? 0 };
    if (lag !== undefined) this.history.note(view);
    return [{ ...MOMENT, at, isAfterGap }, lag === undefined ? undefined : view];
  }

  /** The server looks, and the page is told. */
  both(seconds: number, lag: number | undefined, isAfterGap = false): void {
    this.page.add(...this.look(seconds, lag, isAfterGap));
  }

  /** An answer as it is now, which has not arrived yet. */
  answer(): HistoryAnswer {
    return this.history.of('quotes');
  }

  /** It arrives, at the oldest question. */
  async arrive(answer: HistoryAnswer | undefined): Promise<void> {
    this.questions.shift()!(answer);
    await new Promise((resolve) => setImmediate(resolve));
  }

  get asked(): number {
    return this.questions.length;
  }

  get rows(): unknown[][] {
    const { at, lag } = this.page.series;
    return at.map((seconds, index) => [Math.round(seconds * 1000 - BEGAN) / 1000, lag[index]]);
  }
}

/** Five looks before the page is there. */
function begun(): Pair {
  const pair = new Pair();
  for (let n = 0; n < 5; n++) pair.look(n, n);
  pair.page.choose('quotes');
  return pair;
}

const FIVE = [
  [0, 0],
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 4],
];

describe('what a page shows of a channel over time', () => {
  it('is what the server has kept, then what comes', async () => {
    const pair = begun();
    assert.deepEqual(pair.rows, []);
    await pair.arrive(pair.answer());
    assert.deepEqual([pair.rows, pair.told], [FIVE, 1]);
    assert.equal(pair.page.series.used[0], 50);
    pair.both(5, 5);
    assert.deepEqual(pair.rows, [...FIVE, [5, 5]]);
  });

  it('has each look once, whether it is told before the answer is made, before it comes, or after', async () => {
    const pair = begun();
    pair.both(5, 5);
    const late = pair.look(6, 6);
    const answer = pair.answer();
    pair.both(7, 7);
    await pair.arrive(answer);
    assert.deepEqual(pair.rows, [...FIVE, [5, 5], [6, 6], [7, 7]]);
    const other = begun();
    const told = other.look(5, 5);
    await other.arrive(other.answer());
    other.page.add(...told);
    other.page.add(...late);
    assert.deepEqual(other.rows, [...FIVE, [5, 5], [6, 6]]);
  });

  it('has the same gaps in what was kept as in what came', async () => {
    const live = new Pair();
    live.page.choose('quotes');
    await live.arrive(live.answer());
    for (const [seconds, lag, isAfterGap] of [
      [0, 0],
      [1, 1],
      [2, undefined],
      [3, 3],
      [60, 60, true],
      [61, 61],
    ] as const)
      live.both(seconds, lag, isAfterGap);
    const gaps = [
      [0, 0],
      [1, 1],
      [2, null],
      [3, 3],
      [3.001, null],
      [60, 60],
      [61, 61],
    ];
    assert.deepEqual(live.rows, gaps);
    live.page.resume(false);
    await live.arrive(live.answer());
    assert.deepEqual(live.rows, gaps);
  });

  it('has lines that go on where no latency was timed', async () => {
    const pair = begun();
    await pair.arrive(pair.answer());
    assert.deepEqual(pair.page.series.p50, [undefined, undefined, undefined, undefined, undefined]);
    pair.both(5, undefined);
    assert.deepEqual(pair.page.series.p50.at(-1), null);
  });

  it('goes on with what comes when the server does not say what it has kept', async () => {
    const pair = begun();
    pair.both(5, 5);
    await pair.arrive(undefined);
    pair.both(6, 6);
    assert.deepEqual(pair.rows, [
      [5, 5],
      [6, 6],
    ]);
  });

  it('is of the channel that was chosen last, whichever answer comes first', async () => {
    const pair = begun();
    const answer = pair.answer();
    pair.page.choose('orders');
    await pair.arrive(answer);
    assert.equal(pair.rows.length, 0);
    await pair.arrive({ ...answer, channel: 'orders', lag: [9, 9, 9, 9, 9] });
    assert.deepEqual(
      pair.rows.map(([, lag]) => lag),
      [9, 9, 9, 9, 9],
    );
  });

  it('has no seam where the connection was lost and came back', async () => {
    const pair = begun();
    await pair.arrive(pair.answer());
    pair.look(5, 5);
    pair.look(6, 6);
    pair.page.resume(false);
    pair.both(7, 7);
    await pair.arrive(pair.answer());
    assert.deepEqual(pair.rows, [...FIVE, [5, 5], [6, 6], [7, 7]]);
  });

  it('keeps what another server has told, before a gap', async () => {
    const pair = begun();
    await pair.arrive(pair.answer());
    pair.history = new History(10);
    pair.look(30, 30);
    pair.page.resume(true);
    pair.both(31, 31);
    await pair.arrive(pair.answer());
    assert.deepEqual(pair.rows, [...FIVE, [4.001, null], [30, 30], [31, 31]]);
  });

  it('asks again when there are many points, and then has the older ones coarser, of an hour at most', async () => {
    const pair = new Pair();
    pair.page.choose('quotes');
    await pair.arrive(pair.answer());
    for (let n = 0; n < 10_000; n++) {
      pair.both(n, n);
      if (pair.asked > 0) await pair.arrive(pair.answer());
      assert.ok(pair.page.series.at.length <= 3000);
    }
    const { at } = pair.page.series;
    assert.ok(at.every((seconds, index) => index === 0 || seconds > at[index - 1]!));
    assert.ok(at.at(-1)! - at[0]! <= 3600 && at.at(-1)! - at[0]! > 3500);
    assert.deepEqual(pair.rows.at(-1), [9999, 9999]);
  });
});
