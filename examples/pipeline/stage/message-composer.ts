import { HEADER, TlvMessageBuilder, type RelayDomain } from 'alphapulse-bus/protocol';
import { sourceOf } from './sources.js';

/** Room for the longest message of the pipeline. */
const BUFFER_BYTES = 512;

/**
 * Makes the messages of one service, numbered from 0 in each of its lives, in memory that is used again and again.
 *
 * @example
 * composer.begin(nowNs).addTlv(Quote, quote).addTlv(TraceContext, trace);
 * output.send(composer.finish());
 */
export class MessageComposer {
  readonly #builder: TlvMessageBuilder;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #first: number;
  #message = this.#buffer.subarray(0, 0);
  #sequence = 0;

  /** `life`: the how-manieth process of its service this is; it stands in the high half of the numbers. */
  constructor(service: string, domain: RelayDomain, life = 0) {
    this.#first = life * 2 ** 32;
    this.#builder = new TlvMessageBuilder(domain, sourceOf(service));
  }

  begin(nowNs: bigint): TlvMessageBuilder {
    return this.#builder
      .reset()
      .withSequence(this.#first + this.#sequence++)
      .withTimestamp(nowNs);
  }

  /** The bytes of the message; valid until the next one is finished. */
  finish(): Uint8Array {
    const length = this.#builder.buildInto(this.#buffer, 0);
    // messages of one service mostly have one length, and so one view does
    if (length !== this.#message.length) this.#message = this.#buffer.subarray(0, length);
    return this.#message;
  }
}

/** The low half of the sequence in a message's header. */
export function sequenceOf(message: Uint8Array): number {
  return uint32At(message, HEADER.sequence);
}

/** The checksum in a message's header. */
export function checksumOf(message: Uint8Array): number {
  return uint32At(message, HEADER.checksum);
}

function uint32At(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return (low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}
