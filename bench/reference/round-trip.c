/*
 * Two rings with a tail word each: the producer copies, then moves the tail; the consumer looks at the tail. One process
 * sends a message to and fro; the other sends it back. Intended send times are kept: a late start counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reference.h"

struct one_way {
  struct ring ring;
  uint64_t tail;
  uint64_t cursor;
};

static void send_message(const struct settings *settings, struct one_way *way, const unsigned char *message) {
  const uint64_t bytes = record_bytes(settings->message_bytes);
  while (way->tail + bytes > gating_position(settings, &way->ring) + way->ring.capacity) relax();
  struct header *header = (struct header *)(way->ring.bytes + (way->tail & (way->ring.capacity - 1)));
  fill_header(header, settings, way->tail / bytes, 0);
  memcpy(header + 1, message, settings->message_bytes);
  way->tail += bytes;
  atomic_store_explicit(&way->ring.control->tail.value, way->tail, memory_order_release);
}

/* Spins for the next message; its first word. */
static uint32_t receive_message(const struct settings *settings, struct one_way *way) {
  while (atomic_load_explicit(&way->ring.control->tail.value, memory_order_acquire) == way->cursor);
  const struct header *header = (const struct header *)(way->ring.bytes + (way->cursor & (way->ring.capacity - 1)));
  uint32_t mark;
  memcpy(&mark, header + 1, sizeof mark);
  if (settings->timestamps && now_ns() < header->sent_ns) atomic_store(&way->ring.control->failed, 1);
  way->cursor += record_bytes(header->length);
  atomic_store_explicit(&way->ring.control->cursors[0].value, way->cursor, memory_order_release);
  return mark;
}

static void send_back(const struct settings *settings, struct one_way *there, struct one_way *back) {
  unsigned char message[8192] = {0};
  bind_processor(settings, 1);
  await_start(&there->ring, 2);
  for (uint32_t mark = 0; mark != UINT32_MAX;) {
    mark = receive_message(settings, there);
    memcpy(message, &mark, sizeof mark);
    send_message(settings, back, message);
  }
}

static int compare(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a;
  const uint32_t y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static uint32_t quantile(const uint32_t *sorted, uint32_t count, double share) {
  uint32_t rank = (uint32_t)(share * count + 1 - 1e-9);
  if (rank > count) rank = count;
  return sorted[rank - 1];
}

static uint32_t measure(const struct settings *settings, struct one_way *there, struct one_way *back, uint32_t *samples,
                        uint32_t samples_max) {
  unsigned char message[8192] = {0};
  const uint64_t start = await_start(&there->ring, 2);
  const uint64_t from = start + WARMUP_NS;
  const uint64_t end = from + (uint64_t)(settings->seconds * 1e9);
  uint32_t count = 0;
  double intended = (double)start;
  for (uint32_t n = 0; count < samples_max; n++) {
    uint64_t now = now_ns();
    if (now >= end) break;
    if (settings->interval_ns > 0) {
      while ((double)now < intended) now = now_ns();
      now = (uint64_t)intended;
      intended += settings->interval_ns;
    }
    memcpy(message, &n, sizeof n);
    send_message(settings, there, message);
    if (receive_message(settings, back) != n) atomic_store(&there->ring.control->failed, 1);
    const uint64_t taken = now_ns() - now;
    if (now >= from) samples[count++] = taken > UINT32_MAX ? UINT32_MAX : (uint32_t)taken;
  }
  memset(message, 0xff, 4);
  send_message(settings, there, message);
  receive_message(settings, back);
  return count;
}

int run_round_trip(const struct settings *settings) {
  struct one_way there = {.ring = map_ring(settings->ring_bytes, false)};
  struct one_way back = {.ring = map_ring(settings->ring_bytes, false)};
  const uint32_t samples_max = (uint32_t)(settings->seconds * 2e7) + 1000;
  uint32_t *samples = malloc(samples_max * sizeof *samples);
  const pid_t pid = samples == NULL ? -1 : fork();
  if (pid < 0) {
    perror("fork");
    return 1;
  }
  if (pid == 0) {
    send_back(settings, &there, &back);
    _exit(0);
  }
  memset(samples, 0, samples_max * sizeof *samples);
  bind_processor(settings, 0);
  const uint32_t count = measure(settings, &there, &back, samples, samples_max);
  waitpid(pid, NULL, 0);
  if (count == 0 || atomic_load(&there.ring.control->failed) != 0) {
    fprintf(stderr, "the round trips failed\n");
    return 1;
  }
  qsort(samples, count, sizeof *samples, compare);
  printf("{\"p50\": %u, \"p99\": %u, \"p999\": %u, \"p9999\": %u, \"max\": %u, \"count\": %u}\n",
         quantile(samples, count, 0.5), quantile(samples, count, 0.99), quantile(samples, count, 0.999),
         quantile(samples, count, 0.9999), samples[count - 1], count);
  free(samples);
  return 0;
}
