/* Generated from src/layout/schema.ts by "npm run layout"; do not edit. All integers are little-endian. */
#ifndef ALPHAPULSE_BUS_LAYOUT_H
#define ALPHAPULSE_BUS_LAYOUT_H
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#ifndef __cplusplus
#if defined(__STDC_VERSION__) && __STDC_VERSION__ < 202311L && !defined(static_assert)
#define static_assert _Static_assert
#endif
#endif

#define APBUS_MAGIC 0x414c5048u
#define APBUS_LAYOUT_VERSION 3u
#define APBUS_LAYOUT_HASH 0x12f59a00u
#define APBUS_CELL_BYTES 64u
#define APBUS_CONTROL_BYTES 65536u
#define APBUS_PRODUCER_SLOTS 64u
#define APBUS_PRODUCER_SLOTS_OFFSET 1280u
#define APBUS_CONSUMER_SLOTS 64u
#define APBUS_CONSUMER_SLOTS_OFFSET 17664u

/* The start of a segment. The first group is written once, before the segment becomes visible. */
typedef struct apbus_control_block {
  uint32_t magic; /* MAGIC: "ALPH" */
  uint32_t layout_version; /* LAYOUT_VERSION */
  uint32_t layout_hash; /* hash of all structures of this page */
  int32_t state; /* SegmentState; READY is written last */
  uint32_t flags; /* SegmentFlag; a reader refuses bits that it does not know */
  uint32_t channel_type; /* ChannelTypeCode: 1 SPSC, 2 SPMC, 3 MPSC, 4 MPMC */
  uint64_t capacity; /* bytes of the ring: a power of two */
  uint32_t message_size_max; /* longest payload in bytes */
  uint32_t cell_bytes; /* alignment of records: CELL_BYTES */
  uint64_t claims_offset; /* file offset of the claim words (multi-producer rings) */
  uint64_t ring_offset; /* file offset of the ring */
  uint64_t file_bytes; /* size of the whole file */
  int64_t clock_offset_ns; /* wall clock minus monotonic clock at creation; makes stamps of all processes epoch-like */
  uint64_t created_ns; /* creation time, ns since the epoch */
  uint32_t creator_pid; /* process that created the segment (for people; never used to judge liveness) */
  uint32_t producer_slots; /* PRODUCER_SLOTS */
  uint32_t consumer_slots; /* CONSUMER_SLOTS */
  uint8_t gap0[4];
  double origin_position; /* position of the first record ever; 0 but for tests */
  double origin_sequence; /* sequence of the first record ever */
  uint32_t backpressure_mode; /* BackpressureModeCode: what producers do when the ring is full */
  uint32_t reserved; /* zero */
  uint8_t boot_id[16]; /* kernel boot in which the segment was made */
  char channel_name[64]; /* UTF-8, zero-terminated */
  uint32_t region_bytes; /* regions start and end at multiples of this: 65536, or the size of a huge page, in bytes */
  uint32_t memory_grants; /* MemoryGrant bits: what the creator asked for and got */
  int32_t numa_node; /* the node to which the pages are bound; -1: none */
  uint32_t config_bytes; /* length of the configuration text, see CONFIG_TEXT_OFFSET; 0: none */
  uint32_t config_hash; /* of that text */
  uint8_t gap1[36];
  uint64_t tail; /* multi-producer: position in cells (low half) and sequence (high half), moved by one 64-bit swap */
  double tail_position; /* single-producer: end of the last committed record, at most one record behind the truth */
  uint8_t gap2[112];
  int32_t consumers_waiting; /* not 0: a consumer may be asleep; read by producers after each commit */
  uint8_t gap3[124];
  int32_t producers_waiting; /* not 0: a producer may be asleep; read by consumers after each cursor store */
  int32_t space_signal; /* futex word of blocked producers, counted up on each wake */
  double space_wanted; /* gating position from which on waking them is worth it; the last sleeper of several says it */
  uint8_t gap4[112];
  int32_t consumer_slots_used; /* slots 0 .. n-1 may be in use; grows only, under the attach lock */
  int32_t producer_slots_used; /* the same for producers */
  int32_t attach_lock; /* its file offset is the lock byte that serialises attach and reap */
  int32_t repair_lock; /* its file offset is the lock byte that serialises repairs */
  double repairs; /* claims of dead producers that were made padding */
  double reaped; /* consumers that were found dead, or evicted */
  uint8_t gap5[96];
  uint64_t breaker; /* CircuitBreaker: its state, moved by one 64-bit swap */
  double breaker_opened; /* times that it opened */
  uint8_t gap6[112];
  double oldest; /* position of the first record that is not yet overwritten; announced before it is overwritten. By itself: consumers that can be overtaken look at it after each record */
  uint8_t gap7[120];
  int32_t journal_state; /* JournalState; this group is written by the recorder alone */
  int32_t journal_errno; /* why it cannot write; 0: it can */
  double journal_written; /* sequence of the first record that is not in the journal */
  double journal_durable; /* sequence of the first record that may be lost with the machine */
  double journal_durable_position; /* its position */
  double journal_gaps; /* records that were overwritten before they were recorded */
  double journal_failures; /* times that it could not write */
  double journal_unbroken; /* sequence from which on nothing is missing in the journal; written before journalDurable */
  uint8_t gap8[200];
} apbus_control_block;
static_assert(offsetof(apbus_control_block, magic) == 0, "ControlBlock.magic");
static_assert(offsetof(apbus_control_block, layout_version) == 4, "ControlBlock.layoutVersion");
static_assert(offsetof(apbus_control_block, layout_hash) == 8, "ControlBlock.layoutHash");
static_assert(offsetof(apbus_control_block, state) == 12, "ControlBlock.state");
static_assert(offsetof(apbus_control_block, flags) == 16, "ControlBlock.flags");
static_assert(offsetof(apbus_control_block, channel_type) == 20, "ControlBlock.channelType");
static_assert(offsetof(apbus_control_block, capacity) == 24, "ControlBlock.capacity");
static_assert(offsetof(apbus_control_block, message_size_max) == 32, "ControlBlock.messageSizeMax");
static_assert(offsetof(apbus_control_block, cell_bytes) == 36, "ControlBlock.cellBytes");
static_assert(offsetof(apbus_control_block, claims_offset) == 40, "ControlBlock.claimsOffset");
static_assert(offsetof(apbus_control_block, ring_offset) == 48, "ControlBlock.ringOffset");
static_assert(offsetof(apbus_control_block, file_bytes) == 56, "ControlBlock.fileBytes");
static_assert(offsetof(apbus_control_block, clock_offset_ns) == 64, "ControlBlock.clockOffsetNs");
static_assert(offsetof(apbus_control_block, created_ns) == 72, "ControlBlock.createdNs");
static_assert(offsetof(apbus_control_block, creator_pid) == 80, "ControlBlock.creatorPid");
static_assert(offsetof(apbus_control_block, producer_slots) == 84, "ControlBlock.producerSlots");
static_assert(offsetof(apbus_control_block, consumer_slots) == 88, "ControlBlock.consumerSlots");
static_assert(offsetof(apbus_control_block, origin_position) == 96, "ControlBlock.originPosition");
static_assert(offsetof(apbus_control_block, origin_sequence) == 104, "ControlBlock.originSequence");
static_assert(offsetof(apbus_control_block, backpressure_mode) == 112, "ControlBlock.backpressureMode");
static_assert(offsetof(apbus_control_block, reserved) == 116, "ControlBlock.reserved");
static_assert(offsetof(apbus_control_block, boot_id) == 120, "ControlBlock.bootId");
static_assert(offsetof(apbus_control_block, channel_name) == 136, "ControlBlock.channelName");
static_assert(offsetof(apbus_control_block, region_bytes) == 200, "ControlBlock.regionBytes");
static_assert(offsetof(apbus_control_block, memory_grants) == 204, "ControlBlock.memoryGrants");
static_assert(offsetof(apbus_control_block, numa_node) == 208, "ControlBlock.numaNode");
static_assert(offsetof(apbus_control_block, config_bytes) == 212, "ControlBlock.configBytes");
static_assert(offsetof(apbus_control_block, config_hash) == 216, "ControlBlock.configHash");
static_assert(offsetof(apbus_control_block, tail) == 256, "ControlBlock.tail");
static_assert(offsetof(apbus_control_block, tail_position) == 264, "ControlBlock.tailPosition");
static_assert(offsetof(apbus_control_block, consumers_waiting) == 384, "ControlBlock.consumersWaiting");
static_assert(offsetof(apbus_control_block, producers_waiting) == 512, "ControlBlock.producersWaiting");
static_assert(offsetof(apbus_control_block, space_signal) == 516, "ControlBlock.spaceSignal");
static_assert(offsetof(apbus_control_block, space_wanted) == 520, "ControlBlock.spaceWanted");
static_assert(offsetof(apbus_control_block, consumer_slots_used) == 640, "ControlBlock.consumerSlotsUsed");
static_assert(offsetof(apbus_control_block, producer_slots_used) == 644, "ControlBlock.producerSlotsUsed");
static_assert(offsetof(apbus_control_block, attach_lock) == 648, "ControlBlock.attachLock");
static_assert(offsetof(apbus_control_block, repair_lock) == 652, "ControlBlock.repairLock");
static_assert(offsetof(apbus_control_block, repairs) == 656, "ControlBlock.repairs");
static_assert(offsetof(apbus_control_block, reaped) == 664, "ControlBlock.reaped");
static_assert(offsetof(apbus_control_block, breaker) == 768, "ControlBlock.breaker");
static_assert(offsetof(apbus_control_block, breaker_opened) == 776, "ControlBlock.breakerOpened");
static_assert(offsetof(apbus_control_block, oldest) == 896, "ControlBlock.oldest");
static_assert(offsetof(apbus_control_block, journal_state) == 1024, "ControlBlock.journalState");
static_assert(offsetof(apbus_control_block, journal_errno) == 1028, "ControlBlock.journalErrno");
static_assert(offsetof(apbus_control_block, journal_written) == 1032, "ControlBlock.journalWritten");
static_assert(offsetof(apbus_control_block, journal_durable) == 1040, "ControlBlock.journalDurable");
static_assert(offsetof(apbus_control_block, journal_durable_position) == 1048, "ControlBlock.journalDurablePosition");
static_assert(offsetof(apbus_control_block, journal_gaps) == 1056, "ControlBlock.journalGaps");
static_assert(offsetof(apbus_control_block, journal_failures) == 1064, "ControlBlock.journalFailures");
static_assert(offsetof(apbus_control_block, journal_unbroken) == 1072, "ControlBlock.journalUnbroken");
static_assert(sizeof(apbus_control_block) == 1280, "ControlBlock");

/* One producer endpoint; written by it alone. */
typedef struct apbus_producer_slot {
  int32_t state; /* SlotState; its file offset is the token: the byte whose lock proves the endpoint alive */
  int32_t generation; /* counts the endpoints that have had this slot */
  uint32_t pid; /* for people */
  uint32_t pid_namespace; /* inode of the pid namespace in which pid counts; 0: unknown */
  uint64_t attached_ns; /* ns since the epoch */
  char name[64]; /* service that produces; UTF-8, zero-terminated */
  double heartbeat_ns; /* monotonic time of the last beat of its event loop, ns; attaching is the first one; 0: not known */
  double seen_place; /* tail, or low half of intentTail, when somebody looked last; a hint for those who look once */
  double seen_ns; /* monotonic time at which it was first seen there, ns */
  int32_t deaths; /* endpoints of this slot that were found dead by the next one */
  uint8_t gap0[12];
  uint64_t intent_tail; /* multi-producer: the tail at which a claim is being made; written before the claim word */
  int32_t intent_cells; /* and its length in cells */
  int32_t reserved2; /* zero */
  double messages; /* multi-producer: messages committed; on single-producer channels the tail says it */
  double message_bytes; /* multi-producer: payload bytes committed */
  double backpressure; /* times that the ring was found full */
  double rejected; /* messages refused: too large, empty, or given up after waiting */
  double dropped; /* DropNewest: messages dropped because the ring was full */
  double throttled; /* AdaptiveThrottle: writes that were delayed */
  double throttled_ns; /* AdaptiveThrottle: how long in all */
  double circuit_open; /* CircuitBreaker: writes refused because it was open */
  double high_water; /* times that the ring was seen to rise to the high-water mark */
  uint8_t gap1[40];
} apbus_producer_slot;
static_assert(offsetof(apbus_producer_slot, state) == 0, "ProducerSlot.state");
static_assert(offsetof(apbus_producer_slot, generation) == 4, "ProducerSlot.generation");
static_assert(offsetof(apbus_producer_slot, pid) == 8, "ProducerSlot.pid");
static_assert(offsetof(apbus_producer_slot, pid_namespace) == 12, "ProducerSlot.pidNamespace");
static_assert(offsetof(apbus_producer_slot, attached_ns) == 16, "ProducerSlot.attachedNs");
static_assert(offsetof(apbus_producer_slot, name) == 24, "ProducerSlot.name");
static_assert(offsetof(apbus_producer_slot, heartbeat_ns) == 88, "ProducerSlot.heartbeatNs");
static_assert(offsetof(apbus_producer_slot, seen_place) == 96, "ProducerSlot.seenPlace");
static_assert(offsetof(apbus_producer_slot, seen_ns) == 104, "ProducerSlot.seenNs");
static_assert(offsetof(apbus_producer_slot, deaths) == 112, "ProducerSlot.deaths");
static_assert(offsetof(apbus_producer_slot, intent_tail) == 128, "ProducerSlot.intentTail");
static_assert(offsetof(apbus_producer_slot, intent_cells) == 136, "ProducerSlot.intentCells");
static_assert(offsetof(apbus_producer_slot, reserved2) == 140, "ProducerSlot.reserved2");
static_assert(offsetof(apbus_producer_slot, messages) == 144, "ProducerSlot.messages");
static_assert(offsetof(apbus_producer_slot, message_bytes) == 152, "ProducerSlot.messageBytes");
static_assert(offsetof(apbus_producer_slot, backpressure) == 160, "ProducerSlot.backpressure");
static_assert(offsetof(apbus_producer_slot, rejected) == 168, "ProducerSlot.rejected");
static_assert(offsetof(apbus_producer_slot, dropped) == 176, "ProducerSlot.dropped");
static_assert(offsetof(apbus_producer_slot, throttled) == 184, "ProducerSlot.throttled");
static_assert(offsetof(apbus_producer_slot, throttled_ns) == 192, "ProducerSlot.throttledNs");
static_assert(offsetof(apbus_producer_slot, circuit_open) == 200, "ProducerSlot.circuitOpen");
static_assert(offsetof(apbus_producer_slot, high_water) == 208, "ProducerSlot.highWater");
static_assert(sizeof(apbus_producer_slot) == 256, "ProducerSlot");

/* One consumer, by name; outlives its process. */
typedef struct apbus_consumer_slot {
  int32_t state; /* SlotState; its file offset is the token: the byte whose lock proves the endpoint alive */
  int32_t generation; /* counts the endpoints that have had this slot */
  uint32_t pid; /* for people */
  uint32_t pid_namespace; /* inode of the pid namespace in which pid counts; 0: unknown */
  uint64_t attached_ns; /* ns since the epoch */
  char name[64]; /* consumer name; UTF-8, zero-terminated */
  int32_t gates; /* 1: producers wait for the cursor, 0: they do not */
  uint32_t gating; /* GatingPolicy: 0 never gates, 1 while it is attached, 2 always, also while nobody has the slot */
  uint32_t failure_timeout_ms; /* how long it goes on gating after it was found dead */
  uint32_t stalled_after_ms; /* without progress, with something to read, for so long: it is called stalled */
  uint32_t evict_after_ms; /* and for so long: it is given up, though alive; 0: never */
  uint32_t quarantine_after; /* failures at one message after which it is skipped and set aside; 0: never */
  double died_ns; /* monotonic time at which it was found dead, ns; 0: it was not */
  double heartbeat_ns; /* monotonic time of the last beat of its event loop, ns; attaching is the first one; 0: not known */
  double sequence; /* sequence that belongs to the cursor; stored before it */
  double cursor; /* position of the next record to read; what producers gate on */
  int32_t sleeping; /* WaiterKind: 0 awake, 1 futex, 2 FIFO */
  int32_t wake_signal; /* futex word, counted up on each wake */
  double messages; /* messages delivered, those that were set aside included */
  double message_bytes; /* payload bytes delivered */
  double lost; /* messages that this consumer will never see; not a whole number: that minus sequence, plus a half (it is being counted) */
  double handling; /* with quarantineAfter: sequence of the message whose handler is running, plus one; 0: none is */
  double failed_sequence; /* message at which its process died, or its handler threw, the last time */
  int32_t failures; /* how often in a row at that message */
  int32_t redeliver; /* not 0: messages that were set aside are to be handed to it again */
  double quarantined; /* messages skipped and set aside */
  double seen_place; /* the cursor when somebody looked last; this and the next two are hints for those who look once */
  double seen_ns; /* monotonic time at which it was first seen there, ns */
  double unread_ns; /* monotonic time at which it was first seen there with something to read, ns; 0: it has nothing */
  double looked_ns; /* monotonic time at which it last found nothing, by many polls or after a blocking sleep, ns */
  int32_t deaths; /* endpoints of this slot that were found dead by the next one */
  int32_t evictions; /* times that it was given up though alive */
  uint8_t gap0[8];
} apbus_consumer_slot;
static_assert(offsetof(apbus_consumer_slot, state) == 0, "ConsumerSlot.state");
static_assert(offsetof(apbus_consumer_slot, generation) == 4, "ConsumerSlot.generation");
static_assert(offsetof(apbus_consumer_slot, pid) == 8, "ConsumerSlot.pid");
static_assert(offsetof(apbus_consumer_slot, pid_namespace) == 12, "ConsumerSlot.pidNamespace");
static_assert(offsetof(apbus_consumer_slot, attached_ns) == 16, "ConsumerSlot.attachedNs");
static_assert(offsetof(apbus_consumer_slot, name) == 24, "ConsumerSlot.name");
static_assert(offsetof(apbus_consumer_slot, gates) == 88, "ConsumerSlot.gates");
static_assert(offsetof(apbus_consumer_slot, gating) == 92, "ConsumerSlot.gating");
static_assert(offsetof(apbus_consumer_slot, failure_timeout_ms) == 96, "ConsumerSlot.failureTimeoutMs");
static_assert(offsetof(apbus_consumer_slot, stalled_after_ms) == 100, "ConsumerSlot.stalledAfterMs");
static_assert(offsetof(apbus_consumer_slot, evict_after_ms) == 104, "ConsumerSlot.evictAfterMs");
static_assert(offsetof(apbus_consumer_slot, quarantine_after) == 108, "ConsumerSlot.quarantineAfter");
static_assert(offsetof(apbus_consumer_slot, died_ns) == 112, "ConsumerSlot.diedNs");
static_assert(offsetof(apbus_consumer_slot, heartbeat_ns) == 120, "ConsumerSlot.heartbeatNs");
static_assert(offsetof(apbus_consumer_slot, sequence) == 128, "ConsumerSlot.sequence");
static_assert(offsetof(apbus_consumer_slot, cursor) == 136, "ConsumerSlot.cursor");
static_assert(offsetof(apbus_consumer_slot, sleeping) == 144, "ConsumerSlot.sleeping");
static_assert(offsetof(apbus_consumer_slot, wake_signal) == 148, "ConsumerSlot.wakeSignal");
static_assert(offsetof(apbus_consumer_slot, messages) == 152, "ConsumerSlot.messages");
static_assert(offsetof(apbus_consumer_slot, message_bytes) == 160, "ConsumerSlot.messageBytes");
static_assert(offsetof(apbus_consumer_slot, lost) == 168, "ConsumerSlot.lost");
static_assert(offsetof(apbus_consumer_slot, handling) == 176, "ConsumerSlot.handling");
static_assert(offsetof(apbus_consumer_slot, failed_sequence) == 184, "ConsumerSlot.failedSequence");
static_assert(offsetof(apbus_consumer_slot, failures) == 192, "ConsumerSlot.failures");
static_assert(offsetof(apbus_consumer_slot, redeliver) == 196, "ConsumerSlot.redeliver");
static_assert(offsetof(apbus_consumer_slot, quarantined) == 200, "ConsumerSlot.quarantined");
static_assert(offsetof(apbus_consumer_slot, seen_place) == 208, "ConsumerSlot.seenPlace");
static_assert(offsetof(apbus_consumer_slot, seen_ns) == 216, "ConsumerSlot.seenNs");
static_assert(offsetof(apbus_consumer_slot, unread_ns) == 224, "ConsumerSlot.unreadNs");
static_assert(offsetof(apbus_consumer_slot, looked_ns) == 232, "ConsumerSlot.lookedNs");
static_assert(offsetof(apbus_consumer_slot, deaths) == 240, "ConsumerSlot.deaths");
static_assert(offsetof(apbus_consumer_slot, evictions) == 244, "ConsumerSlot.evictions");
static_assert(sizeof(apbus_consumer_slot) == 256, "ConsumerSlot");

/* Stands before each payload, at a multiple of CELL_BYTES. */
typedef struct apbus_record_header {
  int32_t commit; /* in-band commit word: low 31 bits of the sequence << 1 | 1; 0: nothing here yet */
  int32_t length; /* payload bytes */
  double sequence; /* gap-free count of the records of the channel; single-producer: written before the record is begun */
  uint64_t sent_ns; /* if stamped: producer called write, ns since the epoch */
  uint64_t received_ns; /* if stamped: space was claimed, ns since the epoch; equals sentNs when there was no wait */
  int32_t kind; /* RecordKind: 0 data, 1 repaired padding (a message died with its producer), 2 aborted padding, 256 data, stamped */
  int32_t producer; /* slot of the producer */
} apbus_record_header;
static_assert(offsetof(apbus_record_header, commit) == 0, "RecordHeader.commit");
static_assert(offsetof(apbus_record_header, length) == 4, "RecordHeader.length");
static_assert(offsetof(apbus_record_header, sequence) == 8, "RecordHeader.sequence");
static_assert(offsetof(apbus_record_header, sent_ns) == 16, "RecordHeader.sentNs");
static_assert(offsetof(apbus_record_header, received_ns) == 24, "RecordHeader.receivedNs");
static_assert(offsetof(apbus_record_header, kind) == 32, "RecordHeader.kind");
static_assert(offsetof(apbus_record_header, producer) == 36, "RecordHeader.producer");
static_assert(sizeof(apbus_record_header) == 40, "RecordHeader");

/* One for each cell of a multi-producer ring. */
typedef struct apbus_claim_word {
  uint32_t low; /* bits 0-1 state (0 interior, 1 claimed, 2 committed), 2-9 owner slot, 10-31 low bits of lap + 1 */
  uint32_t high; /* high bits of lap + 1 */
} apbus_claim_word;
static_assert(offsetof(apbus_claim_word, low) == 0, "ClaimWord.low");
static_assert(offsetof(apbus_claim_word, high) == 4, "ClaimWord.high");
static_assert(sizeof(apbus_claim_word) == 8, "ClaimWord");

/* Latencies of sampled messages; written by its endpoint alone, and kept as long as the slot has the same name. */
typedef struct apbus_latency_histogram {
  double sum_ns; /* of all, ns */
  double max_ns; /* the greatest, ns */
  uint8_t gap0[48];
  uint8_t counts[8448]; /* f64 each: how many were below 64 ns, one count for each ns; then between 2^n and 2^(n+1), in 32 equal parts */
} apbus_latency_histogram;
static_assert(offsetof(apbus_latency_histogram, sum_ns) == 0, "LatencyHistogram.sumNs");
static_assert(offsetof(apbus_latency_histogram, max_ns) == 8, "LatencyHistogram.maxNs");
static_assert(offsetof(apbus_latency_histogram, counts) == 64, "LatencyHistogram.counts");
static_assert(sizeof(apbus_latency_histogram) == 8512, "LatencyHistogram");

#endif
