import { hasClaims } from '../layout/geometry.js';
import { CELL_BYTES, CONTROL, PRODUCER_SLOT, producerSlotOffset } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import type { MappedBuffer } from '../memory/mapped-buffer.js';
import type { BusError } from '../platform/bus-error.js';
import type { Clock } from '../platform/clock.js';
import { gatingPosition } from '../ring/gating.js';
import { locateTail } from '../ring/join.js';
import { MultiProducerRing } from '../ring/multi-producer.js';
import type { ProducerRing } from '../ring/producer-ring.js';
import { SingleProducerRing } from '../ring/single-producer.js';
import { BackpressurePolicy, type WaterMarkHandler } from './backpressure/policy.js';
import { waitLimitMs, type BackpressureSettings } from './backpressure/settings.js';
import { SlotCounters } from './backpressure/slot-counters.js';
import { stayedFull } from './blocker.js';
import { Claim } from './claim.js';
import type { Durability } from './durability.js';
import type { IdleStrategy } from './idle.js';
import { removal } from './lost-segment.js';
import { WriteLatency } from './latency.js';
import { lengthFault, messageFault } from './message-bytes.js';
import { refuseClaimed, refuseClosed } from './producer-refusals.js';
import { lostSlot, takeProducerSlot, type TakenProducerSlot, type Takeover } from './producer-slot.js';
import { SpaceWait } from './space-wait.js';
import { thisMachine, type Machine } from './waiting.js';
import { ConsumerWaker, SOMEBODY_SLEEPS, registerForWakeups, whenRegistered } from './wakeups.js';

/** How often a lap the ring is looked at, about. */
const LOOKS_PER_LAP = 32;

export interface ProducerSettings {
  readonly service: string;
  /** Whether messages carry timestamps: two clock readings' worth of time per message. */
  readonly timestamps: boolean;
  /** One write in so many is timed; default 0: none. */
  readonly latencySampling?: number | undefined;
  /** What it does when the ring is full. */
  readonly backpressure: BackpressureSettings;
  /** Told when the ring rises to the high-water mark, and when it is down to the low one. */
  readonly onWaterMark?: WaterMarkHandler | undefined;
  /** How it waits for room; default `park`. */
  readonly idle?: IdleStrategy;
  /** Its slot, when somebody has taken it already; default: take one. */
  readonly taken?: TakenProducerSlot;
  /** Whether what it writes comes to be on the disk; default: it is not recorded. */
  readonly durability?: Durability;
  /** Called once, when the producer is closed. */
  readonly onClose?: () => void;
  /** What its waiting needs; tests have another one. */
  readonly machine?: Machine;
}

/**
 * What stands behind the calls of a producer: its slot, its ring and what it says to refuse. The calls themselves, and what is
 * hot, are in {@link Producer}.
 */
export abstract class ProducerCore {
  readonly channel: string;
  /** The slot: what `MessageView.producerId` says of this producer's messages. */
  readonly id: number;
  /** In SPSC and SPMC channels, when the producer before died, or left while this one waited as a backup. */
  readonly takeover: Takeover | undefined;
  protected readonly segment: Segment;
  protected readonly control: MappedBuffer;
  protected readonly ring: ProducerRing;
  protected readonly waker: ConsumerWaker;
  protected readonly claim: Claim;
  protected readonly space: SpaceWait;
  protected readonly policy: BackpressurePolicy;
  protected readonly counters: SlotCounters;
  private readonly clock: Clock;
  protected readonly timeoutMs: number;
  protected readonly durability: Durability;
  protected readonly onClose: (() => void) | undefined;
  /** Bytes of the largest message that the channel takes. */
  readonly messageSizeMax: number;
  /** `messageSizeMax`, or 0 while closed or claimed: one comparison on the hot path says that all is well. */
  protected acceptMax: number;
  protected readonly taken: TakenProducerSlot;
  /** Whose the slot is, and what must stand there: a word that does not change as long as it is this producer's. */
  protected readonly owner: Int32Array;
  protected readonly generation: number;
  /** See {@link BackpressurePolicy.gate}. */
  protected readonly gate: Int32Array;
  /** Whether a consumer sleeps. These are words and no calls so that the compiler has room to put `write` into a loop. */
  protected sleepers: Int32Array = SOMEBODY_SLEEPS;
  protected closed = false;
  /** From this sequence on the next look at the ring, or the next timed write, is due. */
  protected lookAt = 0;
  private ringLookAt = 0;
  private readonly latency: WriteLatency | undefined;
  private timedAt = 0;
  /** The next write is to be timed. */
  protected isTimed = false;
  /** Where the last one was. */
  protected looked: { sequence: number; position: number };

  constructor(segment: Segment, settings: ProducerSettings) {
    this.segment = segment;
    this.channel = segment.channel;
    this.control = segment.control;
    this.timeoutMs = waitLimitMs(settings.backpressure);
    this.durability = settings.durability;
    this.onClose = settings.onClose;
    this.messageSizeMax = segment.messageSizeMax;
    this.acceptMax = segment.messageSizeMax;
    this.taken = settings.taken ?? takeProducerSlot(segment, settings.service);
    const { slot, generation, previousPid } = this.taken;
    this.id = slot;
    this.generation = generation;
    this.owner = this.control.word(producerSlotOffset(slot) + PRODUCER_SLOT.at.generation);
    if (hasClaims(segment.shape.type)) {
      this.ring = new MultiProducerRing(segment, this.id, settings.timestamps);
    } else {
      const tail = locateTail(segment);
      this.ring = new SingleProducerRing(segment, tail.position, tail.sequence, settings.timestamps);
    }
    this.counters = new SlotCounters(this.control, slot);
    this.latency = WriteLatency.of(segment, slot, settings.latencySampling ?? 0);
    const { backpressure, onWaterMark, machine = thisMachine() } = settings;
    this.clock = machine.clock;
    this.policy = new BackpressurePolicy(segment, slot, backpressure, this.counters, onWaterMark, machine);
    this.gate = this.policy.gate;
    this.looked = { sequence: this.ring.nextSequence, position: this.ring.tailPosition() };
    this.space = new SpaceWait(segment, this.ring, settings.idle ?? 'park');
    if (previousPid !== undefined) this.takeover = { generation, previousPid, sequence: this.ring.nextSequence };
    this.waker = new ConsumerWaker(segment);
    whenRegistered(() => {
      this.sleepers = this.control.word(CONTROL.at.consumersWaiting);
    });
    this.claim = new Claim({ commit: () => this.endClaim(true), abort: () => this.endClaim(false) });
  }

  /** How full the ring is, 0 to 1, as the slowest gating consumer sees it; 0 when nobody gates. */
  get utilization(): number {
    if (this.closed) return 0;
    const gate = gatingPosition(this.segment);
    const tail = this.ring.tailPosition();
    return Math.min(Math.max(tail - gate, 0) / this.segment.capacity, 1);
  }

  protected accepts(message: Uint8Array): boolean {
    const isFit = message instanceof Uint8Array && (message.length - 1) >>> 0 < this.acceptMax;
    return isFit && this.owner[0] === this.generation && (this.gate[0]! & 3) === 0;
  }

  protected beginTimed(): void {
    this.isTimed = false;
    this.latency?.begin();
  }

  protected endTimed(): void {
    this.latency?.end();
  }

  protected isCurrent(): boolean {
    return this.owner[0] === this.generation;
  }

  /** For what is not plainly acceptable: throws, unless it is a Uint8Array of another realm, which can be written. */
  protected examine(message: Uint8Array): void {
    this.refuse(messageFault(this.channel, message, this.messageSizeMax));
  }

  /** The same for a call that does not throw when the producer is closed: true then. */
  protected isRefused(message: Uint8Array): boolean {
    if (!this.closed) this.examine(message);
    return this.closed;
  }

  protected refuseLength(length: number): void {
    this.refuse(lengthFault(this.channel, length, this.messageSizeMax));
  }

  protected refuse(fault: BusError | undefined): void {
    refuseClosed(this.channel, this.closed);
    if (!this.isCurrent()) throw lostSlot(this.segment, this.taken);
    if (fault !== undefined) throw this.counted(fault);
    refuseClaimed(this.channel, this.ring.claimed);
  }

  protected endClaim(commit: boolean): number {
    const { ring } = this;
    // Of one that lost its slot the claim stays as it is: its place in the ring is the successor's.
    if (!this.isCurrent() && commit) throw lostSlot(this.segment, this.taken);
    if (!this.isCurrent()) return -1;
    this.acceptMax = this.messageSizeMax;
    const sequence = commit ? ring.commit() : -1;
    if (!commit) {
      ring.abort();
      this.policy.gaveBack();
    }
    if (this.sleepers[0] !== 0) this.waker.wakeAll();
    if (sequence >= this.lookAt) this.look();
    return sequence;
  }

  /** For what is not plainly acceptable: throws, or comes to the write when it may. */
  protected admit(message: Uint8Array): void {
    this.examine(message);
    if (!this.isAdmitted()) throw this.counted(this.policy.refusal());
  }

  protected isAdmitted(): boolean {
    if (this.isTimed) this.acceptMax = this.messageSizeMax;
    const isAdmitted = this.policy.admits();
    // A probe that finds room closes the breaker at once.
    if (this.policy.isProbing) this.lookAt = this.ringLookAt = 0;
    return isAdmitted;
  }

  /** Whether writers wait for room at all. */
  protected get waits(): boolean {
    return 'timeoutMs' in this.policy.settings;
  }

  /**
   * A look at how full the ring is: about every 32nd of it, at every write while those are admitted one by one. When the
   * next one is due is guessed from the messages since the last: a wrong guess makes it late, and a full ring is seen anyway.
   */
  protected look(): void {
    const { latency } = this;
    const sequence = this.ring.nextSequence;
    if (latency !== undefined && sequence > this.timedAt) {
      this.timedAt = sequence + latency.every - 1;
      // so that the next message is not plainly acceptable: what is hot has no branch for it
      this.isTimed = true;
      this.acceptMax = 0;
    }
    if (sequence > this.ringLookAt) this.lookAtRing(sequence);
    this.lookAt = latency === undefined ? this.ringLookAt : Math.min(this.ringLookAt, this.timedAt);
  }

  private lookAtRing(sequence: number): void {
    const { ring, looked, policy, segment } = this;
    // not at the first message, which somebody may wait for
    if (this.ringLookAt > 0) registerForWakeups();
    policy.wrote();
    const position = ring.tailPosition();
    this.see(this.utilization);
    const average = (position - looked.position) / Math.max(1, sequence - looked.sequence);
    const messages = Math.floor(segment.capacity / LOOKS_PER_LAP / Math.max(average, CELL_BYTES));
    this.ringLookAt = sequence + (policy.isThrottling ? 0 : messages);
    looked.sequence = sequence;
    looked.position = position;
  }

  /** Takes into account how full the ring is; when it has fallen, those who are held back on the event loop go on at once. */
  protected see(utilization: number): void {
    const { policy, space } = this;
    const wasThrottling = policy.isThrottling;
    policy.see(utilization);
    if (wasThrottling && !policy.isThrottling) space.wake();
  }

  /** A call found no room, and that is that: what it answers. A message may need more than is missing to the high mark. */
  protected full(): number {
    const code = this.policy.full();
    this.see(1);
    this.lookAt = this.ringLookAt = 0;
    return code;
  }

  /** Where nobody waits for room, who finds none looks for the dead that take it up. Whether another attempt is worth it. */
  protected findsTheDead(): boolean {
    return !this.waits && this.space.glance(this.clock);
  }

  protected giveUp(timeoutMs?: number): never {
    throw this.counted(removal(this.segment) ?? stayedFull(this.segment, timeoutMs));
  }

  protected counted(error: BusError): BusError {
    if (!this.closed && this.isCurrent()) this.counters.count('rejected');
    return error;
  }
}
