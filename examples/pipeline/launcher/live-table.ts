import type { ResolvedChannel, ResolvedConfig } from 'alphapulse-bus';
import { endpoint, writtenTo } from './audit.js';
import { formatCount, formatNs, formatTable } from './format.js';
import type { Options } from './options.js';
import { isLiveTerminal, paintFor } from './paint.js';
import type { PipelineRun } from './pipeline-run.js';

const REDRAW_MS = 250;
/** Where the screen cannot be redrawn, a line now and then is enough. */
const LINE_MS = 1000;
const CLEAR_BELOW = '\u001b[0J';
const UNKNOWN_COLUMNS = 80;
/** Of the drawn lines; the first one is empty. */
const HEADER_LINE = 1;

/**
 * Shows a run while it goes: for each channel the rate, the lag of the slowest consumer, and the latencies of the slowest
 * one since the last report. On a terminal the table stays in place; elsewhere it becomes one line a second.
 */
export class LiveTable {
  readonly #run: PipelineRun;
  readonly #config: ResolvedConfig;
  readonly #options: Options;
  readonly #isTerminal = isLiveTerminal(process.stdout);
  readonly #paint = paintFor(process.stdout);
  #timer: NodeJS.Timeout | undefined;
  #linesDrawn = 0;
  readonly #lastWritten = new Map<string, number>();
  #lastMs = 0;

  constructor(run: PipelineRun, config: ResolvedConfig, options: Options) {
    this.#run = run;
    this.#config = config;
    this.#options = options;
  }

  start(): void {
    this.#lastMs = performance.now();
    this.#timer = setInterval(() => this.#draw(), this.#isTerminal ? REDRAW_MS : LINE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#isTerminal && this.#timer !== undefined) this.#draw();
  }

  #draw(): void {
    const nowMs = performance.now();
    const seconds = (nowMs - this.#lastMs) / 1000;
    this.#lastMs = nowMs;
    const channels = [...this.#config.channels.values()].map((channel) => this.#measure(channel, seconds));
    if (!this.#isTerminal) {
      const states = channels.map(
        ({ name, rate, lag, p50Ns, p99Ns }) =>
          `${name} ${formatCount(rate)}/s lag ${formatCount(lag)} p50 ${formatNs(p50Ns)} p99 ${formatNs(p99Ns)}`,
      );
      process.stdout.write(`${[this.#progress(), ...states].join(' | ')}\n`);
      return;
    }
    const rows = channels.map(({ name, rate, written, lag, p50Ns, p99Ns }) => [
      name,
      `${formatCount(rate)}/s`,
      formatCount(written),
      formatCount(lag),
      formatNs(p50Ns),
      formatNs(p99Ns),
    ]);
    const table = formatTable([['channel', 'rate', 'written', 'lag', 'p50', 'p99'], ...rows], 1);
    this.#redraw(['', ...table, '', this.#progress(), this.#facts()]);
  }

  /** Draws over what was drawn before. A line that the terminal would wrap is cut, or the count of lines would be wrong. */
  #redraw(lines: readonly string[]): void {
    const columns = process.stdout.columns > 0 ? process.stdout.columns : UNKNOWN_COLUMNS;
    const shown = lines.map((line, index) => {
      const cut = line.slice(0, columns - 1);
      return index === HEADER_LINE ? this.#paint.bold(cut) : cut;
    });
    const home = this.#linesDrawn === 0 ? '' : `\u001b[${this.#linesDrawn}A\r`;
    process.stdout.write(`${home}${CLEAR_BELOW}${shown.join('\n')}\n`);
    this.#linesDrawn = shown.length;
  }

  #measure(channel: ResolvedChannel, seconds: number) {
    const { name } = channel;
    const { reports } = this.#run;
    const written = writtenTo(channel, reports);
    // a service that was killed begins to count anew
    const rate = Math.max(0, written - (this.#lastWritten.get(name) ?? 0)) / seconds;
    this.#lastWritten.set(name, written);
    const consumers = channel.consumers.map((service) => endpoint(reports, service, name, 'consumer'));
    return {
      name,
      written,
      rate,
      lag: Math.max(...consumers.map((consumer) => consumer?.lag ?? 0)),
      p50Ns: Math.max(...consumers.map((consumer) => consumer?.latency?.p50Ns ?? 0)),
      p99Ns: Math.max(...consumers.map((consumer) => consumer?.latency?.p99Ns ?? 0)),
    };
  }

  #progress(): string {
    const elapsed = (performance.now() - this.#run.startedMs) / 1000;
    const progress = this.#run.reports.get('polygon_collector')?.progress;
    const ofLimit = this.#options.durationMs === 0 ? '' : ` of ${(this.#options.durationMs / 1000).toFixed(1)} s`;
    const share = progress === undefined ? '' : `  ${Math.round(progress * 100)} %`;
    const stopping = this.#run.wasStopped ? '  stopping: what is under way is carried through' : '';
    return `${elapsed.toFixed(1)} s${ofLimit}${share}${stopping}`;
  }

  #facts(): string {
    const { reports } = this.#run;
    const endToEnd = reports.get('risk_monitor')?.endToEnd;
    const dashboard = reports.get('dashboard')?.facts ?? {};
    const shown = Object.entries(dashboard).map(([name, value]) => `${name} ${value}`);
    const tickToRisk = `quote to risk monitor: p50 ${formatNs(endToEnd?.p50Ns)}, p99 ${formatNs(endToEnd?.p99Ns)}`;
    return [tickToRisk, ...shown].join('   ');
  }
}
