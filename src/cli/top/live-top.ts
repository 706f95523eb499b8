import type { Clock, WallClock } from '../../platform/clock.js';
import type { Output } from '../output.js';
import { pause } from '../pause.js';
import { dieOfHangUp } from '../signals.js';
import { checkHealth } from '../../observe/health/check-health.js';
import type { TopLook } from './look/top-model.js';
import type { TopSource } from './look/top-source.js';
import { Terminal } from './terminal/terminal.js';
import type { Glyphs } from './view/charts.js';
import { drawScreen, type Screen } from './view/screen.js';
import { paintLine } from './view/styled-text.js';
import { pressKey, type ViewState, type Wish } from './view/view-state.js';

/** As long as a paused view waits for a key. */
const LONG_MS = 3_600_000;

export interface LiveOptions {
  readonly source: TopSource;
  /** Of all names; typed filters come on top of it. */
  readonly part: string;
  readonly sort: string;
  readonly intervalMs: number;
  readonly glyphs: Glyphs;
  readonly output: Output;
  readonly clock: Clock;
  readonly wallClock: WallClock;
}

/** The screen as it lives: looks, draws, and does what keys ask for, until it is told to end. */
export class LiveTop {
  private readonly options: LiveOptions;
  private readonly terminal: Terminal;
  private view: ViewState;
  private seen: TopLook = { samples: [], unusable: [], health: checkHealth([]) };
  private seenMs = -Infinity;
  private screen: Screen | undefined;
  private time = '';
  private isOver = false;
  private waking = new AbortController();

  constructor(options: LiveOptions) {
    this.options = options;
    const { sort, intervalMs } = options;
    this.view = {
      screen: 'list',
      selected: undefined,
      sort,
      isInverted: false,
      filter: '',
      isTyping: false,
      isPaused: false,
      intervalMs,
      scroll: 0,
    };
    this.terminal = new Terminal(options.output, {
      key: (key) => this.press(key),
      changed: () => this.waking.abort(),
      gone: dieOfHangUp,
    });
  }

  /** Resolves when somebody wants no more. */
  async run(told: AbortSignal): Promise<void> {
    const end = (): void => this.end();
    told.addEventListener('abort', end);
    using terminal = this.terminal;
    terminal.open();
    try {
      while (!this.isOver && !told.aborted) await this.turn();
    } finally {
      told.removeEventListener('abort', end);
    }
  }

  private async turn(): Promise<void> {
    this.waking = new AbortController();
    const { intervalMs, isPaused } = this.view;
    // who is not read needs no look either
    if (!isPaused && this.terminal.isReady && this.nowMs() - this.seenMs >= intervalMs) await this.look();
    this.draw();
    const restMs = isPaused ? LONG_MS : this.seenMs + this.view.intervalMs - this.nowMs();
    await pause(restMs > 0 ? restMs : intervalMs, this.waking.signal);
  }

  private async look(): Promise<void> {
    const { source, part, wallClock } = this.options;
    this.seen = await source.look(part);
    this.seenMs = this.nowMs();
    this.time = new Date(wallClock.nowMs()).toISOString().slice(11, 19);
  }

  private draw(): void {
    const { source, glyphs, output } = this.options;
    const around = { place: source.place, time: this.time, complaint: source.complaint, glyphs };
    this.screen = drawScreen(this.seen, this.view, this.terminal.size, around);
    this.view = { ...this.view, scroll: this.screen.scroll };
    this.terminal.show(this.screen.lines.map((line) => paintLine(line, output.color)));
  }

  private press(key: string): void {
    const { state, wish } = pressKey(this.view, key, this.screen ?? { channels: [], pageRows: 1 });
    this.view = state;
    if (wish !== undefined) this.grant(wish);
    this.waking.abort();
  }

  private grant(wish: Wish): void {
    switch (wish) {
      case 'quit':
        return this.end();
      case 'suspend':
        return this.terminal.suspend();
      case 'redraw-all':
        return this.terminal.forget();
      case 'begin-anew':
        this.options.source.beginAnew();
        this.seenMs = -Infinity;
        return;
      case 'look':
        this.seenMs = -Infinity;
    }
  }

  private end(): void {
    this.isOver = true;
    this.waking.abort();
  }

  private nowMs(): number {
    return this.options.clock.monotonicNs() / 1e6;
  }
}
