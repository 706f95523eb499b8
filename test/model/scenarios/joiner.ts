import type { StartFrom } from '#src/channel/start-from.js';
import type { Outcome } from '../explorer/program.js';
import { findPlace, leaveSlot, takeSlot } from './attach.js';
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
    if (this.ring !== undefined) return super.step();
    if (this.isHolding) {
      this.begin(findPlace(this.world, this.slot, this.from, undefined)).publish();
    } else {
      takeSlot(this.world, this.slot, undefined);
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
    if (this.hasSought || ring === undefined || ring.nextSequence === this.world.origin.sequence) return super.step();
    this.hasSought = true;
    const saved = { position: ring.position, sequence: ring.nextSequence };
    const place = findPlace(this.world, this.slot, 'oldest', saved);
    this.startsAt(place.sequence);
    ring.moveTo(place);
    ring.publish();
    return 'working';
  }
}

/** A consumer that is attached from the beginning, reads a record, and leaves for ever. */
export class LeaverActor extends ConsumerActor {
  override step(): Outcome {
    if (this.ring === undefined || this.ring.nextSequence === this.world.origin.sequence) return super.step();
    leaveSlot(this.world, this.slot);
    return 'done';
  }
}

/** A consumer that is attached from the beginning, reads a record, leaves, comes back and goes on where it was. */
export class ReturnerActor extends ConsumerActor {
  private phase: 'reading' | 'away' | 'holding' | 'back' = 'reading';
  private readonly saved = { position: 0, sequence: 0 };

  override step(): Outcome {
    const { world, slot, ring, saved } = this;
    if (this.phase === 'away') {
      takeSlot(world, slot, saved);
      this.phase = 'holding';
      return 'working';
    }
    if (this.phase === 'holding') {
      this.begin(findPlace(world, slot, 'resume', saved)).publish();
      this.phase = 'back';
      return 'working';
    }
    if (this.phase === 'back' || ring === undefined || ring.nextSequence === world.origin.sequence) return super.step();
    saved.position = ring.position;
    saved.sequence = ring.nextSequence;
    leaveSlot(world, slot);
    this.phase = 'away';
    return 'working';
  }
}
