import type { ChannelView, HistoryAnswer, HistoryColumn, LookMessage } from './wire.js';

/*
 * The page keeps its figures with this. It needs nothing of a browser, so it is tested without one.
 */

/** An hour: the server keeps as much. */
const SPAN_S = 3600;
/** When there are more points, the server is asked again: it has the older ones coarser. */
const POINTS_MAX = 3000;

/** `null`: a gap. `undefined`: nothing was measured, and the line goes on. */
export type Value = number | null | undefined;

/** What the charts show: columns of equal length. */
export type Series = Record<HistoryColumn, Value[]> & {
  /** Seconds since the epoch, ascending. */
  readonly at: number[];
};

/** What is needed of the server: what it knows of a channel, or undefined when it does not answer. */
export type AskHistory = (channel: string) => Promise<HistoryAnswer | undefined>;

const GAP: Readonly<Record<HistoryColumn, null>> = {
  perSecond: null,
  used: null,
  lag: null,
  p50: null,
  p99: null,
  p999: null,
};
const COLUMNS = Object.keys(GAP) as HistoryColumn[];

/** The figures of the chosen channel over time: what the server has kept of it, and then what comes with each look. */
export class ChannelHistory {
  channel: string | undefined;
  series: Series = emptySeries();
  private readonly ask: AskHistory;
  private readonly changed: () => void;
  /** Counts the questions: only the answer to the last one is wanted. */
  private asked = 0;
  private isAsking = false;

  /** `changed` is told when there is what the server has kept of a channel that was just chosen. */
  constructor(ask: AskHistory, changed: () => void) {
    this.ask = ask;
    this.changed = changed;
  }

  choose(channel: string): void {
    if (channel === this.channel) return;
    this.channel = channel;
    this.series = emptySeries();
    void this.fetch().then(this.changed);
  }

  /** The connection was lost, and is there again. What another server has told stays, before a gap. */
  resume(isOtherServer: boolean): void {
    const { series } = this;
    if (!isOtherServer || series.at.length === 0) return void this.fetch();
    pushGap(series);
    void this.fetch(series.at.at(-1));
  }

  /** One more look; `view` is what is known of the channel since. */
  add({ at, fault, isAfterGap }: LookMessage, view: ChannelView | undefined): void {
    const { series } = this;
    const seconds = at / 1000;
    // the clock of the server was set back
    while (series.at.length > 0 && series.at.at(-1)! >= seconds) pop(series);
    if (isAfterGap && series.at.length > 0) pushGap(series);
    push(series, seconds, fault === undefined && view?.isMeasured === true ? rowOf(view) : GAP);
    while (series.at[0]! < seconds - SPAN_S) shift(series);
    if (series.at.length <= POINTS_MAX) return;
    shift(series);
    if (!this.isAsking) void this.fetch();
  }

  /** Takes what the server knows in the place of all that is known, but for what is older than that or newer. */
  private async fetch(keptUntil = -Infinity): Promise<void> {
    const question = ++this.asked;
    this.isAsking = true;
    const answer = await this.ask(this.channel!);
    if (question !== this.asked) return;
    this.isAsking = false;
    if (answer === undefined) return;
    const { series } = this;
    const merged = emptySeries();
    copy(series, merged, (at) => at <= keptUntil);
    for (const [index, at] of answer.at.entries()) {
      if (at / 1000 > keptUntil) push(merged, at / 1000, answerRow(answer, index));
    }
    const knownUntil = merged.at.at(-1) ?? -Infinity;
    copy(series, merged, (at) => at > knownUntil);
    this.series = merged;
  }
}

type Row = Readonly<Record<HistoryColumn, Value>>;

function emptySeries(): Series {
  return { at: [], perSecond: [], used: [], lag: [], p50: [], p99: [], p999: [] };
}

function rowOf({ perSecond, used, lag, latency: { p50, p99, p999 } }: ChannelView): Row {
  return { perSecond, used: used * 100, lag, p50, p99, p999 };
}

function answerRow(answer: HistoryAnswer, index: number): Row {
  const used = answer.used[index] ?? null;
  if (used === null) return GAP;
  const of = (column: HistoryColumn): Value => answer[column][index] ?? undefined;
  return {
    perSecond: of('perSecond'),
    used: used * 100,
    lag: of('lag'),
    p50: of('p50'),
    p99: of('p99'),
    p999: of('p999'),
  };
}

function push(series: Series, at: number, row: Row): void {
  series.at.push(at);
  for (const column of COLUMNS) series[column].push(row[column]);
}

function pushGap(series: Series): void {
  push(series, series.at.at(-1)! + 0.001, GAP);
}

function copy(from: Series, to: Series, isWanted: (at: number) => boolean): void {
  for (const [index, at] of from.at.entries()) {
    if (!isWanted(at)) continue;
    to.at.push(at);
    for (const column of COLUMNS) to[column].push(from[column][index]);
  }
}

function pop(series: Series): void {
  series.at.pop();
  for (const column of COLUMNS) series[column].pop();
}

function shift(series: Series): void {
  series.at.shift();
  for (const column of COLUMNS) series[column].shift();
}
