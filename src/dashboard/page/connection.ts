import type { HistoryAnswer, LookMessage } from '../wire.js';

/** `lost`: it will try again by itself. `ended`: it will not. */
export type ConnectionState = 'connecting' | 'live' | 'lost' | 'ended';

export interface Listener {
  readonly look: (look: LookMessage) => void;
  readonly state: (state: ConnectionState, why?: string) => void;
}

const AGAIN_MS = 3000;

/** Listens to the server; comes again when it is cut off. */
export function connect(listener: Listener): void {
  listener.state('connecting');
  const source = new EventSource('/api/live');
  let why: string | undefined;
  const again = (reason: string): void => {
    source.close();
    listener.state('lost', reason);
    setTimeout(() => connect(listener), AGAIN_MS);
  };
  source.addEventListener('look', ({ data }: MessageEvent<string>) => {
    listener.state('live');
    listener.look(JSON.parse(data) as LookMessage);
  });
  for (const name of ['fault', 'dropped', 'end']) {
    source.addEventListener(name, ({ data }: MessageEvent<string>) => {
      why = (JSON.parse(data) as { reason: string }).reason;
      listener.state(name === 'fault' ? 'live' : 'lost', why);
    });
  }
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) return listener.state('lost', why ?? 'the server does not answer');
    void comeAgain();
  });
  // it was refused: asked once more, it says why
  const comeAgain = async (): Promise<void> => {
    const reason = await reasonOfRefusal();
    if (reason === undefined) location.assign('/login');
    else again(reason);
  };
}

/** What the server has kept of a channel; undefined when it does not say. */
export async function askHistory(channel: string): Promise<HistoryAnswer | undefined> {
  try {
    const answer = await fetch(`/api/history?${new URLSearchParams({ channel }).toString()}`);
    return answer.ok ? ((await answer.json()) as HistoryAnswer) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined: it wants a login. */
async function reasonOfRefusal(): Promise<string | undefined> {
  const over = new AbortController();
  try {
    const { ok, status, body } = await fetch('/api/live', { signal: over.signal });
    if (status === 401) return undefined;
    void body?.cancel();
    return ok ? 'connecting again' : `refused with ${status}: as many are watching as may at a time`;
  } catch {
    return 'the server does not answer';
  } finally {
    over.abort();
  }
}
