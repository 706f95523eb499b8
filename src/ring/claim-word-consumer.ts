import { CELL_BYTES, PRODUCER_SLOTS } from '../layout/schema.js';
import { ClaimState, LAP_AND_STATE, claimLow, lapIn, lapOf, ownerIn, stateIn } from './claim-word.js';
import { RecordConsumer, type Place } from './record-consumer.js';
import type { RingStorage } from './storage.js';
import type { RingWalker } from './walker.js';

/**
 * Reads the rings of MPSC and MPMC channels: the claim word of the cell at the cursor says (this lap, committed), or the
 * record is not there yet. The load pairs with the release store in MultiProducerRing.commit.
 */
export class ClaimWordConsumer extends RecordConsumer {
  /** Byte offset of the claim word that belongs to the first cell of the window. */
  declare private firstClaim: number;
  /** Low half, without owner, of the claim word of a committed record in this lap. */
  declare private committed: number;
  declare private lap: number;

  constructor(storage: RingStorage, slot: number, place: Place, canBeOvertaken = false) {
    super(storage, slot, canBeOvertaken);
    this.moveTo(place);
  }

  override ready(): boolean {
    const at = this.firstClaim + (this.offset >> 3);
    return (this.storage.claims.loadAcquire(at) & LAP_AND_STATE) === this.committed || this.arrived(at);
  }

  override claimant(): number {
    const { claims } = this.storage;
    const at = this.firstClaim + (this.offset >> 3);
    const low = claims.loadVolatile(at);
    const isOpen = stateIn(low) === ClaimState.CLAIMED && lapIn(low, claims.loadVolatile(at + 4)) === this.lap;
    return isOpen && ownerIn(low) < PRODUCER_SLOTS ? ownerIn(low) : -1;
  }

  protected override entered(walker: RingWalker): void {
    const { capacity } = this.storage;
    this.lap = lapOf(walker.position, capacity);
    this.committed = claimLow(this.lap, ClaimState.COMMITTED, 0);
    this.firstClaim = (((walker.position - walker.offset) % capacity) / CELL_BYTES) * 8;
  }

  private arrived(at: number): boolean {
    const { claims } = this.storage;
    const low = claims.loadVolatile(at);
    if ((low & LAP_AND_STATE) === this.committed || this.isOvertaken()) return true;
    const lap = lapIn(low, claims.loadVolatile(at + 4));
    if (lap > this.lap || (lap === this.lap && stateIn(low) !== ClaimState.CLAIMED)) {
      if (claims.loadVolatile(at) !== low) return false;
      throw this.impossible(`a claim word of lap ${lap}, state ${stateIn(low)}, in lap ${this.lap}`);
    }
    return false;
  }
}
