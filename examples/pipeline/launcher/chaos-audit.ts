import type { ResolvedChannel, ResolvedConfig } from 'alphapulse-bus';
import { readInput, readOutput, type InputAccount, type OutputAccount, type StreamAccount } from '../stage/accounts.js';
import type { Check } from './audit.js';

/** What is known of a run in which services were killed. */
export interface ChaosFacts {
  readonly config: ResolvedConfig;
  /** Where the services kept their accounts. */
  readonly directory: string;
  /** Processes that each service has had. */
  readonly lives: ReadonlyMap<string, number>;
  readonly kills: ReadonlyMap<string, number>;
  /** What the bus counts as lost, and what was left unread, by `service channel`. */
  readonly lost: ReadonlyMap<string, number>;
  readonly unread: ReadonlyMap<string, number>;
}

/** One consumer of one channel. */
export interface ChaosRow {
  readonly channel: string;
  readonly consumer: string;
  /** Counted by the producers; each kill of one may have left one more. */
  readonly written: number;
  readonly writtenAtMost: number;
  readonly delivered: number;
  readonly redelivered: number;
  readonly lost: number;
  /** Of those lost: overwritten while the consumer was away, or died with their producer inside its claim. */
  readonly overwritten: number;
}

interface Streams {
  /** By producer and life. */
  readonly written: ReadonlyMap<string, OutputAccount & { readonly producer: string; readonly wasKilled: boolean }>;
}

/** Accounts for every message of a run with kills: what can be known exactly, exactly, and the rest within bounds. */
export class ChaosAudit {
  readonly rows: ChaosRow[] = [];
  readonly checks: Check[] = [];
  readonly #facts: ChaosFacts;
  readonly #inputs = new Map<string, InputAccount>();

  constructor(facts: ChaosFacts) {
    this.#facts = facts;
    for (const channel of facts.config.channels.values()) {
      const streams = this.#writtenTo(channel);
      for (const consumer of channel.consumers) this.#auditConsumer(channel, consumer, streams);
    }
    this.#auditCoordinator();
  }

  #writtenTo({ name, producers }: ResolvedChannel): Streams {
    const { directory, lives } = this.#facts;
    const written = new Map<string, OutputAccount & { producer: string; wasKilled: boolean }>();
    for (const producer of producers) {
      const count = lives.get(producer) ?? 1;
      for (let life = 0; life < count; life++) {
        // all but the last were killed
        const account = readOutput(directory, producer, name, life);
        written.set(`${producer} ${life}`, { ...account, producer, wasKilled: life < count - 1 });
      }
    }
    return { written };
  }

  #auditConsumer(channel: ResolvedChannel, consumer: string, { written }: Streams): void {
    const { directory, lost: lostBy, unread: unreadBy, kills } = this.#facts;
    const key = `${consumer} ${channel.name}`;
    const account = readInput(directory, consumer, channel.name, channel.producers);
    this.#inputs.set(key, account);
    const read = new Map(account.streams.map((stream) => [`${stream.producer} ${stream.life}`, stream]));
    const faults: string[] = [];
    let overwritten = 0;
    for (const [stream, wrote] of written) {
      const { shortfall, fault } = compareStream(stream, wrote, read.get(stream));
      overwritten += shortfall;
      if (fault !== undefined) faults.push(fault);
    }
    for (const stream of read.keys()) if (!written.has(stream)) faults.push(`it heard from ${stream}, which never was`);
    const lost = lostBy.get(key) ?? Number.NaN;
    const ownKills = kills.get(consumer) ?? 0;
    const producersKilled = channel.producers.reduce((sum, name) => sum + (kills.get(name) ?? 0), 0);
    if (overwritten > account.missing) faults.push(`${overwritten} messages missing, but ${account.missing} sequences`);
    if (!(lost >= account.missing)) faults.push(`${account.missing} sequences missing, but ${lost} counted lost`);
    // a kill while the cursor is stored may count once more what was lost just before
    if (lost > account.missing + ownKills)
      faults.push(`${lost} counted lost, but ${account.missing} sequences missing`);
    if (account.missing - overwritten > producersKilled)
      faults.push(
        `${account.missing - overwritten} died with their producers, of which ${producersKilled} were killed`,
      );
    if (unreadBy.get(key) !== 0) faults.push(`${unreadBy.get(key) ?? 'nobody knows how many'} left unread`);
    this.#addRow(channel.name, consumer, account, written, { lost, overwritten }, faults);
  }

  #addRow(
    channel: string,
    consumer: string,
    account: InputAccount,
    written: Streams['written'],
    { lost, overwritten }: Pick<ChaosRow, 'lost' | 'overwritten'>,
    faults: readonly string[],
  ): void {
    const accounts = [...written.values()];
    const sum = accounts.reduce((total, { messages }) => total + messages, 0);
    const atMost = sum + accounts.filter(({ wasKilled }) => wasKilled).length;
    const delivered = account.streams.reduce((total, { messages }) => total + messages, 0);
    const { redelivered } = account;
    this.rows.push({
      channel,
      consumer,
      written: sum,
      writtenAtMost: atMost,
      delivered,
      redelivered,
      lost,
      overwritten,
    });
    const range = atMost === sum ? `${sum}` : `${sum} to ${atMost}`;
    const text = `${channel}: ${consumer} got ${delivered} of ${range} messages, ${redelivered} of them again, ${lost} lost`;
    this.checks.push({ ok: faults.length === 0, text: faults.length === 0 ? text : `${text}: ${faults.join('; ')}` });
  }

  /**
   * Every order has its result. A coordinator that is killed after it wrote a result and before that is done with the
   * order writes another one when the order comes again; results that had found no room die with it.
   */
  #auditCoordinator(): void {
    const name = 'execution_coordinator';
    const orders = this.#inputs.get(`${name} signals`);
    const results = this.rows.find(({ channel }) => channel === 'execution_results');
    if (orders === undefined || results === undefined) return;
    const { lives, kills, directory } = this.#facts;
    let unsent = 0;
    for (let life = 0; life < (lives.get(name) ?? 1) - 1; life++)
      unsent += readOutput(directory, name, 'execution_results', life).backlog;
    const handled = orders.streams.reduce((sum, { messages }) => sum + messages, 0);
    const least = handled - unsent;
    const most = handled + orders.redelivered + (kills.get(name) ?? 0);
    const ok = results.writtenAtMost >= least && results.written <= most;
    const text = `${handled} orders, ${results.written} to ${results.writtenAtMost} results; ${least} to ${most} are due`;
    this.checks.push({ ok, text });
  }
}

/** A killed producer may have written one message that it did not count. */
function compareStream(
  stream: string,
  wrote: OutputAccount & { readonly wasKilled: boolean },
  read: StreamAccount | undefined,
): { shortfall: number; fault?: string } {
  const { messages = 0, digest = 0, digestBefore = 0, jumped = 0 } = read ?? {};
  const came = messages + jumped;
  const shortfall = jumped + Math.max(0, wrote.messages - came);
  if (came > wrote.messages + (wrote.wasKilled ? 1 : 0))
    return { shortfall, fault: `${stream} wrote ${wrote.messages}, but ${came} came` };
  // what was overwritten is not in the digest of the reader: only complete streams can be compared
  if (shortfall > 0) return { shortfall };
  const same = came === wrote.messages ? digest : digestBefore;
  return same === wrote.digest
    ? { shortfall }
    : { shortfall, fault: `the messages of ${stream} are not those it wrote` };
}
