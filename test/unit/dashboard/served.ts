import { request } from 'node:http';
import type { TestContext } from 'node:test';
import { messageJson } from '#src/cli/tail/message-text.js';
import { DashboardServer, type DashboardSettings } from '#src/dashboard/server.js';
import type { LookMessage } from '#src/dashboard/wire.js';
import { channelsIn } from '#src/observe/watched-channels.js';

/** A clock that moves when the test says so, and calls who is due by then. */
export class TestTime {
  private ms = 1000;
  /** What each look takes of a processor. */
  lookProcessorMs = 0;
  private processorMs = 0;
  private readonly calls = new Set<{ readonly everyMs: number; dueMs: number; readonly call: () => void }>();

  readonly timing = {
    nowMs: (): number => this.ms,
    wallMs: (): number => 1_790_000_000_000 + this.ms,
    // it is asked before a look and after it
    processorMs: (): number => (this.processorMs += this.lookProcessorMs),
    every: (everyMs: number, call: () => void): (() => void) => {
      const one = { everyMs, dueMs: this.ms + everyMs, call };
      this.calls.add(one);
      return () => void this.calls.delete(one);
    },
  };

  /** Who is called, by how often, ms. */
  get paces(): number[] {
    return [...this.calls].map(({ everyMs }) => everyMs);
  }

  /** Half a second, in which who watches is told once, or more. Of those that were due several times, each is called once. */
  pass(ms = 500): void {
    this.ms += ms;
    for (const one of this.calls) {
      if (one.dueMs > this.ms) continue;
      one.dueMs = this.ms + one.everyMs;
      one.call();
    }
  }
}

export interface Served {
  readonly server: DashboardServer;
  readonly time: TestTime;
}

/** A dashboard on a free port of loopback. */
export async function served(
  t: TestContext,
  directory: string,
  settings: Partial<DashboardSettings> = {},
): Promise<Served> {
  const time = new TestTime();
  const server = await DashboardServer.listen(
    {
      directory,
      names: async () => channelsIn(directory),
      intervalMs: 500,
      clientsMax: 4,
      token: undefined,
      decode: messageJson,
      timing: time.timing,
      ...settings,
    },
    { host: '127.0.0.1', port: 0 },
  );
  t.after(() => server.close());
  return { server, time };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request on a connection of its own; the path goes out as it is. */
export async function ask({ server }: Served, path: string, { method, headers, body }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.port, path, agent: false as const };
    const asking = request({ ...options, method: method ?? 'GET', headers: { ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    asking.on('error', reject).end(body);
  });
}

/** The code of a refusal. */
export function codeOf({ body }: Answer): string {
  return (JSON.parse(body) as { error: { code: string } }).error.code;
}

/** What a client is told, event by event. */
export class Watching {
  readonly events: { readonly name: string; readonly data: unknown }[] = [];
  status = 0;
  isOver = false;
  private text = '';
  private wake: () => void = () => undefined;
  private readonly asking;

  constructor(t: TestContext, { server }: Served, headers: Readonly<Record<string, string>> = {}) {
    const options = { host: '127.0.0.1', port: server.port, path: '/api/live', agent: false as const, headers };
    this.asking = request(options, (response) => {
      this.status = response.statusCode ?? 0;
      response.setEncoding('utf8').on('data', (piece: string) => this.take(piece));
      response.on('close', () => {
        this.isOver = true;
        this.wake();
      });
      response.on('error', () => undefined);
    });
    this.asking.on('error', () => undefined).end();
    t.after(() => this.end());
  }

  end(): void {
    this.asking.destroy();
  }

  /** Waits until so many looks have come, and answers the last of them. */
  async look(count: number): Promise<LookMessage> {
    const looks = (): LookMessage[] =>
      this.events.filter(({ name }) => name === 'look').map(({ data }) => data as LookMessage);
    await this.until(() => looks().length >= count);
    return looks()[count - 1]!;
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      await new Promise<void>((resolve, reject) => {
        const patience = setTimeout(
          () => reject(new Error(`only ${JSON.stringify(this.events).slice(0, 2000)}`)),
          10_000,
        );
        this.wake = () => {
          clearTimeout(patience);
          resolve();
        };
      });
    }
  }

  private take(piece: string): void {
    this.text += piece;
    for (let end = this.text.indexOf('\n\n'); end >= 0; end = this.text.indexOf('\n\n')) {
      const lines = this.text.slice(0, end).split('\n');
      this.text = this.text.slice(end + 2);
      const name = lines.find((line) => line.startsWith('event: '))?.slice(7);
      const data = lines.find((line) => line.startsWith('data: '))?.slice(6);
      if (name !== undefined && data !== undefined) this.events.push({ name, data: JSON.parse(data) as unknown });
    }
    this.wake();
  }
}
