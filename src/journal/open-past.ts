import type { PastReader, PastStart } from '../channel/past.js';
import { CONTROL } from '../layout/schema.js';
import type { Segment } from '../layout/segment.js';
import { systemWallClock, type WallClock } from '../platform/clock.js';
import type { GapHandler } from '../ring/gaps.js';
import { JournalCatalog } from './journal-catalog.js';
import { reading } from './journal-error.js';
import { systemFiles, type JournalFiles } from './journal-files.js';
import { JournalReader } from './journal-reader.js';
import type { JournalSettings } from './settings.js';

/**
 * Opens the journal of a channel for a consumer that begins before the ring, no further back than the replay window. What
 * was asked for and is not there is told as a gap. Undefined when this life of the channel is not recorded.
 */
export function openPast(
  segment: Segment,
  settings: JournalSettings,
  from: PastStart,
  onGap: GapHandler,
  { files = systemFiles, clock = systemWallClock }: { files?: JournalFiles; clock?: WallClock } = {},
): PastReader | undefined {
  const lifeNs = segment.control.view.getBigUint64(CONTROL.at.createdNs, true);
  const { directory, replayWindowMs } = settings;
  const names = reading(directory, () => new JournalCatalog(files, directory).filesOf(lifeNs));
  if (names.length === 0) return undefined;
  const reader = JournalReader.open(directory, { lifeNs, onGap, files, clock });
  const edgeNs = replayWindowMs === Infinity ? 0n : BigInt(Math.floor(clock.nowMs() - replayWindowMs)) * 1_000_000n;
  if (from === 'oldest') reader.seek({ timeNs: edgeNs });
  else if ('timeNs' in from) reader.seek({ timeNs: from.timeNs > edgeNs ? from.timeNs : edgeNs });
  else seekSequence(reader, from.sequence, edgeNs, onGap);
  if (from === 'oldest' || 'timeNs' in from) reader.settle();
  return reader;
}

function seekSequence(reader: JournalReader, sequence: number, edgeNs: bigint, onGap: GapHandler): void {
  const { firstSequence } = reader;
  let first = Math.max(sequence, firstSequence);
  if (edgeNs > 0n) {
    reader.seek({ timeNs: edgeNs });
    reader.settle();
    first = Math.max(first, reader.nextSequence);
  }
  reader.seek({ sequence: first });
  if (first > sequence) onGap({ sequence, lost: first - sequence, reason: 'not-recorded' });
}
