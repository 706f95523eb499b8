import { canonicalText, defineStruct, hash32, type Struct } from './struct.js';

export { LAYOUT_HASH } from './layout-hash.js';

/*
 * The one source of truth for the bytes of a segment. From it come the offsets that the code uses, docs/layout.md,
 * native/include/alphapulse_bus_layout.h, and the layout hash that every attach checks. After a change:
 * `npm run layout`, and raise LAYOUT_VERSION when the meaning changes in a way that the offsets do not show.
 */

/** "ALPH" */
export const MAGIC = 0x414c_5048;
export const LAYOUT_VERSION = 3;

/** The unit of positions: a cache line. Records start at multiples of it and take whole cells. */
export const CELL_BYTES = 64;
/** Endpoints per channel: the producer's slot number must fit the owner byte of a claim word. */
export const PRODUCER_SLOTS = 64;
export const CONSUMER_SLOTS = 64;
export const SLOT_BYTES = 256;
/** Bytes of endpoint and channel names as UTF-8, the ending zero included. */
export const NAME_BYTES = 64;

export const CONTROL = defineStruct(
  'ControlBlock',
  'The start of a segment. The first group is written once, before the segment becomes visible.',
  1280,
  {
    magic: ['u32', 'MAGIC: "ALPH"'],
    layoutVersion: ['u32', 'LAYOUT_VERSION'],
    layoutHash: ['u32', 'hash of all structures of this page'],
    state: ['i32', 'SegmentState; READY is written last'],
    flags: ['u32', 'SegmentFlag; a reader refuses bits that it does not know'],
    channelType: ['u32', 'ChannelTypeCode: 1 SPSC, 2 SPMC, 3 MPSC, 4 MPMC'],
    capacity: ['u64', 'bytes of the ring: a power of two'],
    messageSizeMax: ['u32', 'longest payload in bytes'],
    cellBytes: ['u32', 'alignment of records: CELL_BYTES'],
    claimsOffset: ['u64', 'file offset of the claim words (multi-producer rings)'],
    ringOffset: ['u64', 'file offset of the ring'],
    fileBytes: ['u64', 'size of the whole file'],
    clockOffsetNs: ['i64', 'wall clock minus monotonic clock at creation; makes stamps of all processes epoch-like'],
    createdNs: ['u64', 'creation time, ns since the epoch'],
    creatorPid: ['u32', 'process that created the segment (for people; never used to judge liveness)'],
    producerSlots: ['u32', 'PRODUCER_SLOTS'],
    consumerSlots: ['u32', 'CONSUMER_SLOTS'],
    originPosition: ['f64', 'position of the first record ever; 0 but for tests'],
    originSequence: ['f64', 'sequence of the first record ever'],
    backpressureMode: ['u32', 'BackpressureModeCode: what producers do when the ring is full'],
    reserved: ['u32', 'zero'],
    bootId: ['u8[16]', 'kernel boot in which the segment was made'],
    channelName: ['char[64]', 'UTF-8, zero-terminated'],
    regionBytes: ['u32', 'regions start and end at multiples of this: 65536, or the size of a huge page, in bytes'],
    memoryGrants: ['u32', 'MemoryGrant bits: what the creator asked for and got'],
    numaNode: ['i32', 'the node to which the pages are bound; -1: none'],
    configBytes: ['u32', 'length of the configuration text, see CONFIG_TEXT_OFFSET; 0: none'],
    configHash: ['u32', 'of that text'],

    tail: [
      'u64',
      'multi-producer: position in cells (low half) and sequence (high half), moved by one 64-bit swap',
      256,
    ],
    tailPosition: ['f64', 'single-producer: end of the last committed record, at most one record behind the truth'],

    consumersWaiting: ['i32', 'not 0: a consumer may be asleep; read by producers after each commit', 384],

    producersWaiting: ['i32', 'not 0: a producer may be asleep; read by consumers after each cursor store', 512],
    spaceSignal: ['i32', 'futex word of blocked producers, counted up on each wake'],
    spaceWanted: ['f64', 'gating position from which on waking them is worth it; the last sleeper of several says it'],

    consumerSlotsUsed: ['i32', 'slots 0 .. n-1 may be in use; grows only, under the attach lock', 640],
    producerSlotsUsed: ['i32', 'the same for producers'],
    attachLock: ['i32', 'its file offset is the lock byte that serialises attach and reap'],
    repairLock: ['i32', 'its file offset is the lock byte that serialises repairs'],
    repairs: ['f64', 'claims of dead producers that were made padding'],
    reaped: ['f64', 'consumers that were found dead, or evicted'],

    breaker: ['u64', 'CircuitBreaker: its state, moved by one 64-bit swap', 768],
    breakerOpened: ['f64', 'times that it opened'],

    oldest: [
      'f64',
      'position of the first record that is not yet overwritten; announced before it is overwritten. By itself: consumers ' +
        'that can be overtaken look at it after each record',
      896,
    ],

    journalState: ['i32', 'JournalState; this group is written by the recorder alone', 1024],
    journalErrno: ['i32', 'why it cannot write; 0: it can'],
    journalWritten: ['f64', 'sequence of the first record that is not in the journal'],
    journalDurable: ['f64', 'sequence of the first record that may be lost with the machine'],
    journalDurablePosition: ['f64', 'its position'],
    journalGaps: ['f64', 'records that were overwritten before they were recorded'],
    journalFailures: ['f64', 'times that it could not write'],
    journalUnbroken: ['f64', 'sequence from which on nothing is missing in the journal; written before journalDurable'],
  },
);

export const PRODUCER_SLOT = defineStruct('ProducerSlot', 'One producer endpoint; written by it alone.', SLOT_BYTES, {
  state: ['i32', 'SlotState; its file offset is the token: the byte whose lock proves the endpoint alive'],
  generation: ['i32', 'counts the endpoints that have had this slot'],
  pid: ['u32', 'for people'],
  pidNamespace: ['u32', 'inode of the pid namespace in which pid counts; 0: unknown'],
  attachedNs: ['u64', 'ns since the epoch'],
  name: ['char[64]', 'service that produces; UTF-8, zero-terminated'],
  heartbeatNs: [
    'f64',
    'monotonic time of the last beat of its event loop, ns; attaching is the first one; 0: not known',
  ],
  seenPlace: ['f64', 'tail, or low half of intentTail, when somebody looked last; a hint for those who look once'],
  seenNs: ['f64', 'monotonic time at which it was first seen there, ns'],
  deaths: ['i32', 'endpoints of this slot that were found dead by the next one'],

  intentTail: ['u64', 'multi-producer: the tail at which a claim is being made; written before the claim word', 128],
  intentCells: ['i32', 'and its length in cells'],
  reserved2: ['i32', 'zero'],
  messages: ['f64', 'multi-producer: messages committed; on single-producer channels the tail says it'],
  messageBytes: ['f64', 'multi-producer: payload bytes committed'],
  backpressure: ['f64', 'times that the ring was found full'],
  rejected: ['f64', 'messages refused: too large, empty, or given up after waiting'],
  dropped: ['f64', 'DropNewest: messages dropped because the ring was full'],
  throttled: ['f64', 'AdaptiveThrottle: writes that were delayed'],
  throttledNs: ['f64', 'AdaptiveThrottle: how long in all'],
  circuitOpen: ['f64', 'CircuitBreaker: writes refused because it was open'],
  highWater: ['f64', 'times that the ring was seen to rise to the high-water mark'],
});

export const CONSUMER_SLOT = defineStruct('ConsumerSlot', 'One consumer, by name; outlives its process.', SLOT_BYTES, {
  state: ['i32', 'SlotState; its file offset is the token: the byte whose lock proves the endpoint alive'],
  generation: ['i32', 'counts the endpoints that have had this slot'],
  pid: ['u32', 'for people'],
  pidNamespace: ['u32', 'inode of the pid namespace in which pid counts; 0: unknown'],
  attachedNs: ['u64', 'ns since the epoch'],
  name: ['char[64]', 'consumer name; UTF-8, zero-terminated'],
  gates: ['i32', '1: producers wait for the cursor, 0: they do not'],
  gating: ['u32', 'GatingPolicy: 0 never gates, 1 while it is attached, 2 always, also while nobody has the slot'],
  failureTimeoutMs: ['u32', 'how long it goes on gating after it was found dead'],
  stalledAfterMs: ['u32', 'without progress, with something to read, for so long: it is called stalled'],
  evictAfterMs: ['u32', 'and for so long: it is given up, though alive; 0: never'],
  quarantineAfter: ['u32', 'failures at one message after which it is skipped and set aside; 0: never'],
  diedNs: ['f64', 'monotonic time at which it was found dead, ns; 0: it was not'],
  heartbeatNs: [
    'f64',
    'monotonic time of the last beat of its event loop, ns; attaching is the first one; 0: not known',
  ],

  sequence: ['f64', 'sequence that belongs to the cursor; stored before it', 128],
  cursor: ['f64', 'position of the next record to read; what producers gate on'],
  sleeping: ['i32', 'WaiterKind: 0 awake, 1 futex, 2 FIFO'],
  wakeSignal: ['i32', 'futex word, counted up on each wake'],
  messages: ['f64', 'messages delivered, those that were set aside included'],
  messageBytes: ['f64', 'payload bytes delivered'],
  lost: [
    'f64',
    'messages that this consumer will never see; not a whole number: that minus sequence, plus a half (it is being counted)',
  ],
  handling: ['f64', 'with quarantineAfter: sequence of the message whose handler is running, plus one; 0: none is'],
  failedSequence: ['f64', 'message at which its process died, or its handler threw, the last time'],
  failures: ['i32', 'how often in a row at that message'],
  redeliver: ['i32', 'not 0: messages that were set aside are to be handed to it again'],
  quarantined: ['f64', 'messages skipped and set aside'],
  seenPlace: ['f64', 'the cursor when somebody looked last; this and the next two are hints for those who look once'],
  seenNs: ['f64', 'monotonic time at which it was first seen there, ns'],
  unreadNs: ['f64', 'monotonic time at which it was first seen there with something to read, ns; 0: it has nothing'],
  lookedNs: ['f64', 'monotonic time at which it last found nothing, by many polls or after a blocking sleep, ns'],
  deaths: ['i32', 'endpoints of this slot that were found dead by the next one'],
  evictions: ['i32', 'times that it was given up though alive'],
});

export const RECORD = defineStruct('RecordHeader', 'Stands before each payload, at a multiple of CELL_BYTES.', 40, {
  commit: ['i32', 'in-band commit word: low 31 bits of the sequence << 1 | 1; 0: nothing here yet'],
  length: ['i32', 'payload bytes'],
  sequence: [
    'f64',
    'gap-free count of the records of the channel; single-producer: written before the record is begun',
  ],
  sentNs: ['u64', 'if stamped: producer called write, ns since the epoch'],
  receivedNs: ['u64', 'if stamped: space was claimed, ns since the epoch; equals sentNs when there was no wait'],
  kind: [
    'i32',
    'RecordKind: 0 data, 1 repaired padding (a message died with its producer), 2 aborted padding, 256 data, stamped',
  ],
  producer: ['i32', 'slot of the producer'],
});

export const CLAIM_WORD = defineStruct('ClaimWord', 'One for each cell of a multi-producer ring.', 8, {
  low: ['u32', 'bits 0-1 state (0 interior, 1 claimed, 2 committed), 2-9 owner slot, 10-31 low bits of lap + 1'],
  high: ['u32', 'high bits of lap + 1'],
});

/** Counts in a latency histogram: one for each ns below 64, then 32 for each doubling up to 2^37 ns (137 s). */
export const HISTOGRAM_COUNTS = 64 + 31 * 32;

export const HISTOGRAM = defineStruct(
  'LatencyHistogram',
  'Latencies of sampled messages; written by its endpoint alone, and kept as long as the slot has the same name.',
  64 + HISTOGRAM_COUNTS * 8,
  {
    sumNs: ['f64', 'of all, ns'],
    maxNs: ['f64', 'the greatest, ns'],
    counts: [
      `u8[${HISTOGRAM_COUNTS * 8}]`,
      'f64 each: how many were below 64 ns, one count for each ns; then between 2^n and 2^(n+1), in 32 equal parts',
      64,
    ],
  },
);

export const STRUCTS: readonly Struct[] = [CONTROL, PRODUCER_SLOT, CONSUMER_SLOT, RECORD, CLAIM_WORD, HISTOGRAM];

export const PRODUCER_SLOTS_OFFSET = CONTROL.bytes;
export const CONSUMER_SLOTS_OFFSET = PRODUCER_SLOTS_OFFSET + PRODUCER_SLOTS * SLOT_BYTES;
/**
 * The configuration on which all peers must agree, as the creator had it: JSON, one flat object whose keys are those of the
 * configuration file. Written before the segment becomes visible, never changed.
 */
export const CONFIG_TEXT_OFFSET = 40_960;
export const CONFIG_TEXT_BYTES_MAX = 16_384;
/** Control block, producer slots, consumer slots, configuration; the rest is reserved and zero. Histograms follow. */
export const CONTROL_BYTES = 65_536;
/** So many producers and consumers of a channel are measured, those in the first slots. */
export const MEASURED_SLOTS = { one: 1, few: 4, many: 32 } as const;
/** What is measured of a consumer, in the order of its histograms; a producer has one: the time that a write took. */
export const CONSUMER_LATENCIES = ['queue', 'total', 'handling'] as const;

/** Makes what `layout-hash.ts` holds: to do it in every process would take it two milliseconds of its start. */
export function layoutHash(): number {
  return hash32(
    `${canonicalText(STRUCTS)}\n${LAYOUT_VERSION} ${PRODUCER_SLOTS} ${CONSUMER_SLOTS} ${CELL_BYTES} ${CONTROL_BYTES} ` +
      `${CONFIG_TEXT_OFFSET} ${CONFIG_TEXT_BYTES_MAX} ${Object.values(MEASURED_SLOTS).join(' ')} ${CONSUMER_LATENCIES.join(' ')}`,
  );
}

/** Life of a segment. */
export const SegmentState = { CREATING: 0, READY: 1 } as const;

/** What kind of a segment it is. */
export const SegmentFlag = {
  /** Unfolded from a capture: to be looked at, as of a moment that is over; it never stands in a bus's directory. */
  CAPTURED: 1,
} as const;

/** Life of a slot. */
export const SlotState = {
  FREE: 0,
  /** Attached. Alive only if its token is locked. */
  ACTIVE: 1,
  /** Closed in order; a consumer's cursor is kept for its return and does not gate. */
  DETACHED: 2,
  /** Found dead, or evicted (then its token is locked), and given up; does not gate. */
  FAILED: 3,
} as const;

/** What the memory of a segment got. */
export const MemoryGrant = {
  /** Pages of hugetlbfs. */
  HUGE_PAGES: 1,
  /** Transparent huge pages: the file system gives them when it can. */
  TRANSPARENT_HUGE_PAGES: 2,
  NUMA_NODE: 4,
} as const;

/** How the recorder of a channel does. */
export const JournalState = {
  /** The channel has none. */
  NONE: 0,
  RECORDING: 1,
  /** It cannot write, and producers will come to a stop behind it. */
  STOPPED: 2,
  /** It cannot write, and what is overwritten meanwhile is missing in the journal. */
  SKIPPING: 3,
} as const;

/** Whether producers wait for a consumer. */
export const GatingPolicy = { NEVER: 0, ATTACHED: 1, ALWAYS: 2 } as const;

/** How a sleeping consumer wants to be woken. */
export const WaiterKind = { AWAKE: 0, FUTEX: 1, FIFO: 2 } as const;

/** STAMPED is data whose timestamps are valid. */
export const RecordKind = { DATA: 0, REPAIRED: 1, ABORTED: 2, STAMPED: 256 } as const;

export const ChannelTypeCode = { SPSC: 1, SPMC: 2, MPSC: 3, MPMC: 4 } as const;
/** What producers do when the ring is full. */
export const BackpressureModeCode = {
  BlockProducer: 0,
  DropNewest: 1,
  DropOldest: 2,
  AdaptiveThrottle: 3,
  CircuitBreaker: 4,
} as const;
export type BackpressureMode = keyof typeof BackpressureModeCode;

/** SPSC, SPMC: one producer, commit in band. MPSC, MPMC: many producers, claim words. */
export type ChannelType = keyof typeof ChannelTypeCode;

export function producerSlotOffset(slot: number): number {
  return PRODUCER_SLOTS_OFFSET + slot * SLOT_BYTES;
}

export function consumerSlotOffset(slot: number): number {
  return CONSUMER_SLOTS_OFFSET + slot * SLOT_BYTES;
}
