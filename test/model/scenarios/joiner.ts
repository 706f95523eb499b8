import type { StartFrom } from '#src/channel/start-from.js';
import type { Place } from '#src/ring/record-consumer.js';
import type { Outcome } from '../explorer/program.js';
import { findPlace, leaveSlot, savedPlace, takeSlot } from './attach.js';
import { ConsumerActor } from './consumer.js';
import type { World } from './ring-code.js';

/** A consumer that joins while others are at work. */
export class JoinerActor extends ConsumerActor {
  private readonly from: StartFrom;
  private isHolding = false;

  constructor(world: World, slot: number, from: StartFrom) {
    super(world, slot);
    this.from = Object.freeze(from);
    this.observed = '';
  }

  override step(): Outcome {
    if (this.ring !== undefined) return this.read();
    if (this.isHolding) {
      this.begin(findPlace(this.world, this.slot, this.from, undefined).place).publish();
    } else {
      takeSlot(this.world, this.slot, this.from, undefined);
      this.isHolding = true;
    }
    return 'working';
  }
}

/** A consumer that is attached from the beginning, reads a record, and goes back to the oldest one, once. */
export class SeekerActor extends ConsumerActor {
  private hasSought = false;

  override step(): Outcome {
    const { ring } = this;
    if (this.hasSought || ring === undefined || ring.nextSequence === this.world.origin.sequence) return this.read();
    this.hasSought = true;
    const saved = { position: ring.position, sequence: ring.nextSequence };
    const { place } = findPlace(this.world, this.slot, 'oldest', saved);
    this.startsAt(place.sequence);
    ring.moveTo(place);
    ring.publish();
    return 'working';
  }
}

/** A consumer that is attached from the beginning, reads a record, and leaves for ever. */
export class LeaverActor extends ConsumerActor {
  override step(): Outcome {
    if (this.ring === undefined || this.ring.nextSequence === this.world.origin.sequence) return this.read();
    leaveSlot(this.world, this.slot);
    return 'done';
  }
}

/** A consumer that takes up what the one in its slot has left, and goes on there. */
export class ResumerActor extends ConsumerActor {
  protected saved: Place | undefined = undefined;

  constructor(world: World, slot: number) {
    super(world, slot);
    this.observed = '';
  }

  override step(): Outcome {
    const { world, slot, saved } = this;
    if (this.ring !== undefined) return this.read();
    if (saved === undefined) {
      this.saved = savedPlace(world, slot);
      takeSlot(world, slot, 'resume', this.saved);
    } else {
      this.resume(saved);
    }
    return 'working';
  }

  private resume(saved: Place): void {
    const { place, lost } = findPlace(this.world, this.slot, 'resume', saved);
    const missed = Math.max(0, place.sequence - saved.sequence);
    if (lost !== missed) throw new Error(`${lost} records are said to be lost, not ${missed}`);
    this.begin(place).publish();
  }
}

/** A consumer that is attached from the beginning, reads a record, leaves, comes back and goes on where it was. */
export class ReturnerActor extends ResumerActor {
  private hasLeft = false;

  constructor(world: World, slot: number) {
    super(world, slot);
    this.startsAt(world.origin.sequence);
  }

  override step(): Outcome {
    const { world, slot, ring } = this;
    if (this.hasLeft) return super.step();
    if (ring === undefined || ring.nextSequence === world.origin.sequence) return this.read();
    leaveSlot(world, slot);
    this.ring = undefined;
    this.hasLeft = true;
    return 'working';
  }
}
