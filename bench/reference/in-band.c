/* One producer, commit in band: the header's first word, written last; the next header's word is cleared before. */
#include <string.h>

#include "reference.h"

static inline uint32_t commit_word(uint64_t sequence) { return (uint32_t)(sequence << 1) | 1; }

static inline struct header *header_at(struct ring *ring, uint64_t position) {
  return (struct header *)(ring->bytes + (position & (ring->capacity - 1)));
}

void in_band_producer(const struct settings *settings, struct ring *ring, uint32_t index) {
  unsigned char message[8192] = {0};
  const uint64_t bytes = record_bytes(settings->message_bytes);
  const uint64_t start = await_start(ring, settings->producers + settings->consumers);
  const uint64_t end = start + WARMUP_NS + (uint64_t)(settings->seconds * 1e9) + 20000000u;
  uint64_t tail = 0;
  uint64_t limit = 0;
  uint64_t sequence = 0;
  struct idle idle;
  idle_reset(&idle);
  for (bool running = true; running;) {
    running = now_ns() < end;
    for (uint32_t i = 0; i < (running ? 256 : 1); i++) {
      while (tail + bytes + CELL > limit) {
        limit = gating_position(settings, ring) + ring->capacity;
        if (tail + bytes + CELL > limit) idle_pause(settings, &idle);
      }
      idle_reset(&idle);
      struct header *header = header_at(ring, tail);
      const uint32_t mark = running ? (uint32_t)sequence : UINT32_MAX;
      memcpy(message, &mark, sizeof mark);
      fill_header(header, settings, sequence, index);
      memcpy(header + 1, message, settings->message_bytes);
      tail += bytes;
      atomic_store_explicit(&header_at(ring, tail)->commit, 0, memory_order_relaxed);
      atomic_store_explicit(&header->commit, commit_word(sequence), memory_order_release);
      sequence++;
    }
  }
}

void in_band_consumer(const struct settings *settings, struct ring *ring, uint32_t index) {
  const uint64_t start = await_start(ring, settings->producers + settings->consumers);
  struct meter meter = meter_from(settings, start);
  uint64_t position = 0;
  uint64_t published = 0;
  uint64_t sequence = 0;
  uint64_t dequeued_ns = 0;
  struct idle idle;
  idle_reset(&idle);
  for (;;) {
    struct header *header = header_at(ring, position);
    if (atomic_load_explicit(&header->commit, memory_order_acquire) != commit_word(sequence)) {
      if (published != position) {
        atomic_store_explicit(&ring->control->cursors[index].value, position, memory_order_release);
        published = position;
      }
      meter_look(&meter, ring, index, sequence);
      idle_pause(settings, &idle);
      continue;
    }
    idle_reset(&idle);
    uint32_t mark;
    memcpy(&mark, header + 1, sizeof mark);
    if (settings->timestamps) dequeued_ns = now_ns();
    if (mark != (uint32_t)sequence) {
      if (mark != UINT32_MAX) atomic_store(&ring->control->failed, 1);
      break;
    }
    position += record_bytes(header->length);
    sequence++;
    if (position - published >= ring->capacity / 8) {
      atomic_store_explicit(&ring->control->cursors[index].value, position, memory_order_release);
      published = position;
    }
    if (sequence % 512 == 0) meter_look(&meter, ring, index, sequence);
  }
  /* The clock readings must not be optimised away. */
  if (settings->timestamps && dequeued_ns == 0) atomic_store(&ring->control->failed, 1);
}
