import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Longest wait for anything a process should do; a bound on hanging, never a measure of speed. */
export const PATIENCE_MS = 30_000;

export interface ProcessOptions {
  env?: Readonly<Record<string, string>>;
  /** Flags for node itself, such as `--expose-gc`. */
  nodeFlags?: readonly string[];
  /** A command to run node under, such as `['prlimit', '--nofile=32']`. */
  under?: readonly string[];
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built form of a script, named relative to the calling module: `script(import.meta.url, './x.js')`. */
export function script(from: string, relative: string): string {
  return fileURLToPath(new URL(relative, from));
}

/** A real process of a test: its output arrives line by line, and it does not outlive the test. */
export class TestProcess {
  readonly lines: string[] = [];
  stderr = '';
  exit: Exit | undefined;
  private readonly child: ChildProcess;
  private readonly title: string;
  private readonly listeners = new Set<() => void>();

  constructor(child: ChildProcess, title: string) {
    this.child = child;
    this.title = title;
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      this.changed();
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    child.stdin!.on('error', () => {});
    // 'close', not 'exit': all output has been read by then.
    child.on('close', (code, signal) => {
      this.exit = { code, signal };
      this.changed();
    });
    child.on('error', (error) => {
      this.stderr += `${error.message}\n`;
      if (child.pid === undefined) this.exit = { code: null, signal: null };
      this.changed();
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.title} did not start: ${this.stderr}`);
    return this.child.pid;
  }

  /** Waits for a line that starts with `prefix`, from line `from` on; fails when the process ends without it. */
  async line(prefix: string, from = 0, patienceMs = PATIENCE_MS): Promise<string> {
    const found = (): string | undefined => this.lines.slice(from).find((line) => line.startsWith(prefix));
    await this.until(() => found() !== undefined || this.exit !== undefined, `a line "${prefix}..."`, patienceMs);
    return found() ?? this.fail(`ended without a line "${prefix}..."`);
  }

  /** The JSON after `prefix` on the first such line. */
  async json<Value>(prefix: string): Promise<Value> {
    return JSON.parse((await this.line(prefix)).slice(prefix.length)) as Value;
  }

  /** Waits until the process says anything more; fails when it ends without. */
  async nextLine(patienceMs = PATIENCE_MS): Promise<void> {
    const seen = this.lines.length;
    await this.until(() => this.lines.length > seen || this.exit !== undefined, 'another line', patienceMs);
    if (this.lines.length === seen) this.fail('ended without another line');
  }

  /** Waits for the end of the process, whatever it is. */
  async ended(patienceMs = PATIENCE_MS): Promise<Exit> {
    await this.until(() => this.exit !== undefined, 'its end', patienceMs);
    return this.exit!;
  }

  /** Waits for the end of the process and fails unless it exits with 0. */
  async succeeded(patienceMs = PATIENCE_MS): Promise<void> {
    const { code } = await this.ended(patienceMs);
    if (code !== 0) this.fail('failed');
  }

  send(line: string): void {
    this.child.stdin!.write(`${line}\n`);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Ends the process as a power cut would, and waits until the kernel has buried it. */
  async kill(): Promise<void> {
    if (this.exit !== undefined) return;
    this.child.kill('SIGKILL');
    await this.ended();
  }

  /** @internal Without waiting: when the test itself ends. */
  destroy(): void {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
  }

  private async until(done: () => boolean, what: string, patienceMs = PATIENCE_MS): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        if (!done()) return;
        clearTimeout(timer);
        this.listeners.delete(check);
        resolve();
      };
      const timer = setTimeout(() => {
        this.listeners.delete(check);
        reject(new Error(this.report(`was waited for ${patienceMs} ms: ${what} did not come`)));
      }, patienceMs);
      this.listeners.add(check);
    });
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }

  private fail(what: string): never {
    throw new Error(this.report(what));
  }

  private report(what: string): string {
    const end = this.exit === undefined ? 'still running' : `exit ${this.exit.code ?? this.exit.signal}`;
    const said = `last lines: ${this.lines.slice(-5).join(' | ')}\nstderr: ${this.stderr.slice(-2000)}`;
    return `${this.title} ${what} (${end})\n${said}`;
  }
}

/** Starts node on a script; killed, and waited for, when the test is over. */
export function startProcess(
  t: TestContext,
  path: string,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): TestProcess {
  const command = [...(options.under ?? []), process.execPath, ...(options.nodeFlags ?? []), path, ...args];
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env, NODE_TEST_CONTEXT: undefined },
  });
  const started = new TestProcess(child, `${path.split('/').at(-1)} ${args.join(' ')}`);
  t.after(async () => {
    started.destroy();
    if (started.exit === undefined) await once(child, 'close');
  });
  return started;
}

/** Reads the lines that the test sends to this process, one at a time; for the actors. */
export async function* commands(): AsyncGenerator<string> {
  yield* createInterface({ input: process.stdin });
}
