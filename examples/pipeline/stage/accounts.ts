import { closeSync, existsSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Tally } from './tally.js';

/*
 * What a service has done, in files that outlive it: for runs in which services are killed. The counts of a process die
 * with it; these do not. Each store is one write within a page, which a kill does not cut.
 *
 * An output stores what it wrote after the bus has accepted it: a kill between the two leaves at most one message that
 * was written and not counted. An input stores a message after its handler has returned and before the bus takes it for
 * done: so what was done and not counted comes again, and what comes again is known by its sequence.
 */

/** Which messages of one life of a producer: how many, a digest of them, and the digest before the last. */
export interface StreamAccount {
  readonly producer: string;
  readonly life: number;
  readonly messages: number;
  readonly digest: number;
  readonly digestBefore: number;
  /** Numbers that were left out between messages that came: overwritten while the consumer was away. */
  readonly jumped: number;
}

/** What one service read from one channel, over all its lives. */
export interface InputAccount {
  readonly nextSequence: number;
  /** Messages that came again after a restart. */
  readonly redelivered: number;
  /** Sequences that never came. */
  readonly missing: number;
  readonly streams: readonly StreamAccount[];
}

/** What one life of a service wrote to one channel. */
export interface OutputAccount {
  readonly messages: number;
  readonly digest: number;
  /** Messages that had found no room yet, and that a kill takes with it. */
  readonly backlog: number;
}

interface Stream {
  readonly tally: Tally;
  readonly life: number;
  digestBefore: number;
  jumped: number;
}

const HEAD = 3;
const OF_STREAM = 6;

function inputPath(directory: string, service: string, channel: string): string {
  return join(directory, `${service}.${channel}.input`);
}

function outputPath(directory: string, service: string, channel: string, life: number): string {
  return join(directory, `${service}.${channel}.${life}.output`);
}

/** Keeps the account of an input. `producers` are those of its channel, in the order of the configuration. */
export class InputBook {
  nextSequence = 0;
  redelivered = 0;
  missing = 0;
  readonly #fd: number;
  readonly #ended: number;
  readonly #producers: readonly string[];
  /** The latest life of each producer. */
  readonly #streams = new Map<string, Stream>();
  readonly #page: Float64Array;

  constructor(directory: string, service: string, channel: string, producers: readonly string[]) {
    const path = inputPath(directory, service, channel);
    this.#producers = producers;
    this.#page = new Float64Array(HEAD + OF_STREAM * producers.length);
    this.#fd = openSync(path, existsSync(path) ? 'r+' : 'wx+', 0o600);
    this.#ended = openSync(`${path}.ended`, 'a', 0o600);
    if (readSync(this.#fd, this.#page, 0, this.#page.byteLength, 0) > 0) this.#load();
  }

  /** Whether a message was counted before: it comes again. */
  hasCounted(sequence: number): boolean {
    return sequence < this.nextSequence;
  }

  countAgain(): void {
    this.redelivered++;
    this.#save();
  }

  /** Counts a message that was handled: number `n` of that life of its producer. */
  count(sequence: number, producer: string, life: number, n: number, checksum: number): void {
    const stream = this.#streamOf(producer, life);
    stream.jumped += Math.max(0, n - stream.tally.messages - stream.jumped);
    stream.digestBefore = stream.tally.digest;
    stream.tally.add(n, checksum);
    this.missing += sequence - this.nextSequence;
    this.nextSequence = sequence + 1;
    this.#save();
  }

  close(): void {
    closeSync(this.#fd);
    closeSync(this.#ended);
  }

  /** A new life of a producer begins only when its last one has ended: that one's account is closed. */
  #streamOf(producer: string, life: number): Stream {
    const known = this.#streams.get(producer);
    if (known?.life === life) return known;
    if (known !== undefined) writeSync(this.#ended, `${JSON.stringify(describe(producer, known))}\n`);
    const stream = { tally: new Tally(producer), life, digestBefore: 0, jumped: 0 };
    this.#streams.set(producer, stream);
    return stream;
  }

  #save(): void {
    const page = this.#page;
    page[0] = this.nextSequence;
    page[1] = this.redelivered;
    page[2] = this.missing;
    for (const [index, producer] of this.#producers.entries()) {
      const stream = this.#streams.get(producer);
      if (stream === undefined) continue;
      const { tally, life, digestBefore, jumped } = stream;
      page.set([1, life, tally.messages, tally.digest, digestBefore, jumped], HEAD + OF_STREAM * index);
    }
    writeSync(this.#fd, page, 0, page.byteLength, 0);
  }

  #load(): void {
    [this.nextSequence = 0, this.redelivered = 0, this.missing = 0] = this.#page;
    for (const account of streamsIn(this.#page, this.#producers)) {
      const tally = new Tally(account.producer);
      tally.messages = account.messages;
      tally.digest = account.digest;
      const { life, digestBefore, jumped } = account;
      this.#streams.set(account.producer, { tally, life, digestBefore, jumped });
    }
  }
}

/** Keeps the account of an output, in one life of its service. */
export class OutputBook {
  readonly #fd: number;
  readonly #page = new Float64Array(3);

  constructor(directory: string, service: string, channel: string, life: number) {
    this.#fd = openSync(outputPath(directory, service, channel, life), 'w', 0o600);
  }

  save(messages: number, digest: number, backlog: number): void {
    this.#page.set([messages, digest, backlog]);
    writeSync(this.#fd, this.#page, 0, this.#page.byteLength, 0);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Reads what a service has read from a channel; nothing at all when it never counted. */
export function readInput(
  directory: string,
  service: string,
  channel: string,
  producers: readonly string[],
): InputAccount {
  const path = inputPath(directory, service, channel);
  const page = doublesIn(path);
  const [nextSequence = 0, redelivered = 0, missing = 0] = page;
  const ended = existsSync(`${path}.ended`) ? readFileSync(`${path}.ended`, 'utf8').split('\n') : [];
  const streams = ended.filter((line) => line !== '').map((line) => JSON.parse(line) as StreamAccount);
  // a kill between the two stores closes an account twice
  const byLife = new Map(streams.map((stream) => [`${stream.producer} ${stream.life}`, stream]));
  for (const stream of streamsIn(page, producers)) byLife.set(`${stream.producer} ${stream.life}`, stream);
  return { nextSequence, redelivered, missing, streams: [...byLife.values()] };
}

/** Reads what one life of a service wrote to a channel. */
export function readOutput(directory: string, service: string, channel: string, life: number): OutputAccount {
  const [messages = 0, digest = 0, backlog = 0] = doublesIn(outputPath(directory, service, channel, life));
  return { messages, digest, backlog };
}

function describe(producer: string, { tally, life, digestBefore, jumped }: Stream): StreamAccount {
  return { producer, life, messages: tally.messages, digest: tally.digest, digestBefore, jumped };
}

function streamsIn(page: Float64Array, producers: readonly string[]): StreamAccount[] {
  return producers.flatMap((producer, index) => {
    const at = HEAD + OF_STREAM * index;
    const [isThere = 0, life = 0, messages = 0, digest = 0, digestBefore = 0, jumped = 0] = page.subarray(at);
    return isThere === 0 ? [] : [{ producer, life, messages, digest, digestBefore, jumped }];
  });
}

function doublesIn(path: string): Float64Array {
  if (!existsSync(path)) return new Float64Array(0);
  const bytes = readFileSync(path);
  return new Float64Array(Uint8Array.from(bytes).buffer, 0, bytes.length >>> 3);
}
