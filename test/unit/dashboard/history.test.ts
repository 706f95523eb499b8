import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unusableView } from '#src/dashboard/channel-view.js';
import { History } from '#src/dashboard/history.js';
import type { ChannelView, HistoryAnswer } from '#src/dashboard/wire.js';

const BEGAN = 1_790_000_000_000;
const HOUR_MS = 3_600_000;

type Figures = Partial<Pick<ChannelView, 'perSecond' | 'used' | 'lag' | 'latency'>>;

function view(name: string, figures: Figures = {}): ChannelView {
  return { ...unusableView(name, '', ''), state: 'live', isMeasured: true, ...figures };
}

/** What it has of a channel, one object a row, at seconds since the beginning. */
function rowsOf(answer: HistoryAnswer): Record<string, number | null | undefined>[] {
  const { channel: _, at, ...columns } = answer;
  for (const column of Object.values(columns)) assert.equal(column.length, at.length);
  return at.map((ms, index) => ({
    at: (ms - BEGAN) / 1000,
    ...Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[index]])),
  }));
}

function lags(answer: HistoryAnswer): (number | null | undefined)[][] {
  return rowsOf(answer).map(({ at, lag }) => [at, lag]);
}

/** Looks at one channel, whose lag is the number of the look. */
function watch(history: History, looks: number, everyMs: number, name = 'quotes'): void {
  for (let n = 0; n < looks; n++) {
    history.begin(BEGAN + n * everyMs, false);
    history.note(view(name, { lag: n }));
  }
}

describe('the history of a channel', () => {
  it('is what each look has found, latencies where there were any, in four digits', () => {
    const history = new History(10);
    history.begin(BEGAN, false);
    history.note(view('quotes', { perSecond: 12_345.678, used: 0.25, lag: 7, latency: { count: 0 } }));
    history.begin(BEGAN + 500, false);
    const latency = { count: 9, p50: 1234, p99: 56_789, p999: 1e9, max: 1e9 };
    history.note(view('quotes', { perSecond: 0, used: 1, lag: 0, latency }));
    assert.deepEqual(rowsOf(history.of('quotes')), [
      { at: 0, perSecond: 12_350, used: 0.25, lag: 7, p50: null, p99: null, p999: null },
      { at: 0.5, perSecond: 0, used: 1, lag: 0, p50: 1234, p99: 56_790, p999: 1e9 },
    ]);
  });

  it('is empty where a channel was never seen', () => {
    const history = new History(10);
    assert.deepEqual(rowsOf(history.of('quotes')), []);
    history.begin(BEGAN, false);
    assert.deepEqual(rowsOf(history.of('quotes')), []);
  });

  it('has all columns as JSON has them: of equal length, null in a gap', () => {
    const history = new History(10);
    watch(history, 1, 500);
    history.begin(BEGAN + 500, false);
    assert.equal(
      JSON.stringify(history.of('quotes')),
      `{"channel":"quotes","at":[${BEGAN},${BEGAN + 500}],"perSecond":[0,null],"used":[0,null],"lag":[0,null],` +
        '"p50":[null,null],"p99":[null,null],"p999":[null,null]}',
    );
  });

  it('has a gap where a channel was not there, and none before it was seen first', () => {
    const history = new History(10);
    for (let n = 0; n < 8; n++) {
      history.begin(BEGAN + n * 1000, false);
      history.note(view('other'));
      if (n === 2 || n > 5) history.note(view('quotes', { lag: n }));
    }
    assert.deepEqual(lags(history.of('quotes')), [
      [2, 2],
      [3, null],
      [6, 6],
      [7, 7],
    ]);
    assert.equal(history.of('other').at.length, 8);
  });

  it('has a gap where nobody looked', () => {
    const history = new History(10);
    watch(history, 2, 1000);
    history.begin(BEGAN + 60_000, true);
    history.note(view('quotes', { lag: 9 }));
    assert.deepEqual(lags(history.of('quotes')), [
      [0, 0],
      [1, 1],
      [1.001, null],
      [60, 9],
    ]);
    history.begin(BEGAN + 61_000, false);
    assert.equal(history.of('quotes').at.length, 5, 'no gap before the next one');
  });

  it('has older times in steps of ten seconds: the mean rate, and the worst of all else', () => {
    const history = new History(10);
    for (let n = 0; n < 1300; n++) {
      history.begin(BEGAN + n * 500, false);
      const latency = n % 4 === 0 ? { count: 1, p50: n + 1, p99: n + 1, p999: n + 1, max: n + 1 } : { count: 0 };
      history.note(
        view('quotes', { perSecond: n % 2 === 0 ? 100 : 300, used: n % 20 === 7 ? 0.5 : 0.1, lag: n, latency }),
      );
    }
    const rows = rowsOf(history.of('quotes'));
    const coarse = rows.slice(0, -600);
    assert.deepEqual(coarse.slice(0, 2), [
      { at: 0, perSecond: 200, used: 0.5, lag: 19, p50: 17, p99: 17, p999: 17 },
      { at: 10, perSecond: 200, used: 0.5, lag: 39, p50: 37, p99: 37, p999: 37 },
    ]);
    assert.deepEqual(
      coarse.map(({ at }) => at),
      Array.from({ length: 35 }, (_, n) => n * 10),
    );
    assert.deepEqual([rows[35]?.['at'], rows[35]?.['lag'], rows.at(-1)?.['lag']], [350, 700, 1299]);
    const times = history.of('quotes').at;
    assert.ok(
      times.every((at, index) => index === 0 || at > times[index - 1]!),
      'each time once, in order',
    );
  });

  it('keeps a gap when that is old', () => {
    const history = new History(10);
    watch(history, 20, 500);
    history.begin(BEGAN + 60_000, true);
    for (let n = 0; n < 700; n++) {
      history.begin(BEGAN + 60_500 + n * 500, false);
      history.note(view('quotes', { lag: 50 }));
    }
    assert.deepEqual(lags(history.of('quotes')).slice(0, 3), [
      [0, 19],
      [9.501, null],
      [60, 50],
    ]);
  });

  it('goes back for an hour', () => {
    const history = new History(10);
    watch(history, 4 * 3600, 500);
    const { at } = history.of('quotes');
    assert.ok(at.at(-1)! - at[0]! <= HOUR_MS && at.at(-1)! - at[0]! > HOUR_MS - 10_000);
    assert.ok(at.length < 1000, `${at.length}`);
  });

  it('is noted anew from there on when the clock is set back', () => {
    const history = new History(10);
    watch(history, 60, 1000);
    for (let n = 0; n < 3; n++) {
      history.begin(BEGAN + 25_500 + n * 1000, false);
      history.note(view('quotes', { lag: 100 + n }));
    }
    assert.deepEqual(lags(history.of('quotes')).slice(24), [
      [24, 24],
      [25, 25],
      [25.5, 100],
      [26.5, 101],
      [27.5, 102],
    ]);
  });

  it('is kept while the channel is away, for an hour', () => {
    const history = new History(10);
    watch(history, 1, 1000);
    history.begin(BEGAN + HOUR_MS, false);
    assert.equal(history.of('quotes').at.length, 2);
    history.begin(BEGAN + HOUR_MS + 1, false);
    assert.equal(history.of('quotes').at.length, 0);
  });

  it('is given up for another channel when there are too many, the longest gone first', () => {
    const history = new History(3);
    watch(history, 1, 500, 'first');
    for (const [n, name] of ['second', 'third', 'first', 'fourth'].entries()) {
      history.begin(BEGAN + 500 + n * 500, false);
      history.note(view(name));
    }
    const known = ['first', 'second', 'third', 'fourth'].filter((name) => history.of(name).at.length > 0);
    assert.deepEqual(known, ['first', 'third', 'fourth']);
  });
});
