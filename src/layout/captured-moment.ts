import type { MappedBuffer } from '../memory/mapped-buffer.js';
import { BusError } from '../platform/bus-error.js';
import { CONFIG_TEXT_BYTES_MAX, CONFIG_TEXT_OFFSET, CONTROL, CONTROL_BYTES, SegmentFlag } from './schema.js';

/*
 * A capture is unfolded into ordinary segments with the flag CAPTURED, so that all that looks at segments looks at captures.
 * What a live segment is asked of the kernel and of the clock stands in such a one as a text, behind the configuration.
 */

/** When a channel was captured, and what the kernel knew of its endpoints then. */
export interface CapturedMoment {
  /** The file of the capture. */
  readonly file: string;
  /** ms since the epoch, by the clock of the machine on which it was taken. */
  readonly takenMs: number;
  readonly machine: string;
  /** When the control block and the slots had been read: monotonic, ns, by the clock of that boot. */
  readonly monotonicNs: number;
  /** The same moment by the clock on the wall there, ms since the epoch. */
  readonly wallMs: number;
  /** Offsets of the slots whose tokens were held: their endpoints lived. */
  readonly locked: readonly number[];
  /** Offsets of those whose processes were stopped, by a signal or a debugger. */
  readonly stopped: readonly number[];
}

const OFFSET = CONFIG_TEXT_OFFSET + CONFIG_TEXT_BYTES_MAX;
const BYTES_MAX = CONTROL_BYTES - OFFSET - 4;

/** Marks the control region of a segment, which nobody else sees yet, as captured. */
export function putMoment(control: Uint8Array, moment: CapturedMoment): void {
  const text = new TextEncoder().encode(JSON.stringify(moment));
  if (text.length > BYTES_MAX)
    throw new BusError('ERR_INVALID_ARGUMENT', `the path of the capture is too long: ${moment.file}`);
  const view = new DataView(control.buffer, control.byteOffset);
  view.setUint32(CONTROL.at.flags, SegmentFlag.CAPTURED, true);
  view.setUint32(OFFSET, text.length, true);
  control.set(text, OFFSET + 4);
}

/**
 * Of which moment a segment is; undefined: it is live.
 *
 * @throws BusError `ERR_CORRUPT` for what cannot be that
 */
export function momentIn(
  { view, bytes }: Pick<MappedBuffer, 'view' | 'bytes'>,
  path: string,
): CapturedMoment | undefined {
  if ((view.getUint32(CONTROL.at.flags, true) & SegmentFlag.CAPTURED) === 0) return undefined;
  const length = view.getUint32(OFFSET, true);
  const text = length > BYTES_MAX ? '' : new TextDecoder().decode(bytes.slice(OFFSET + 4, OFFSET + 4 + length));
  const moment = parse(text);
  if (moment !== undefined) return moment;
  throw new BusError('ERR_CORRUPT', `${path} says that it was captured, and not when. Remove the file`);
}

function parse(text: string): CapturedMoment | undefined {
  try {
    const value = JSON.parse(text) as Partial<CapturedMoment> | null;
    const isWhole =
      [value?.file, value?.machine].every((entry) => typeof entry === 'string') &&
      [value?.takenMs, value?.monotonicNs, value?.wallMs].every((entry) => typeof entry === 'number') &&
      [value?.locked, value?.stopped].every(isOffsets);
    return isWhole ? (value as CapturedMoment) : undefined;
  } catch {
    return undefined;
  }
}

function isOffsets(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number');
}

/** The error for an endpoint that would take part in what is over. */
export function refuseCaptured(path: string, channel: string): BusError {
  return new BusError(
    'ERR_INVALID_ARGUMENT',
    `${path} was unfolded from a capture: it can be looked at, and nobody can attach to it. Open the bus in its own directory`,
    { channel },
  );
}
