import type { AtomicBuffer } from '../memory/atomic-buffer.js';
import {
  CONSUMER_LATENCIES,
  CONTROL_BYTES,
  HISTOGRAM,
  HISTOGRAM_COUNTS,
  MEASURED_SLOTS,
  type ChannelType,
} from './schema.js';

/*
 * Log-linear latency histograms, as HdrHistogram has them: the lower bound of a count is exact to the ns below 64 ns, and
 * the middle of each is within 1.6 % of all that it counts. They stand in the segment's first region, behind the slots.
 */

/** What is measured: of a producer the time that a write took; of a consumer see CONSUMER_LATENCIES. */
export type ConsumerLatency = (typeof CONSUMER_LATENCIES)[number];

const LINEAR = 64;
const PARTS = 32;
/** Numbers from here on are too large for the shifts below. */
const INT31 = 2 ** 31;
const SCALE_BITS = 16;
const LONGEST_NS = 2 ** 37;

/** Empties a histogram; -1: there is none. */
export function clearHistogram(control: AtomicBuffer, base: number): void {
  if (base >= 0) control.bytes.fill(0, base, base + HISTOGRAM.bytes);
}

/** The index of the count for a latency. What is below zero counts as 0, what is longer than 137 s with the longest. */
export function histogramIndex(ns: number): number {
  if (!(ns >= LINEAR)) return ns > 0 ? ns | 0 : 0;
  if (ns >= LONGEST_NS) return HISTOGRAM_COUNTS - 1;
  const isLarge = ns >= INT31;
  const scaled = (isLarge ? ns / 2 ** SCALE_BITS : ns) | 0;
  const exponent = 31 - Math.clz32(scaled);
  const part = (scaled >> (exponent - 5)) & (PARTS - 1);
  return LINEAR + (exponent - 6 + (isLarge ? SCALE_BITS : 0)) * PARTS + part;
}

/** The shortest latency, in ns, that counts at an index. */
export function histogramStart(index: number): number {
  if (index < LINEAR) return index;
  const octave = Math.floor((index - LINEAR) / PARTS);
  return 2 ** (octave + 6) * (1 + ((index - LINEAR) % PARTS) / PARTS);
}

/** How many of a channel's producers and consumers have histograms: those in the first slots. */
export function measuredSlots(type: ChannelType): { readonly producers: number; readonly consumers: number } {
  const { one, few, many } = MEASURED_SLOTS;
  return { producers: type.startsWith('M') ? many : one, consumers: type.endsWith('MC') ? many : few };
}

/** Bytes of all histograms of a channel. */
export function histogramBytes(type: ChannelType): number {
  const { producers, consumers } = measuredSlots(type);
  return (producers + consumers * CONSUMER_LATENCIES.length) * HISTOGRAM.bytes;
}

/** Where the histogram of a producer's writes stands; -1: its slot has none. */
export function producerHistogram(type: ChannelType, slot: number): number {
  return slot < measuredSlots(type).producers ? CONTROL_BYTES + slot * HISTOGRAM.bytes : -1;
}

/** Where a histogram of a consumer stands; -1: its slot has none. */
export function consumerHistogram(type: ChannelType, slot: number, latency: ConsumerLatency): number {
  const { producers, consumers } = measuredSlots(type);
  if (slot >= consumers) return -1;
  const index = producers + slot * CONSUMER_LATENCIES.length + CONSUMER_LATENCIES.indexOf(latency);
  return CONTROL_BYTES + index * HISTOGRAM.bytes;
}
