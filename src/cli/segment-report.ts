import { lstatSync } from 'node:fs';
import { agreementOf } from '../bus/config/agreement.js';
import type { ResolvedChannel } from '../bus/config/index.js';
import { segmentPath } from '../layout/directory.js';
import { differingKeys } from '../layout/geometry.js';
import { CONTROL } from '../layout/schema.js';
import { Segment } from '../layout/segment.js';
import { locateSegment, signpostPath } from '../layout/segment-place.js';
import { BusError } from '../platform/bus-error.js';

/** What stands in a channel's place in the directory. */
export type SegmentReport =
  | { readonly state: 'absent'; readonly path: string }
  | {
      readonly state: 'ready';
      readonly path: string;
      /** Size of the file. */
      readonly bytes: number;
      /** Nanoseconds since the epoch, as text because it does not fit a JSON number. */
      readonly createdNs: string;
      /** The same as an ISO 8601 date. */
      readonly createdAt: string;
      readonly creatorPid: number;
    }
  | { readonly state: 'unusable'; readonly path: string; readonly code: string; readonly reason: string };

/** Looks at the segment of a channel without taking part in it: no slot is taken, nothing is created or written. */
export function inspectSegment(directory: string, channel: ResolvedChannel): SegmentReport {
  let path = segmentPath(directory, channel.name);
  // asked first, so that an absent segment needs no addon
  if (isAbsent(path) && isAbsent(signpostPath(directory, channel.name))) return { state: 'absent', path };
  try {
    path = locateSegment(directory, channel.name);
    const segment = Segment.openExisting(directory, channel.name, { ringWritable: false });
    if (segment === undefined) return { state: 'absent', path };
    try {
      return report(path, segment, channel);
    } finally {
      segment.close();
    }
  } catch (error) {
    if (!BusError.is(error)) throw error;
    return { state: 'unusable', path, code: error.code, reason: error.message };
  }
}

/** False where it cannot be told: opening it then says why. */
function isAbsent(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

function report(path: string, segment: Segment, channel: ResolvedChannel): SegmentReport {
  const { shape, control } = segment;
  const { name, type, bufferSize: capacity, messageSizeMax, backpressure } = channel;
  const agreement = agreementOf(channel);
  const configured = { name, type, capacity, messageSizeMax, mode: backpressure.mode, agreement };
  const differences = differingKeys(shape, configured).map(
    ({ key, theirs, ours }) => `${key} is ${theirs}, configured is ${ours}`,
  );
  if (differences.length > 0) {
    const reason = `the running channel differs: ${differences.join('; ')}`;
    return { state: 'unusable', path, code: 'ERR_CONFIG_MISMATCH', reason };
  }
  const createdNs = control.view.getBigUint64(CONTROL.at.createdNs, true);
  return {
    state: 'ready',
    path,
    bytes: segment.bytes,
    createdNs: String(createdNs),
    createdAt: new Date(Number(createdNs / 1_000_000n)).toISOString(),
    creatorPid: control.view.getUint32(CONTROL.at.creatorPid, true),
  };
}
