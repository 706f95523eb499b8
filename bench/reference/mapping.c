#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "reference.h"

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void *map_shared(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  return memory;
}

/* The ring twice, back to back, so that a record is contiguous wherever it starts. */
static unsigned char *map_twice(uint64_t capacity) {
  const int fd = memfd_create("reference", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, (off_t)capacity) != 0) fail("memfd");
  unsigned char *base = mmap(NULL, 2 * capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) fail("mmap");
  for (int half = 0; half < 2; half++) {
    void *place = mmap(base + (size_t)half * capacity, capacity, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0);
    if (place == MAP_FAILED) fail("mmap");
  }
  close(fd);
  return base;
}

struct ring map_ring(uint64_t capacity, bool claims) {
  struct ring ring = {.control = map_shared(sizeof(struct control)), .capacity = capacity};
  ring.bytes = map_twice(capacity);
  if (claims) ring.claims = map_shared(capacity / CELL * sizeof(uint64_t));
  return ring;
}

void bind_processor(const struct settings *settings, uint32_t nth) {
  if (settings->processor_count == 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(settings->processors[nth % (uint32_t)settings->processor_count], &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) fail("sched_setaffinity");
}

uint64_t await_start(struct ring *ring, uint32_t processes) {
  struct control *control = ring->control;
  if (atomic_fetch_add(&control->ready.value, 1) + 1 == processes)
    atomic_store(&control->start_ns.value, now_ns() + 1000000u);
  uint64_t start;
  while ((start = atomic_load(&control->start_ns.value)) == 0) sched_yield();
  while (now_ns() < start) relax();
  return start;
}
