import { nameAt } from '../layout/control-block.js';
import { HEADER_BYTES } from '../layout/record.js';
import {
  CONSUMER_SLOT,
  PRODUCER_SLOT,
  PRODUCER_SLOTS,
  consumerSlotOffset,
  producerSlotOffset,
} from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import type { MappedBuffer } from '../memory/mapped-buffer.js';
import { MessageView } from '../ring/message-view.js';
import { DEQUEUED_SCRATCH, SENT_SCRATCH } from '../ring/producer-ring.js';
import type { MessageHandler, RecordConsumer } from '../ring/record-consumer.js';
import { Quarantine, QuarantineState, type QuarantineEntry, type QuarantineNote } from './quarantine.js';

const { handling: HANDLING, failedSequence: FAILED_SEQUENCE, failures: FAILURES } = CONSUMER_SLOT.at;
const { redeliver: REDELIVER, quarantined: QUARANTINED } = CONSUMER_SLOT.at;

const nothing: MessageHandler = () => {};

/**
 * Stands between a ring and a handler of a consumer whose policy sets messages aside, and counts in the slot how often in
 * a row the handler failed at one message, by throwing or by the death of its process: while a handler runs, the slot says
 * at which message. When that is often enough, the message goes to the {@link Quarantine} instead of the handler, and the
 * consumer goes on behind it. What cannot be set aside is delivered again: no message is lost.
 */
export class PoisonGuard {
  private readonly segment: Segment;
  private readonly control: MappedBuffer;
  private readonly base: number;
  private readonly name: string;
  private readonly ring: RecordConsumer;
  private readonly failuresMax: number;
  private readonly quarantine: Quarantine;
  /** The message to set aside; -1: none. */
  private doomed = -1;
  /** The message at which the handler failed last, as the slot says. */
  private failed: number;
  private reason: QuarantineNote['reason'] = 'died';
  private error: string | undefined;
  private handler = nothing;
  /** Messages of this poll that were set aside. */
  private setAside = 0;

  /** The slot is taken; what it says of a predecessor that died inside a handler is counted. */
  constructor(segment: Segment, slot: number, name: string, ring: RecordConsumer, failuresMax: number) {
    this.segment = segment;
    this.control = segment.control;
    this.base = consumerSlotOffset(slot);
    this.name = name;
    this.ring = ring;
    this.failuresMax = failuresMax;
    this.quarantine = new Quarantine(segment.directory, segment.channel);
    this.failed = this.control.getFloat64(this.base + FAILED_SEQUENCE);
    this.takeUp();
  }

  /** As {@link RecordConsumer.poll}; messages that were set aside are not among those it counts. */
  poll(handler: MessageHandler, limit: number): number {
    if (this.isRequested) {
      const again = this.redeliver(handler, limit);
      if (again > 0) return again;
    }
    this.handler = handler;
    this.setAside = 0;
    try {
      return this.ring.poll(this.guarded, limit) - this.setAside;
    } catch (error) {
      this.handlerThrew(error);
      throw error;
    } finally {
      this.handler = nothing;
    }
  }

  /** Whether somebody wants messages delivered again that were set aside. */
  get isRequested(): boolean {
    return this.control.loadVolatile(this.base + REDELIVER) !== 0;
  }

  private readonly guarded: MessageHandler = (message) => {
    const { control, base } = this;
    const { sequence } = message;
    if (sequence === this.doomed && this.putAside(message)) return;
    control.putFloat64(base + HANDLING, sequence + 1);
    this.handler(message);
    control.putFloat64(base + HANDLING, 0);
    if (sequence === this.failed) this.forget();
  };

  /** What the predecessor left: a death inside a handler, and messages that it died at when it got them again. */
  private takeUp(): void {
    const { control, base, quarantine, name } = this;
    const handled = control.getFloat64(base + HANDLING);
    control.putFloat64(base + HANDLING, 0);
    if (handled > 0) this.count(handled - 1, 'died', undefined);
    else if (this.failures >= this.failuresMax) this.doomed = this.failed;
    let requested = 0;
    for (const entry of quarantine.list()) {
      if (entry.consumer !== name) continue;
      if (entry.state === QuarantineState.TRYING) quarantine.move(entry, QuarantineState.SET_ASIDE);
      if (entry.state === QuarantineState.REQUESTED) requested = 1;
    }
    control.storeVolatile(base + REDELIVER, requested);
  }

  private get failures(): number {
    return this.control.getInt32(this.base + FAILURES);
  }

  private handlerThrew(error: unknown): void {
    const { control, base } = this;
    const handled = control.getFloat64(base + HANDLING);
    // What the ring itself throws is no fault of a message.
    if (handled === 0) return;
    control.putFloat64(base + HANDLING, 0);
    this.count(handled - 1, 'threw', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }

  private count(sequence: number, reason: QuarantineNote['reason'], error: string | undefined): void {
    const { control, base } = this;
    const failures = sequence === this.failed ? this.failures + 1 : 1;
    this.failed = sequence;
    this.reason = reason;
    this.error = error;
    control.putFloat64(base + FAILED_SEQUENCE, sequence);
    control.putInt32(base + FAILURES, failures);
    this.doomed = failures >= this.failuresMax ? sequence : -1;
  }

  /** The message went well after all, or is out of the way. */
  private forget(): void {
    this.failed = -1;
    this.doomed = -1;
    this.control.putInt32(this.base + FAILURES, 0);
    this.control.putFloat64(this.base + FAILED_SEQUENCE, -1);
  }

  private putAside(message: MessageView): boolean {
    const { control, base, segment } = this;
    const { offset, length, buffer, sequence } = message;
    const note: QuarantineNote = {
      channel: segment.channel,
      consumer: this.name,
      sequence,
      failures: this.failures,
      reason: this.reason,
      error: this.error,
      atNs: this.now(),
      producer: this.producerOf(message),
      bytes: length,
    };
    try {
      const isNew = this.quarantine.add(note, buffer.subarray(offset - HEADER_BYTES, offset + length));
      if (isNew) control.putFloat64(base + QUARANTINED, control.getFloat64(base + QUARANTINED) + 1);
    } catch (error) {
      process.emitWarning(`message ${sequence} is delivered again: ${(error as Error).message}`, {
        code: 'APBUS_QUARANTINE',
      });
      return false;
    }
    this.setAside += 1;
    this.forget();
    return true;
  }

  private now(): string {
    const { scratch } = this.segment;
    scratch.stamp(SENT_SCRATCH);
    return String(scratch.view.getBigUint64(SENT_SCRATCH, true));
  }

  private producerOf({ producerId }: MessageView): string {
    if (!(producerId >= 0 && producerId < PRODUCER_SLOTS)) return '';
    return nameAt(this.control.view, producerSlotOffset(producerId) + PRODUCER_SLOT.at.name);
  }

  /** Hands over what was asked for again, in order; a failure sets it aside as before. */
  private redeliver(handler: MessageHandler, limit: number): number {
    const { control, base, quarantine } = this;
    // First the flag: what is asked for from now on sets it again.
    control.storeVolatile(base + REDELIVER, 0);
    let delivered = 0;
    for (const entry of quarantine.list()) {
      if (entry.consumer !== this.name || entry.state !== QuarantineState.REQUESTED) continue;
      if (delivered === limit || this.ring.closed) {
        control.storeVolatile(base + REDELIVER, 1);
        break;
      }
      const trying = quarantine.move(entry, QuarantineState.TRYING);
      if (trying === undefined) continue;
      this.deliver(trying, handler);
      delivered += 1;
    }
    return delivered;
  }

  private deliver(entry: QuarantineEntry, handler: MessageHandler): void {
    const { segment, quarantine, control, base } = this;
    const record = quarantine.read(entry);
    const view = new MessageView(segment.scratch, segment.scratch);
    view.buffer = record;
    view.view = new DataView(record.buffer, record.byteOffset, record.byteLength);
    view.offset = HEADER_BYTES;
    view.length = entry.bytes;
    view.sequence = entry.sequence;
    segment.scratch.stamp(DEQUEUED_SCRATCH);
    try {
      handler(view);
    } catch (error) {
      quarantine.move(entry, QuarantineState.SET_ASIDE);
      control.storeVolatile(base + REDELIVER, 1); // the rest, at the next poll
      throw error;
    }
    quarantine.remove(entry);
  }
}
