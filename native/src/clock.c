/*
 * Time. The clock is read through the C library of the process (the one function taken from it), since its vDSO needs
 * no system call: about 20 ns instead of 100 and more.
 */
#include <errno.h>
#include <time.h>

#include "mapping.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define OFFSET_TRIES 16

static int64_t read_clock(clockid_t id) {
  struct timespec now = {0, 0};
  (void)clock_gettime(id, &now);
  return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static void store64(void *place, int64_t value) { __atomic_store_n((int64_t *)place, value, __ATOMIC_RELAXED); }

int64_t apb_monotonic_ns(void) { return read_clock(CLOCK_MONOTONIC); }

/* The two clocks cannot be read at once: of several tries, the one with the least time between the two readings. */
static int64_t epoch_offset(void) {
  int64_t best_gap = INT64_MAX;
  int64_t best = 0;
  for (int i = 0; i < OFFSET_TRIES; i++) {
    const int64_t before = read_clock(CLOCK_MONOTONIC);
    const int64_t wall = read_clock(CLOCK_REALTIME);
    const int64_t gap = read_clock(CLOCK_MONOTONIC) - before;
    if (gap >= best_gap) continue;
    best_gap = gap;
    best = wall - (before + gap / 2);
  }
  return best;
}

int apb_write_clock_offset(apb_owner owner, uint32_t handle, uint32_t offset) {
  const struct apb_region *region = apb_find_region(owner, handle);
  void *place = region == NULL ? NULL : apb_writable_place(region, offset, 8);
  if (place == NULL) return -EINVAL;
  store64(place, epoch_offset());
  return 0;
}

int apb_set_clock_offset(apb_owner owner, uint32_t handle, int64_t ns) {
  struct apb_mapping *mapping = apb_find_mapping(owner, handle);
  if (mapping == NULL) return -EINVAL;
  mapping->clock_offset = ns;
  return 0;
}

/* In unsigned arithmetic: the offset came from outside, and a sum that wraps must not be undefined. */
static int64_t stamp_now(const struct apb_region *region) {
  return (int64_t)((uint64_t)read_clock(CLOCK_MONOTONIC) + (uint64_t)region->mapping->clock_offset);
}

int apb_stamp(apb_owner owner, uint32_t handle, uint32_t offset) {
  const struct apb_region *region = apb_find_region(owner, handle);
  void *place = region == NULL ? NULL : apb_writable_place(region, offset, 8);
  if (place == NULL) return -EINVAL;
  store64(place, stamp_now(region));
  return 0;
}

#define LINE 64
#define FETCH_MAX 4096

/*
 * Asks for the cache lines of what is about to be written. A consumer has had them, and their way back takes as long as
 * the clock reading that follows, which would otherwise come first. A hint: it neither waits nor faults.
 */
static void fetch_for_writing(const unsigned char *from, uint32_t bytes) {
  if (bytes > FETCH_MAX) bytes = FETCH_MAX;
  for (const unsigned char *line = from; line < from + bytes; line += LINE) {
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*line)); /* __builtin_prefetch would emit it for newer processors only */
#elif defined(__aarch64__)
    __asm__ volatile("prfm pstl1keep, %0" : : "Q"(*line));
#endif
  }
}

int apb_stamp_twice(apb_owner owner, uint32_t handle, uint32_t first, uint32_t second, uint32_t fetch_bytes) {
  const struct apb_region *region = apb_find_region(owner, handle);
  if (region == NULL) return -EINVAL;
  void *one = apb_writable_place(region, first, 8);
  void *two = apb_writable_place(region, second, 8);
  if (one == NULL || two == NULL) return -EINVAL;
  fetch_for_writing(one, fetch_bytes);
  const int64_t now = stamp_now(region);
  store64(one, now);
  store64(two, now);
  return 0;
}
