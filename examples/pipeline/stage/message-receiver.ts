import type { MessageView } from 'alphapulse-bus';
import { MessageReader, type TlvCodec } from 'alphapulse-bus/protocol';
import { serviceOf } from './sources.js';

/** Reads the messages of one channel in place, one after the other; the checksum of each is checked. */
export class MessageReceiver {
  readonly #reader = new MessageReader();

  /** @throws ProtocolError when the bytes are no message, or not those that were written */
  receive(message: MessageView): void {
    this.#reader.wrap(message.buffer, message.offset, message.length);
  }

  /** Who wrote it. */
  get service(): string {
    return serviceOf(this.#reader.source);
  }

  /** The low half of the number that the writer gave it. */
  get sequence(): number {
    return this.#reader.sequenceLow;
  }

  /** Of which life of its service it is: the high half of that number. */
  get life(): number {
    return this.#reader.sequenceHigh;
  }

  get checksum(): number {
    return this.#reader.checksum;
  }

  /** The first TLV of the codec's type, read into `target`, which is returned. */
  read<Value extends object>(codec: TlvCodec<never, Value>, target: NoInfer<Value>): Value {
    if (!this.#reader.find(codec.type)) throw new Error(`a message of ${this.service} has no ${codec.name}`);
    return this.#reader.decodeInto(codec, target);
  }
}
