import { PRODUCER_SLOT, producerSlotOffset } from '#src/layout/schema.js';
import type { ProducerRing } from '#src/ring/producer-ring.js';
import type { Actor, Outcome } from '../explorer/program.js';
import { payload, payloadBytes, type Cells } from './payload.js';
import type { World } from './ring-code.js';

/** `1`, `2`: writes a record of so many cells. `c1`: claims, then commits, in two operations. `a1`: claims, then aborts. */
export type Deed = `${'' | 'c' | 'a'}${Cells}`;

/** A producer that does one deed after the other, each as often as it takes. */
export class ProducerActor implements Actor {
  /** `A0@5`: record 0 of producer A was accepted with sequence 5. `A1@x`: it was aborted. */
  observed = '';
  protected ring: ProducerRing | undefined = undefined;
  protected readonly world: World;
  protected readonly slot: number;
  private readonly deeds: readonly Deed[];
  protected done = 0;

  constructor(world: World, slot: number, deeds: readonly Deed[]) {
    this.world = world;
    this.slot = slot;
    this.deeds = Object.freeze([...deeds]);
  }

  step(): Outcome {
    if (this.ring === undefined) {
      this.ring = this.attach();
      return 'working';
    }
    const { ring } = this;
    const deed = this.deeds[this.done]!;
    const cells: Cells = deed.endsWith('2') ? 2 : 1;
    if (ring.claimed) {
      this.endClaim(ring, cells, deed.startsWith('a'));
    } else if (deed === `${cells}`) {
      const number = this.number(ring);
      const sequence = ring.tryWrite(payload(this.slot, number, cells));
      if (sequence < 0) return 'idle';
      this.accepted(number, sequence);
    } else {
      return ring.tryClaim(payloadBytes(cells)) ? 'working' : 'idle';
    }
    return this.done === this.deeds.length ? 'done' : 'working';
  }

  /** Takes part; the single producer of a ring begins where the last one ended. */
  protected attach(): ProducerRing {
    const { storage, code, hasClaims } = this.world;
    if (hasClaims) return new code.MultiProducerRing(storage, this.slot, false);
    const tail = code.locateTail(storage);
    return new code.SingleProducerRing(storage, tail.position, tail.sequence, false);
  }

  private endClaim(ring: ProducerRing, cells: Cells, isAborted: boolean): void {
    const number = this.number(ring);
    ring.window.putBytes(ring.payloadOffset, payload(this.slot, number, cells));
    if (isAborted) {
      ring.abort();
      // Of a single producer nothing is left of it, not even a sequence.
      if (this.world.hasClaims) this.observed += ` ${nameOf(this.slot)}${this.done}@x`;
      this.done++;
      return;
    }
    this.accepted(number, ring.commit());
  }

  private accepted(number: number, sequence: number): void {
    this.observed += ` ${nameOf(this.slot)}${number}@${sequence}`;
    this.done++;
  }

  /** Number of the record: with one producer its sequence says it, so that a successor goes on counting. */
  protected number(ring: ProducerRing): number {
    return this.world.hasClaims ? this.done : ring.nextSequence - this.world.origin.sequence;
  }
}

/** The first record of the second producer in a slot. */
const SECOND_LIFE = 100;

/** What stands in the state of a slot while the heir of the dead one has its token: the kernel's lock, in the model. */
export const HEIR_HAS_TOKEN = 1;

/** A producer of a ring of several that takes the slot of a dead one, when that has no claim open any more. */
export class SlotHeirActor extends ProducerActor {
  override step(): Outcome {
    const { world, slot } = this;
    if (this.ring !== undefined) return super.step();
    if (world.code.openClaimOf(world.storage, slot) !== undefined) return 'idle';
    world.storage.control.storeVolatile(producerSlotOffset(slot) + PRODUCER_SLOT.at.state, HEIR_HAS_TOKEN);
    return super.step();
  }

  protected override number(): number {
    return SECOND_LIFE + this.done;
  }
}

/** What the producer in a slot is called. */
export function nameOf(slot: number): string {
  return String.fromCharCode(65 + slot);
}
