/*
 * The reference: the same kind of ring in plain C, as fast as it goes, without anything that a bus needs beside it (no
 * names, no liveness, no history, no statistics, no checks of what shared memory says). What it reaches is what this
 * machine has to give; the bus is measured against it in the same run.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define CELL 64
#define ENDPOINTS_MAX 8

struct settings {
  const char *ring; /* in-band, claims, tail-word */
  uint32_t producers;
  uint32_t consumers;
  uint32_t message_bytes;
  uint64_t ring_bytes;
  bool timestamps;
  bool yield; /* fewer processors than processes: give the processor up while waiting */
  uint64_t pause_ns; /* while there is nothing to do */
  double seconds;
  double interval_ns; /* round trip: between two intended sends; 0: at once */
  int processors[ENDPOINTS_MAX];
  int processor_count; /* 0: not bound */
};

/* The record header of the bus: 40 bytes, at a multiple of a cell. */
struct header {
  _Atomic uint32_t commit;
  uint32_t length;
  uint64_t sequence;
  uint64_t sent_ns;
  uint64_t received_ns;
  uint32_t kind;
  uint32_t producer;
};
_Static_assert(sizeof(struct header) == 40, "the header of the bus");

struct line {
  _Atomic uint64_t value;
  char rest[120];
};

/* Shared by the processes of a run. */
struct control {
  struct line tail;
  struct line cursors[ENDPOINTS_MAX];
  struct line ready;
  struct line start_ns;
  _Atomic uint64_t received[ENDPOINTS_MAX]; /* in the measured time */
  _Atomic uint64_t measured_ns[ENDPOINTS_MAX];
  _Atomic uint32_t failed;
};

/* One mapped ring with its control; `claims` has a word for each cell (claims ring only). */
struct ring {
  struct control *control;
  unsigned char *bytes; /* mapped twice, back to back */
  _Atomic uint64_t *claims;
  uint64_t capacity;
};

/* What a process of a throughput run does; both return when the time is over and all is drained. */
typedef void (*endpoint_main)(const struct settings *settings, struct ring *ring, uint32_t index);

void in_band_producer(const struct settings *settings, struct ring *ring, uint32_t index);
void in_band_consumer(const struct settings *settings, struct ring *ring, uint32_t index);
void claims_producer(const struct settings *settings, struct ring *ring, uint32_t index);
void claims_consumer(const struct settings *settings, struct ring *ring, uint32_t index);
int run_throughput(const struct settings *settings);
int run_round_trip(const struct settings *settings);
int run_memcpy(const struct settings *settings);

struct ring map_ring(uint64_t capacity, bool claims);
/* Binds the nth process of a run, as the bench binds its own. */
void bind_processor(const struct settings *settings, uint32_t nth);
/* Says ready, waits for the others, and returns the common start. */
uint64_t await_start(struct ring *ring, uint32_t processes);

static inline uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t record_bytes(uint64_t length) {
  return (length + sizeof(struct header) + CELL - 1) & ~(uint64_t)(CELL - 1);
}

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

/*
 * Waiting, as the bench's own endpoints do it: away from the ring for a while, since who looks again at once takes the
 * cache line from the other side just when that one wants to write to it.
 */
struct idle {
  uint32_t looks;
};

#define LOOKS_BEFORE_YIELD 8

static inline void idle_reset(struct idle *idle) { idle->looks = 0; }

static inline void idle_pause(const struct settings *settings, struct idle *idle) {
  if (settings->yield && ++idle->looks > LOOKS_BEFORE_YIELD) sched_yield();
  const uint64_t end = now_ns() + settings->pause_ns;
  while (now_ns() < end) relax();
}

/* The slowest cursor. */
static inline uint64_t gating_position(const struct settings *settings, struct ring *ring) {
  uint64_t slowest = UINT64_MAX;
  for (uint32_t i = 0; i < settings->consumers; i++) {
    const uint64_t cursor = atomic_load_explicit(&ring->control->cursors[i].value, memory_order_acquire);
    if (cursor < slowest) slowest = cursor;
  }
  return slowest;
}

/* Counts what a consumer gets, and measures it from the end of the warm-up to the end of the time. */
struct meter {
  uint64_t from_ns;
  uint64_t to_ns;
  uint64_t began_ns;
  uint64_t count_at_begin;
  bool done;
};

#define WARMUP_NS 100000000u

static inline struct meter meter_from(const struct settings *settings, uint64_t start_ns) {
  const uint64_t from = start_ns + WARMUP_NS;
  return (struct meter){.from_ns = from, .to_ns = from + (uint64_t)(settings->seconds * 1e9)};
}

static inline void meter_look(struct meter *meter, struct ring *ring, uint32_t index, uint64_t count) {
  const uint64_t now = now_ns();
  if (meter->began_ns == 0 && now >= meter->from_ns) {
    meter->began_ns = now;
    meter->count_at_begin = count;
  } else if (!meter->done && now >= meter->to_ns && meter->began_ns != 0) {
    meter->done = true;
    atomic_store(&ring->control->received[index], count - meter->count_at_begin);
    atomic_store(&ring->control->measured_ns[index], now - meter->began_ns);
  }
}

/* Writes a header and its payload's first word; the payload is copied by the caller. */
static inline void fill_header(struct header *header, const struct settings *settings, uint64_t sequence, uint32_t producer) {
  const uint64_t now = settings->timestamps ? now_ns() : 0;
  header->length = settings->message_bytes;
  header->sequence = sequence;
  header->sent_ns = now;
  header->received_ns = now;
  header->kind = 0;
  header->producer = producer;
}

#endif
