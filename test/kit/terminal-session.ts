import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { script, TestProcess } from './processes.js';

const HOST = script(import.meta.url, '../../../test/fixtures/terminal-host.py');

/** Why there can be no terminal here; undefined: there can be. */
export function terminalRefusal(): string | undefined {
  const { status } = spawnSync('python3', ['-c', 'import pty, termios']);
  return status === 0 ? undefined : 'python3, which makes the terminal, is not installed';
}

interface Told {
  readonly out?: string;
  readonly status?: string;
  readonly canonical?: boolean;
  readonly echo?: boolean;
}

export interface TerminalOptions {
  readonly rows?: number;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A command in a terminal of its own, as the job of a shell; what it draws is drawn here too. */
export class TerminalSession {
  /** All that it has sent. */
  raw = '';
  status: string | undefined;
  private readonly host: TestProcess;
  private rows: string[][] = [];
  private row = 0;
  private column = 0;
  private rest = '';
  private seen = 0;
  private modes: Told | undefined;

  private constructor(host: TestProcess) {
    this.host = host;
  }

  static start(
    t: TestContext,
    command: readonly string[],
    { rows = 24, columns = 80, env = {} }: TerminalOptions = {},
  ): TerminalSession {
    const child = spawn('python3', [HOST, String(rows), String(columns), ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        TERM: 'xterm',
        LANG: 'C.UTF-8',
        LC_ALL: '',
        NO_COLOR: '',
        NODE_TEST_CONTEXT: undefined,
        ...env,
      },
    });
    const host = new TestProcess(child, `${command.slice(1, 4).join(' ')} in a terminal`);
    t.after(async () => {
      child.stdin.end();
      if (host.exit === undefined) await once(child, 'close');
    });
    return new TerminalSession(host);
  }

  /** The lines that can be seen, without what is blank at their ends. */
  get screen(): string {
    this.take();
    return this.rows
      .map((row) =>
        Array.from(row, (cell) => cell ?? ' ')
          .join('')
          .trimEnd(),
      )
      .join('\n')
      .trimEnd();
  }

  keys(keys: string): void {
    this.tell({ keys });
  }

  resize(rows: number, columns: number): void {
    this.tell({ size: [rows, columns] });
  }

  tell(command: object): void {
    this.host.send(JSON.stringify(command));
  }

  /** Waits until something is so. */
  async until(isSo: () => boolean): Promise<void> {
    for (this.take(); !isSo(); this.take()) await this.host.nextLine();
  }

  /** Waits until the screen shows a text. */
  async shows(text: string | RegExp): Promise<void> {
    await this.until(() => (typeof text === 'string' ? this.screen.includes(text) : text.test(this.screen)));
  }

  /** Whether the terminal is as a shell leaves it: lines, and an echo. */
  async isCooked(): Promise<boolean> {
    const before = this.modes;
    this.tell({ modes: true });
    await this.until(() => this.modes !== before);
    return this.modes?.canonical === true && this.modes.echo === true;
  }

  private take(): void {
    for (const line of this.host.lines.slice(this.seen)) {
      const told = JSON.parse(line) as Told;
      if (told.out !== undefined) this.draw(told.out);
      if (told.status !== undefined) this.status = told.status;
      if (told.canonical !== undefined) this.modes = told;
    }
    this.seen = this.host.lines.length;
  }

  private draw(out: string): void {
    this.raw += out;
    const text = this.rest + out;
    // oxlint-disable-next-line no-control-regex -- it is what terminals are told
    const pieces = /\u001b\[([?\d;]*)([A-Za-z])|\u001b\[?[?\d;]*$|([^\u001b])/gu;
    this.rest = '';
    for (const [piece, parameters = '', command, character] of text.matchAll(pieces)) {
      if (command !== undefined) this.obey(command, parameters);
      else if (character === undefined) this.rest = piece;
      else this.put(character);
    }
  }

  private obey(command: string, parameters: string): void {
    if (command === 'H') [this.row = 0, this.column = 0] = parameters.split(';').map((one) => Number(one) - 1);
    else if (command === 'K') this.rows[this.row]?.splice(this.column);
    else if (command === 'J' || parameters === '?1049') this.rows = [];
  }

  private put(character: string): void {
    if (character === '\r') this.column = 0;
    else if (character === '\n') this.row++;
    else (this.rows[this.row] ??= [])[this.column++] = character;
  }
}
