import { commitWord } from '../layout/record.js';
import { RECORD } from '../layout/schema.js';
import { RecordConsumer, type Place } from './record-consumer.js';
import type { RingStorage } from './storage.js';

const COMMIT = RECORD.at.commit;
const wordOf = commitWord;

/**
 * Reads the rings of SPSC and SPMC channels. The commit word of the next record is all that it polls: 0 (cleared by the
 * producer before it committed the record before) until it becomes the word of exactly the next sequence. The load here
 * pairs with the release store in SingleProducerRing.commit.
 */
export class InBandConsumer extends RecordConsumer {
  constructor(storage: RingStorage, slot: number, place: Place, canBeOvertaken = false) {
    super(storage, slot, canBeOvertaken);
    this.moveTo(place);
  }

  override ready(): boolean {
    const expected = wordOf(this.nextSequence);
    return this.window.loadAcquire(this.offset + COMMIT) === expected || this.arrived(expected);
  }

  protected override entered(): void {}

  private arrived(expected: number): boolean {
    const word = this.window.loadVolatile(this.offset + COMMIT);
    if (word === expected || this.isOvertaken()) return true;
    if (word === 0) return false;
    throw this.impossible(`commit word ${word} where 0 or ${expected} must stand`);
  }
}
