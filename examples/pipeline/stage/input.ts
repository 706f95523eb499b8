import type { Consumer, MessageView } from 'alphapulse-bus';
import type { InputBook } from './accounts.js';
import { LatencyHistogram } from './latency-histogram.js';
import { MessageReceiver } from './message-receiver.js';
import type { Output } from './output.js';
import type { EndpointReport } from './reports.js';
import { Tally } from './tally.js';

/** A claim that died at the end of a channel is passed without a message: somebody has to look. */
const LOOK_MS = 50;

/** Receives each message in turn, and its TLVs; both are valid until it returns. */
export type MessageHandler = (message: MessageView, tlvs: MessageReceiver) => void;

/**
 * A channel as a service reads it: every message is counted, checked and timed before the service sees it.
 *
 * An input ends at a sequence, not after a silence: when the launcher has heard from all producers of the channel that
 * they wrote their last message, it says where that was, and the input goes on reading until it has been there.
 */
export class Input {
  readonly channel: string;
  readonly #consumer: Consumer;
  readonly #receiver = new MessageReceiver();
  /** By the producer's slot. */
  readonly #tallies = new Map<number, Tally>();
  readonly #latency = new LatencyHistogram();
  readonly #latencySinceReport = new LatencyHistogram();
  #expected: number;
  #gaps = 0;
  #end = Number.POSITIVE_INFINITY;
  #pause = new AbortController();
  #isStopped = false;
  readonly #book: InputBook | undefined;

  /** `book` keeps the count where this process may be killed. */
  constructor(consumer: Consumer, book?: InputBook) {
    this.#book = book;
    this.channel = consumer.channel;
    this.#consumer = consumer;
    this.#expected = consumer.sequence;
  }

  /** Says where the channel ends: at the message before `nextSequence`. */
  endAt(nextSequence: number): void {
    this.#end = nextSequence;
    if (this.#hasEnded()) this.#pause.abort();
  }

  /** Ends it where it is: the next process of its service goes on there. */
  stop(): void {
    this.#isStopped = true;
    this.#pause.abort();
  }

  /**
   * Hands each message to the handler until the channel has ended. When the output that the handler writes to is full,
   * reading pauses until its backlog is written: the pressure passes on to this input's producers, not into memory.
   */
  async read(handler: MessageHandler, output?: Output): Promise<void> {
    const receive = (message: MessageView): void => {
      this.#account(message);
      handler(message, this.#receiver);
      this.#keep(message.sequence);
      if (output?.hasBacklog === true || message.sequence + 1 >= this.#end) this.#pause.abort();
    };
    const look = setInterval(() => {
      if (this.#hasEnded()) this.#pause.abort();
    }, LOOK_MS);
    try {
      while (!this.#hasEnded()) {
        this.#pause = new AbortController();
        await this.#consumer.subscribe(receive, { signal: this.#pause.signal });
        await output?.drain();
      }
    } finally {
      clearInterval(look);
    }
  }

  /** The last report has the latencies of the whole run, the ones before it those since the one before. */
  report(isLast: boolean): EndpointReport {
    this.#latency.merge(this.#latencySinceReport);
    const latency = (isLast ? this.#latency : this.#latencySinceReport).summary();
    this.#latencySinceReport.reset();
    return {
      channel: this.channel,
      role: 'consumer',
      tallies: [...this.#tallies.values()].map((tally) => tally.report()),
      lag: this.#consumer.lag.messages,
      gaps: this.#gaps,
      lost: this.#consumer.lost,
      latency,
    };
  }

  #account(message: MessageView): void {
    if (message.sequence !== this.#expected) this.#gaps++;
    this.#expected = message.sequence + 1;
    this.#receiver.receive(message);
    let tally = this.#tallies.get(message.producerId);
    if (tally === undefined) {
      tally = new Tally(this.#receiver.service);
      this.#tallies.set(message.producerId, tally);
    }
    tally.add(this.#receiver.sequence, this.#receiver.checksum);
    this.#latencySinceReport.record(message.totalLatencyNs);
  }

  /** Also a producer that was killed may have written behind what the others know of. */
  #hasEnded(): boolean {
    if (this.#isStopped) return true;
    return this.#consumer.sequence >= this.#end && this.#consumer.lag.messages === 0;
  }

  /** After the handler, before the bus takes the message for done. */
  #keep(sequence: number): void {
    const book = this.#book;
    if (book === undefined) return;
    const { service, life, sequence: n, checksum } = this.#receiver;
    if (book.hasCounted(sequence)) book.countAgain();
    else book.count(sequence, service, life, n, checksum);
  }
}
