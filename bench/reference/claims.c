/*
 * Several producers: a claim word for each cell (lap << 2 | state) beside the ring, and one 64-bit tail (cells in the low
 * half, sequence in the high half) that a compare-and-swap moves. The words' laps rule out that a stale cell is read.
 */
#include <string.h>

#include "reference.h"

#define COMMITTED 2u
#define MARK_BITS 28

static inline uint64_t committed_word(struct ring *ring, uint64_t position) {
  return (position / ring->capacity + 1) << 2 | COMMITTED;
}

static inline uint64_t cell_of(struct ring *ring, uint64_t position) { return (position & (ring->capacity - 1)) / CELL; }

/* The full position of a tail's low half: it is never behind `near`, nor more than 2^32 cells ahead of it. */
static inline uint64_t position_of(uint64_t tail, uint64_t near) {
  return near + (uint64_t)((uint32_t)tail - (uint32_t)(near / CELL)) * CELL;
}

static uint64_t claim(const struct settings *settings, struct ring *ring, uint64_t bytes, uint64_t *gate, uint64_t *sequence) {
  const uint64_t cells = bytes / CELL;
  struct idle idle;
  idle_reset(&idle);
  for (;;) {
    uint64_t tail = atomic_load_explicit(&ring->control->tail.value, memory_order_acquire);
    const uint64_t position = position_of(tail, *gate);
    if (position + bytes > *gate + ring->capacity) {
      const uint64_t seen = gating_position(settings, ring);
      if (seen == *gate) idle_pause(settings, &idle);
      *gate = seen;
      continue;
    }
    const uint64_t next = ((tail >> 32) + 1) << 32 | (uint32_t)((uint32_t)tail + cells);
    if (!atomic_compare_exchange_weak_explicit(&ring->control->tail.value, &tail, next, memory_order_acq_rel,
                                               memory_order_relaxed))
      continue;
    *sequence = tail >> 32;
    return position;
  }
}

void claims_producer(const struct settings *settings, struct ring *ring, uint32_t index) {
  unsigned char message[8192] = {0};
  const uint64_t bytes = record_bytes(settings->message_bytes);
  const uint64_t start = await_start(ring, settings->producers + settings->consumers);
  const uint64_t end = start + WARMUP_NS + (uint64_t)(settings->seconds * 1e9) + 20000000u;
  uint64_t gate = 0;
  uint32_t count = 0;
  for (bool running = true; running;) {
    running = now_ns() < end;
    for (uint32_t i = 0; i < (running ? 256 : 1); i++) {
      uint64_t sequence;
      const uint64_t position = claim(settings, ring, bytes, &gate, &sequence);
      struct header *header = (struct header *)(ring->bytes + (position & (ring->capacity - 1)));
      const uint32_t low = count++ & ((1u << MARK_BITS) - 1);
      const uint32_t mark = running ? index << MARK_BITS | low : UINT32_MAX;
      memcpy(message, &mark, sizeof mark);
      fill_header(header, settings, sequence, index);
      memcpy(header + 1, message, settings->message_bytes);
      for (uint64_t inner = CELL; inner < bytes; inner += CELL)
        atomic_store_explicit(&ring->claims[cell_of(ring, position + inner)],
                              committed_word(ring, position + inner) ^ COMMITTED, memory_order_relaxed);
      atomic_store_explicit(&ring->claims[cell_of(ring, position)], committed_word(ring, position), memory_order_release);
    }
  }
}

void claims_consumer(const struct settings *settings, struct ring *ring, uint32_t index) {
  const uint64_t start = await_start(ring, settings->producers + settings->consumers);
  struct meter meter = meter_from(settings, start);
  uint32_t expected[ENDPOINTS_MAX] = {0};
  uint32_t running = settings->producers;
  uint64_t position = 0;
  uint64_t published = 0;
  uint64_t count = 0;
  uint64_t dequeued_ns = 1;
  struct idle idle;
  idle_reset(&idle);
  while (running > 0) {
    const _Atomic uint64_t *word = &ring->claims[cell_of(ring, position)];
    if (atomic_load_explicit(word, memory_order_acquire) != committed_word(ring, position)) {
      if (published != position) {
        atomic_store_explicit(&ring->control->cursors[index].value, position, memory_order_release);
        published = position;
      }
      meter_look(&meter, ring, index, count);
      idle_pause(settings, &idle);
      continue;
    }
    idle_reset(&idle);
    const struct header *header = (const struct header *)(ring->bytes + (position & (ring->capacity - 1)));
    uint32_t mark;
    memcpy(&mark, header + 1, sizeof mark);
    if (settings->timestamps) dequeued_ns &= now_ns();
    if (mark == UINT32_MAX) {
      running--;
    } else {
      const uint32_t producer = mark >> MARK_BITS;
      const uint32_t low = mark & ((1u << MARK_BITS) - 1);
      if (producer >= settings->producers || low != (expected[producer]++ & ((1u << MARK_BITS) - 1)))
        atomic_store(&ring->control->failed, 1);
    }
    position += record_bytes(header->length);
    count++;
    if (position - published >= ring->capacity / 8) {
      atomic_store_explicit(&ring->control->cursors[index].value, position, memory_order_release);
      published = position;
    }
    if (count % 512 == 0) meter_look(&meter, ring, index, count);
  }
  atomic_store_explicit(&ring->control->cursors[index].value, position, memory_order_release);
  if (dequeued_ns > 1) atomic_store(&ring->control->failed, 1);
}
