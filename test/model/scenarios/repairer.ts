import { CONTROL, PRODUCER_SLOT, producerSlotOffset } from '#src/layout/schema.js';
import type { OpenClaim } from '#src/ring/open-claim.js';
import type { Actor, Outcome } from '../explorer/program.js';
import { HEIR_HAS_TOKEN } from './producer.js';
import type { World } from './ring-code.js';

const LOCK = CONTROL.at.repairLock;
const FREE = 0;

export interface RepairerSettings {
  /** The producer that it repairs after: it begins when that one was killed. */
  readonly of: 'A' | 'B';
  /** It may be killed as well. */
  readonly mortal?: boolean;
  /** It begins when that repairer was killed, and finds the lock free if that one had it: the kernel sees to that. */
  readonly after?: string;
}

/**
 * What the channel layer does: looks for the claim of a slot, then whether the token is free, takes the repair lock, here a
 * word of the model, repairs, and gives the lock back. Each is an operation of its own, so that others can come in between
 * at no cost.
 */
export class RepairerActor implements Actor {
  observed = '';
  private claim: OpenClaim | undefined = undefined;
  private isDead = false;
  private isLocked = false;
  private isRepaired = false;
  private readonly world: World;
  private readonly slot: number;
  /** What stands in the lock word while this one, or the dead one before it, has the lock. */
  private readonly key: number;
  private readonly deadKey: number;

  constructor(world: World, slot: number, key: number, deadKey: number) {
    this.world = world;
    this.slot = slot;
    this.key = key;
    this.deadKey = deadKey;
  }

  step(): Outcome {
    const { storage, code } = this.world;
    if (this.claim === undefined) {
      this.claim = code.openClaimOf(storage, this.slot);
      return this.claim === undefined ? 'done' : 'working';
    }
    if (!this.isDead) {
      const token = storage.control.loadVolatile(producerSlotOffset(this.slot) + PRODUCER_SLOT.at.state);
      this.isDead = token !== HEIR_HAS_TOKEN;
      return this.isDead ? 'working' : 'done';
    }
    if (!this.isLocked) {
      this.isLocked = this.lockFrom(FREE) || (this.deadKey !== FREE && this.lockFrom(this.deadKey));
      return this.isLocked ? 'working' : 'idle';
    }
    if (!this.isRepaired) {
      code.repairClaim(storage, this.claim);
      this.isRepaired = true;
      return 'working';
    }
    storage.control.storeVolatile(LOCK, FREE);
    return 'done';
  }

  private lockFrom(found: number): boolean {
    return this.world.storage.control.compareAndSwap32(LOCK, found, this.key);
  }
}
