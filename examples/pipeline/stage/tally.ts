/** How many messages of one producer, and which: two tallies agree only when both sides saw the same, in order. */
export interface TallyReport {
  /** The service that wrote them. */
  readonly producer: string;
  readonly messages: number;
  /** A hash over the sequence and the checksum of each message, in order. */
  readonly digest: number;
}

/** Both ends of every stream of messages keep one: the producer of what it wrote, each consumer of what it read. */
export class Tally {
  readonly producer: string;
  messages = 0;
  digest = 0;

  constructor(producer: string) {
    this.producer = producer;
  }

  /** Adds a message: the number it was given by its producer, and the CRC-32 of its bytes, both from its header. */
  add(sequence: number, checksum: number): void {
    this.messages++;
    this.digest = (Math.imul(Math.imul(this.digest, 31) + sequence, 31) + checksum) >>> 0;
  }

  report(): TallyReport {
    return { producer: this.producer, messages: this.messages, digest: this.digest };
  }
}
