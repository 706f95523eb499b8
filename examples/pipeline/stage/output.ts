import { BusError, type Producer } from 'alphapulse-bus';
import { checksumOf, sequenceOf } from './message-composer.js';
import type { OutputBook } from './accounts.js';
import type { EndpointReport } from './reports.js';
import { Tally } from './tally.js';

/**
 * A channel as a service writes it. Nothing here blocks the thread: a message that finds the ring full waits in a
 * backlog, and whoever sent it stops sending until `drain` has written it. So a service that waits for a slow one still
 * answers the launcher, and only the slow one is silent.
 */
export class Output {
  readonly channel: string;
  /** The sequence after the last message written; 0 as long as there is none. */
  nextSequence = 0;
  /** Messages that the channel would not take. */
  refused = 0;
  readonly #producer: Producer;
  readonly #tally: Tally;
  readonly #book: OutputBook | undefined;
  readonly #backlog: Uint8Array[] = [];
  readonly #mayRefuse: boolean;

  /** `book` keeps the count where this process may be killed; `mayRefuse`: what the channel does not take is given up. */
  constructor(producer: Producer, service: string, book?: OutputBook, mayRefuse: boolean = false) {
    this.#book = book;
    this.#mayRefuse = mayRefuse;
    this.channel = producer.channel;
    this.#producer = producer;
    this.#tally = new Tally(service);
  }

  get hasBacklog(): boolean {
    return this.#backlog.length > 0;
  }

  /** Writes a message, or keeps a copy of it. The bytes may be reused afterwards. */
  send(message: Uint8Array): void {
    const sequence = this.hasBacklog ? -1 : this.#producer.tryWrite(message);
    if (sequence >= 0) {
      this.#wrote(message, sequence);
      return;
    }
    this.#backlog.push(message.slice());
    this.#save();
  }

  /**
   * Writes what is left over, as room is made.
   *
   * @throws BusError `ERR_BACKPRESSURE` when there is none within the channel's `timeout_ms`; it names the slow consumer
   */
  async drain(): Promise<void> {
    for (let [message] = this.#backlog; message !== undefined; [message] = this.#backlog) {
      const sequence = await this.#write(message);
      this.#backlog.shift();
      if (sequence >= 0) this.#wrote(message, sequence);
      else this.refused += 1;
    }
  }

  report(): EndpointReport {
    return { channel: this.channel, role: 'producer', tallies: [this.#tally.report()], lag: 0, gaps: 0, lost: 0 };
  }

  /** A sequence, or -1 for a message that is given up. */
  async #write(message: Uint8Array): Promise<number> {
    try {
      return await this.#producer.writeAsync(message);
    } catch (error) {
      const isRefusal = BusError.is(error, 'ERR_BACKPRESSURE') || BusError.is(error, 'ERR_CIRCUIT_OPEN');
      if (this.#mayRefuse && isRefusal) return -1;
      throw error;
    }
  }

  #wrote(message: Uint8Array, sequence: number): void {
    this.nextSequence = sequence + 1;
    this.#tally.add(sequenceOf(message), checksumOf(message));
    this.#save();
  }

  #save(): void {
    this.#book?.save(this.#tally.messages, this.#tally.digest, this.#backlog.length);
  }
}
