import type { Passage } from './recovery.js';
import type { Witness } from './witness.js';

/** Reads what witnesses note of gaps before they forget it. */
export class PassageLog {
  readonly all: Passage[] = [];
  private readonly seen = new Map<string, number>();

  read(consumer: string, witness: Witness): void {
    const count = witness.gapCount;
    for (let index = this.seen.get(consumer) ?? 0; index < count; index++) {
      const { sequence, missing, missingWhileAway, endedNs, attachedNs, waitedNs } = witness.gap(index);
      const before = witness.gap(index - 1);
      const isAway = missingWhileAway > before.missingWhileAway;
      if (!isAway) this.all.push({ consumer, sequence, size: missing - before.missing, endedNs, attachedNs, waitedNs });
    }
    this.seen.set(consumer, count);
  }
}
