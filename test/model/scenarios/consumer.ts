import { HEADER_BYTES } from '#src/layout/record.js';
import type { MessageView } from '#src/ring/message-view.js';
import type { Place, RecordConsumer } from '#src/ring/record-consumer.js';
import type { Actor, Outcome } from '../explorer/program.js';
import type { ModelRecordCopy } from '../explorer/model-record-copy.js';
import { readPayload } from './payload.js';
import { nameOf } from './producer.js';
import type { World } from './ring-code.js';

/** Messages that one `poll` may hand out: more than one, so that a poll can be overtaken in its midst. */
const LIMIT = 2;

/** A consumer that is attached from the beginning and polls for ever. */
export class ConsumerActor implements Actor {
  /** `>5`: starts at sequence 5. `A0@5`: got record 0 of producer A, with sequence 5. */
  observed = '';
  protected ring: RecordConsumer | undefined = undefined;
  protected readonly world: World;
  protected readonly slot: number;
  /** Number of the record expected next, at least, by producer. */
  private readonly expected: { A: number; B: number } = { A: 0, B: 0 };
  private sequence: number;
  private lost = 0;

  constructor(world: World, slot: number) {
    this.world = world;
    this.slot = slot;
    this.sequence = world.origin.sequence;
    this.startsAt(this.sequence);
  }

  step(): Outcome {
    return this.read();
  }

  protected read(): Outcome {
    const ring = this.ring ?? this.begin(this.world.origin);
    const delivered = ring.poll(this.take, LIMIT);
    ring.flush();
    if (ring.lost > this.lost) this.observed += ` lost:${ring.lost - this.lost}`;
    this.lost = ring.lost;
    return delivered > 0 ? 'working' : 'idle';
  }

  protected begin(place: Place): RecordConsumer {
    const { code, storage, hasClaims, canBeOvertaken } = this.world;
    this.startsAt(place.sequence);
    const Ring = hasClaims ? code.ClaimWordConsumer : code.InBandConsumer;
    this.ring = new Ring(storage, this.slot, place, canBeOvertaken);
    return this.ring;
  }

  /** What was seen until now does not count. */
  protected startsAt(sequence: number): void {
    this.sequence = sequence;
    this.expected.A = 0;
    this.expected.B = 0;
    this.observed = `>${sequence}`;
  }

  private payloadOf({ length, offset }: MessageView): { producer: number; number: number } {
    const { storage, canBeOvertaken } = this.world;
    const ring = this.ring!;
    if (canBeOvertaken) return readPayload(copyOf(ring), offset - HEADER_BYTES, length);
    return readPayload(storage.ring, ring.position % storage.capacity, length);
  }

  private readonly take = (message: MessageView): void => {
    const { producer, number } = this.payloadOf(message);
    const name = nameOf(producer);
    if (name !== 'A' && name !== 'B') throw new Error(`a record of producer ${producer}, who does not exist`);
    if (message.sequence < this.sequence)
      throw new Error(`sequence ${message.sequence} came after ${this.sequence - 1}`);
    if (number < this.expected[name])
      throw new Error(`${name}${number} came again, or after ${name}${this.expected[name] - 1}`);
    this.sequence = message.sequence + 1;
    this.expected[name] = number + 1;
    this.observed += ` ${name}${number}@${message.sequence}`;
  };
}

/** What a ring hands out in place of the record: a detail of its own, and what its handlers see. */
function copyOf(ring: RecordConsumer): ModelRecordCopy {
  return (ring as unknown as { copy: ModelRecordCopy }).copy;
}
