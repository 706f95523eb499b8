import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Producer } from '../channel/producer.js';
import { tryTakeProducerSlot } from '../channel/producer-slot.js';
import { CAPACITY_MIN } from '../layout/geometry.js';
import { Segment } from '../layout/segment.js';
import { keepPulse } from '../liveness/index.js';
import type { ResolvedChannel } from './config/index.js';

/*
 * What runs for the first time in a process is compiled first, function by function: 1.3 of the 7 ms that lay between a
 * primary's death and its backup's first message. A backup has time before, so it does the same things once on a segment that
 * nobody else sees.
 */

const MESSAGE = new Uint8Array(1);

/** Takes over, and writes, on a segment of its own. Where none can be had it does nothing: it is for speed only. */
export function rehearseTakeover({ type, backpressure }: ResolvedChannel, service: string): void {
  const scratch = tryScratchSegment(type);
  if (scratch === undefined) return;
  try {
    const taken = tryTakeProducerSlot(scratch, service, true);
    if (taken === undefined) return;
    const producer = new Producer(scratch, { service, timestamps: true, backpressure, taken });
    const endPulse = keepPulse(scratch);
    producer.write(MESSAGE);
    endPulse();
    producer.close();
  } finally {
    scratch.close();
  }
}

/** A new, empty segment whose file is already removed: whatever ends this process leaves nothing behind. */
function tryScratchSegment(type: ResolvedChannel['type']): Segment | undefined {
  try {
    const directory = mkdtempSync(join(tmpdir(), 'alphapulse-rehearsal-'));
    try {
      const shape = { name: 'rehearsal', type, capacity: CAPACITY_MIN, messageSizeMax: MESSAGE.length };
      return Segment.openOrCreate(directory, shape, { ringWritable: true });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  } catch {
    return undefined;
  }
}
