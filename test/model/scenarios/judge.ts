import {
  CELL_BYTES,
  CONSUMER_SLOT,
  CONTROL,
  PRODUCER_SLOT,
  consumerSlotOffset,
  producerSlotOffset,
} from '#src/layout/schema.js';
import { ClaimState, ownerIn, stateIn } from '#src/ring/claim-word.js';
import type { ModelThread } from '../explorer/program.js';
import type { State, ThreadState } from '../explorer/state.js';
import { nameOf } from './producer.js';
import { retainedFault } from './retained.js';
import type { World } from './ring-code.js';

/** A thread of a scenario, in the state in which nothing can go on any more. */
export interface Participant {
  readonly role: 'producer' | 'consumer';
  readonly slot: number;
  readonly thread: ModelThread;
  readonly end: ThreadState;
}

interface Seen {
  readonly record: string;
  /** Undefined: aborted. */
  readonly sequence: number | undefined;
}

/**
 * Judges an ending: what every producer was told and every consumer got must be one history. Consumers have everything
 * that was accepted, from where they began up to where the channel ends, or to where it stands still because a producer
 * died inside a claim.
 */
export class Judge {
  private readonly world: World;
  /** Whether claims of dead producers are repaired: then nothing may stand still. */
  private readonly isRepaired: boolean;

  constructor(world: World, isRepaired: boolean) {
    this.world = world;
    this.isRepaired = isRepaired;
  }

  judge(state: State, participants: readonly Participant[]): string | undefined {
    const producers = participants.filter(({ role }) => role === 'producer');
    const consumers = participants.filter(({ role }) => role === 'consumer');
    const endless = participants.find(({ end }) => end.status === 'ready' && end.length > 0);
    if (endless !== undefined) return `${endless.thread.name} goes round in an operation without an end`;
    const open = producers.find(({ slot, end }) => end.status === 'dead' && this.hasOpenClaim(state, slot));
    const isStanding = open !== undefined && !this.isRepaired;
    for (const { thread, end } of producers) {
      if (end.status === 'ready' && !isStanding) return `producer ${thread.name} is stuck`;
    }
    const history = new Map<number, string>();
    const conflict = participants.map(({ end }) => addTo(history, end.observed)).find((found) => found !== undefined);
    if (conflict !== undefined) return conflict;
    const accepted = new Set(producers.flatMap(({ end }) => sequencesIn(end.observed)));
    const stranger = [...history].find(([sequence, record]) => !accepted.has(sequence) && !mayBe(record, producers));
    if (stranger !== undefined) return `record ${stranger[1]} was delivered, but never written`;
    const last = isStanding ? this.intentSequence(state, open.slot) : Infinity;
    for (const consumer of consumers.filter(({ end }) => end.status === 'ready')) {
      const fault =
        (this.world.canBeOvertaken ? stuck(consumer) : this.missing(consumer, accepted, last)) ??
        this.misplaced(state, consumer, open, last) ??
        (this.isRepaired || this.world.canBeOvertaken ? this.miscounted(state, consumer) : undefined);
      if (fault !== undefined) return fault;
    }
    // Who resumes behind what was overwritten checks by itself that the loss it is told is that.
    const skipped = this.world.canBeOvertaken ? undefined : skippedBetween(consumers, accepted);
    if (skipped !== undefined) return skipped;
    return retainedFault(this.world, state.memory.words, history, isStanding ? last : undefined);
  }

  /** A consumer that did not get what it must have got. */
  private missing({ thread, end }: Participant, accepted: ReadonlySet<number>, last: number): string | undefined {
    const isStuck = stuck({ thread, end });
    if (isStuck !== undefined) return isStuck;
    const start = startOf({ end });
    const got = new Set(sequencesIn(end.observed));
    for (const sequence of accepted) {
      if (sequence < start || sequence >= last || got.has(sequence)) continue;
      return `consumer ${thread.name} never got the record with sequence ${sequence}`;
    }
    return undefined;
  }

  /** A consumer that does not stand where the channel ends, or stands still. */
  private misplaced(
    state: State,
    consumer: Participant,
    open: Participant | undefined,
    last: number,
  ): string | undefined {
    const { storage, hasClaims } = this.world;
    const { thread, slot } = consumer;
    // It joined beyond the place where the channel stands still, and waits there for what comes after a repair.
    if (startOf(consumer) > last) return undefined;
    const base = consumerSlotOffset(slot);
    const cursor = storage.doubleIn(state.memory.words, base + CONSUMER_SLOT.at.cursor);
    const sequence = storage.doubleIn(state.memory.words, base + CONSUMER_SLOT.at.sequence);
    const word = (offset: number): number => storage.wordIn(state.memory.words, offset);
    if (!hasClaims) {
      // The published tail follows the truth; a death may leave it one record behind.
      const tail = storage.doubleIn(state.memory.words, CONTROL.at.tailPosition);
      const isBehind = cursor < tail || (cursor > tail && state.crashes === 0);
      return isBehind ? `consumer ${thread.name} stands at ${cursor}, the tail at ${tail}` : undefined;
    }
    const at = open === undefined ? CONTROL.at.tail : producerSlotOffset(open.slot) + PRODUCER_SLOT.at.intentTail;
    const end = `cell ${word(at) >>> 0}, sequence ${word(at + 4) >>> 0}`;
    const found = `cell ${(cursor / CELL_BYTES) >>> 0}, sequence ${sequence >>> 0}`;
    return end === found ? undefined : `consumer ${thread.name} stands at ${found}, the channel at ${end}`;
  }

  /** A consumer whose lost messages are not those that it did not get. Nothing may be aborted, which is not lost. */
  private miscounted(state: State, { slot, thread, end }: Participant): string | undefined {
    const base = consumerSlotOffset(slot);
    const { storage } = this.world;
    const next = storage.doubleIn(state.memory.words, base + CONSUMER_SLOT.at.sequence);
    const missed = next - startOf({ end }) - sequencesIn(end.observed).length;
    const lost = Array.from(end.observed.matchAll(/lost:(\d+)/g), ([, count]) => Number(count));
    const counted = lost.reduce((sum, count) => sum + count, 0);
    return counted === missed ? undefined : `consumer ${thread.name} lost ${missed}, and counted ${counted}`;
  }

  private hasOpenClaim(state: State, slot: number): boolean {
    const { storage, hasClaims } = this.world;
    if (!hasClaims) return false;
    const tail = storage.wordIn(state.memory.words, producerSlotOffset(slot) + PRODUCER_SLOT.at.intentTail);
    const cell = tail & (storage.capacity / CELL_BYTES - 1);
    const low = state.memory.words[storage.layout.claimsStart + cell * 2]!;
    return stateIn(low) === ClaimState.CLAIMED && ownerIn(low) === slot;
  }

  private intentSequence(state: State, slot: number): number {
    const { storage, origin } = this.world;
    const low = storage.wordIn(state.memory.words, producerSlotOffset(slot) + PRODUCER_SLOT.at.intentTail + 4);
    return origin.sequence + ((low - (origin.sequence | 0)) >>> 0);
  }
}

function stuck({ thread, end }: Pick<Participant, 'thread' | 'end'>): string | undefined {
  return end.observed === '' ? `consumer ${thread.name} is stuck while it joins` : undefined;
}

/** What a thread has seen, put beside what the others have; a conflict is answered in words. */
function addTo(history: Map<number, string>, observed: string): string | undefined {
  for (const { record, sequence } of seenIn(observed)) {
    if (sequence === undefined) continue;
    const known = history.get(sequence);
    if (known !== undefined && known !== record) return `sequence ${sequence} is both ${known} and ${record}`;
    history.set(sequence, record);
  }
  return undefined;
}

/** Whether nobody was told that a record was accepted because its producer died while it wrote it. */
function mayBe(record: string, producers: readonly Participant[]): boolean {
  return producers.some(({ slot, end }) => {
    return end.status === 'dead' && record === `${nameOf(slot)}${seenIn(end.observed).length}`;
  });
}

/** What a consumer that was started again skipped, though the one before it had not got it. */
function skippedBetween(consumers: readonly Participant[], accepted: ReadonlySet<number>): string | undefined {
  const dead = consumers.find(({ end }) => end.status === 'dead');
  const next = consumers.find(({ thread }) => dead !== undefined && thread.succeeds === dead.thread.name);
  if (dead === undefined || next === undefined) return undefined;
  const last = Math.max(startOf(dead) - 1, ...sequencesIn(dead.end.observed));
  const lost = [...accepted].find((sequence) => sequence > last && sequence < startOf(next));
  return lost === undefined ? undefined : `sequence ${lost} came neither before nor after a death`;
}

/** The sequence at which a consumer began. */
function startOf({ end }: Pick<Participant, 'end'>): number {
  return Number(/^>(\d+)/.exec(end.observed)?.[1]);
}

function sequencesIn(observed: string): number[] {
  return seenIn(observed).flatMap(({ sequence }) => (sequence === undefined ? [] : [sequence]));
}

function seenIn(observed: string): Seen[] {
  return Array.from(observed.matchAll(/([A-Z]\d+)@(\d+|x)/g), ([, record, sequence]) => ({
    record: record!,
    sequence: sequence === 'x' ? undefined : Number(sequence),
  }));
}
