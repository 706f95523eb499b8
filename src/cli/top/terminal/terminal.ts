import { pause } from '../../pause.js';
import type { Output } from '../../output.js';
import { Frame } from './frame.js';
import { KeyDecoder } from './key-decoder.js';

/** Another screen than that of the shell, no cursor, and no line that goes on in the next. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[m\u001b[?7h\u001b[?25h\u001b[?1049l';
/** What comes later than that after an escape is no part of a sequence. */
const ESCAPE_MS = 50;
/** A process that was told to stop and runs on after so long does not stop. */
const STOP_MS = 100;
/** No terminal is larger; what says so is wrong. */
const SIDE_MAX = 1000;

/** What a terminal tells. */
export interface TerminalEvents {
  readonly key: (key: string) => void;
  /** It has another size, or is shown again after a stop. */
  readonly changed: () => void;
  /** It hung up. */
  readonly gone: () => void;
}

/**
 * The terminal of this process as a screen. However it ends (left, told to end by a signal that the caller handles, an error
 * that nobody catches) the terminal is as it was; only SIGKILL leaves it as it is.
 */
export class Terminal implements Disposable {
  private readonly output: Output;
  private readonly events: TerminalEvents;
  private readonly frame = new Frame();
  private readonly keys = new KeyDecoder();
  private isOpen = false;
  private isEntered = false;
  private received = 0;

  constructor(output: Output, events: TerminalEvents) {
    this.output = output;
    this.events = events;
  }

  /** Whether standard output is a terminal on which a cursor can be moved. */
  static isThere(): boolean {
    const kind = process.env['TERM'] ?? '';
    return process.stdout.isTTY && kind !== '' && kind !== 'dumb';
  }

  get size(): { readonly columns: number; readonly rows: number } {
    const { columns, rows } = process.stdout;
    const side = (found: number, usual: number): number => (found > 0 ? Math.min(found, SIDE_MAX) : usual);
    return { columns: side(columns, 80), rows: side(rows, 24) };
  }

  /** Whether what was sent has been read. While it stands still nothing is to be sent, or it would pile up. */
  get isReady(): boolean {
    return (this.output.backlog?.bytes('data') ?? 0) === 0;
  }

  open(): void {
    this.isOpen = true;
    this.output.backlog?.begin();
    process.stdout.on('resize', this.resized);
    process.on('SIGTSTP', this.suspended);
    process.on('SIGCONT', this.resumed);
    process.on('exit', this.leave);
    // before the error is printed, so that it is seen
    process.on('uncaughtExceptionMonitor', this.leave);
    if (process.stdin.isTTY) process.stdin.setEncoding('utf8').on('data', this.typed);
    process.stdin.on('error', this.events.gone).on('end', this.events.gone);
    this.enter();
  }

  [Symbol.dispose](): void {
    this.isOpen = false;
    this.leave();
    process.stdout.off('resize', this.resized);
    process.off('SIGTSTP', this.suspended);
    process.off('SIGCONT', this.resumed);
    process.off('exit', this.leave);
    process.off('uncaughtExceptionMonitor', this.leave);
    process.stdin.off('data', this.typed).off('error', this.events.gone).off('end', this.events.gone);
  }

  /** Shows these lines, as one piece of text, unless what was sent before has not been read. */
  show(lines: readonly string[]): void {
    if (!this.isEntered || !this.isReady) return;
    const text = this.frame.update(lines);
    if (text !== '') this.output.data(text);
  }

  /** The next time all is sent, whatever stands there. */
  forget(): void {
    this.frame.forget();
  }

  /** As Ctrl-Z does elsewhere: stops this process and those that it was started with (npx, a pipe). */
  suspend(): void {
    this.stop(0);
  }

  private readonly suspended = (): void => this.stop(process.pid);

  private readonly resized = (): void => {
    this.frame.forget();
    this.events.changed();
  };

  private readonly resumed = (): void => {
    process.off('SIGTSTP', this.suspended).on('SIGTSTP', this.suspended);
    // the shell may have set the terminal as it likes it, and its size may be another: Node looks when it is told of a change
    this.leave();
    this.enter();
    process.emit('SIGWINCH', 'SIGWINCH');
    this.events.changed();
  };

  private readonly typed = (text: string): void => {
    for (const key of this.keys.push(text)) this.events.key(key);
    this.received++;
    if (this.keys.isPending) void this.flushLater(this.received);
  };

  private async flushLater(received: number): Promise<void> {
    await pause(ESCAPE_MS);
    if (received === this.received) for (const key of this.keys.flush()) this.events.key(key);
  }

  private stop(pid: number): void {
    if (!this.isEntered) return;
    this.leave();
    // without a listener the kernel does with the signal what it does with everybody's: also nothing, where no shell could
    // let the process go on
    process.off('SIGTSTP', this.suspended);
    process.kill(pid, 'SIGTSTP');
    void this.resumeUnstopped();
  }

  private async resumeUnstopped(): Promise<void> {
    await pause(STOP_MS);
    if (this.isOpen && !this.isEntered) this.resumed();
  }

  private enter(): void {
    if (this.isEntered) return;
    this.isEntered = true;
    if (process.stdin.isTTY) {
      process.stdin.setRawMode(true);
      process.stdin.resume();
    }
    this.frame.forget();
    this.output.data(ENTER);
  }

  private readonly leave = (): void => {
    if (!this.isEntered) return;
    this.isEntered = false;
    this.output.data(LEAVE);
    if (!process.stdin.isTTY) return;
    process.stdin.setRawMode(false);
    process.stdin.pause();
  };
}
