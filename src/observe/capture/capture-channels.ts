import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { bootId } from '../../layout/control-block.js';
import { LAYOUT_HASH, LAYOUT_VERSION } from '../../layout/schema.js';
import { Segment } from '../../layout/segment.js';
import { BusError } from '../../platform/bus-error.js';
import { systemClock, systemWallClock, type Clock, type WallClock } from '../../platform/clock.js';
import { packageFile } from '../../platform/package-files.js';
import { CaptureOutput } from './capture-output.js';
import { captureOne, type CapturedChannel } from './capture-one.js';
import { PartKind, type CaptureEnd, type CaptureHead, type UncapturedChannel } from './format.js';

export interface CaptureRequest {
  /** Where the segments live. */
  readonly directory: string;
  readonly channels: readonly string[];
  /** The file to be made; there must be none. */
  readonly file: string;
  /** Of each channel at least what came in the last so many ms, or its last bytes; the less of both. Default: all. */
  readonly lastMs?: number | undefined;
  readonly bytes?: number | undefined;
  /** Ends it early: nothing is left. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
  readonly wallClock?: WallClock;
}

export interface CaptureReport {
  readonly file: string;
  readonly bytes: number;
  readonly takenMs: number;
  readonly channels: readonly CapturedChannel[];
  readonly unusable: readonly UncapturedChannel[];
}

/**
 * Freezes channels into a file: what is in their rings, with all cursors, slots, counters and histograms. Takes no slot, no
 * lock, and stores nothing, so that nobody of the channel notices; of what producers overwrite meanwhile, the newest is
 * kept, and how much was lost is counted. Memory does not grow with the rings. The file appears whole, or not at all.
 *
 * @throws BusError when no channel can be captured, with the reason of the first; `ERR_STORAGE_SPACE`, `ERR_PERMISSION`,
 * `ERR_RESOURCES` for what the file system says; `ERR_INVALID_ARGUMENT` when the file is there; `ERR_ABORTED`
 */
export async function captureChannels(request: CaptureRequest): Promise<CaptureReport> {
  const { file, channels, clock = systemClock(), wallClock = systemWallClock } = request;
  if (existsSync(file))
    throw new BusError('ERR_INVALID_ARGUMENT', `${file} is there already, and is left as it is; name another file`);
  // one right after the other: the difference of the two clocks is in the capture
  const [takenMs, takenNs] = [wallClock.nowMs(), clock.monotonicNs()];
  const output = await CaptureOutput.create(file);
  try {
    await output.writeJson(PartKind.HEAD, 0, headOf(takenMs, takenNs));
    const captured: CapturedChannel[] = [];
    const faults: BusError[] = [];
    const unusable: UncapturedChannel[] = [];
    for (const [index, channel] of channels.entries()) {
      try {
        captured.push(await captureSegment(output, index, channel, request, clock));
      } catch (error) {
        if (!BusError.is(error) || !isOfChannel(error)) throw error;
        faults.push(error);
        unusable.push({ channel, code: error.code, reason: error.message });
      }
    }
    if (captured.length === 0 && faults[0] !== undefined) throw faults[0];
    const end: CaptureEnd = { channels: captured.length, unusable };
    await output.writeJson(PartKind.END, 0, end);
    await output.finish();
    return { file, bytes: output.bytes, takenMs, channels: captured, unusable };
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

async function captureSegment(
  output: CaptureOutput,
  index: number,
  channel: string,
  { directory, lastMs, bytes, signal }: CaptureRequest,
  clock: Clock,
): Promise<CapturedChannel> {
  const segment = Segment.openExisting(directory, channel, { ringWritable: false });
  if (segment === undefined) {
    const found = `channel ${channel} has no segment in ${directory}`;
    throw new BusError('ERR_UNKNOWN_CHANNEL', `${found}; it is made by the first service that opens it`, { channel });
  }
  try {
    if (segment.moment !== undefined)
      throw new BusError('ERR_UNKNOWN_CHANNEL', `channel ${channel} in ${directory} is a capture itself`, { channel });
    return await captureOne(output, index, segment, { lastMs, bytes, signal, clock });
  } finally {
    segment.close();
  }
}

/** Whether an error says something of one channel, so that the others can be captured. */
function isOfChannel({ code }: BusError): boolean {
  return ['ERR_CORRUPT', 'ERR_LAYOUT_MISMATCH', 'ERR_UNKNOWN_CHANNEL', 'ERR_HUGE_PAGES'].includes(code);
}

function headOf(takenMs: number, takenNs: number): CaptureHead {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string };
  return {
    packageVersion: version,
    layoutVersion: LAYOUT_VERSION,
    layoutHash: LAYOUT_HASH,
    machine: hostname(),
    bootId: Buffer.from(bootId()).toString('hex'),
    pid: process.pid,
    takenMs,
    clockOffsetNs: String(BigInt(takenMs) * 1_000_000n - BigInt(Math.round(takenNs))),
  };
}
