import { REGION_ALIGNMENT, type SegmentSizes } from '../memory/segment-memory.js';
import { differencesBetween, type Agreement, type Difference } from './agreement.js';
import { histogramBytes } from './histogram.js';
import {
  BackpressureModeCode,
  CELL_BYTES,
  CONTROL_BYTES,
  ChannelTypeCode,
  type BackpressureMode,
  type ChannelType,
} from './schema.js';

export const CAPACITY_MIN = 65_536;
export const CAPACITY_MAX = 2 ** 34;
/** The huge pages that a channel can ask for. */
const HUGE_PAGE_BYTES: readonly number[] = [2 ** 21, 2 ** 30];

/** What the peers of a channel must agree on. */
export interface ChannelShape {
  readonly name: string;
  readonly type: ChannelType;
  /** Bytes of the ring: a power of two from 64 KiB to 16 GiB. */
  readonly capacity: number;
  /** Longest payload: 1 to capacity / 8. */
  readonly messageSizeMax: number;
  /** What producers do when the ring is full; default BlockProducer. */
  readonly mode?: BackpressureMode;
  /** What else is configured and must be alike; undefined: nothing is compared. */
  readonly agreement?: Agreement | undefined;
}

/** The fields of a shape that the configuration sets, by the names that it has for them. */
const CONFIG_KEYS = {
  type: 'type',
  capacity: 'buffer_size',
  messageSizeMax: 'message_size_max',
  mode: 'backpressure.mode',
} as const;

/** What is configured of a shape; undefined: it is not. */
type ConfiguredShape = { readonly [Field in keyof ChannelShape]?: ChannelShape[Field] | undefined };

/** Where a running channel differs from what is configured, key by key; what is not configured does not differ. */
export function differingKeys(theirs: ChannelShape, ours: ConfiguredShape): Difference[] {
  const ofShape = (Object.keys(CONFIG_KEYS) as (keyof typeof CONFIG_KEYS)[]).flatMap((field) => {
    const configured = ours[field];
    if (configured === undefined || configured === theirs[field]) return [];
    return [{ key: CONFIG_KEYS[field], theirs: theirs[field] ?? 'unknown', ours: configured }];
  });
  if (theirs.agreement === undefined || ours.agreement === undefined) return ofShape;
  return [...ofShape, ...differencesBetween(theirs.agreement, ours.agreement)];
}

/** Whether a type has many producers, and so claim words. */
export function hasClaims(type: ChannelType): boolean {
  return type === 'MPSC' || type === 'MPMC';
}

/**
 * The regions of a segment, in the order in which they stand in the file. In huge pages each takes whole ones:
 * `regionBytes` is then the size of one, and no ring is smaller.
 */
export function segmentSizes(type: ChannelType, capacity: number, regionBytes = REGION_ALIGNMENT): SegmentSizes {
  const claims = hasClaims(type) ? Math.max((capacity / CELL_BYTES) * 8, regionBytes) : 0;
  const control = Math.ceil((CONTROL_BYTES + histogramBytes(type)) / regionBytes) * regionBytes;
  return { control, claims, ring: capacity };
}

/** Whether regions can be multiples of that: the ordinary grain, or the size of a huge page that a ring can have. */
export function isRegionBytes(bytes: number, capacity: number): boolean {
  return bytes === REGION_ALIGNMENT || (HUGE_PAGE_BYTES.includes(bytes) && bytes <= capacity);
}

export function fileBytes(sizes: SegmentSizes): number {
  return sizes.control + sizes.claims + sizes.ring;
}

/** The name of a channel type code, or undefined for a code that is none. */
export function channelTypeOf(code: number): ChannelType | undefined {
  return (Object.keys(ChannelTypeCode) as ChannelType[]).find((type) => ChannelTypeCode[type] === code);
}

/** The name of a backpressure mode's code, or undefined for a code that is none. */
export function modeOf(code: number): BackpressureMode | undefined {
  return (Object.keys(BackpressureModeCode) as BackpressureMode[]).find((mode) => BackpressureModeCode[mode] === code);
}
