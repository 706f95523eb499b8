/*
 * Several environments at once: each thread opens, maps, makes regions, uses them, tries the handles of the others and
 * ends, over and over. For the thread sanitizer, and for the address sanitizer to see what a lost race would touch.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../src/descriptors.h"
#include "../src/mapping.h"
#include "check.h"

#define THREADS 4
#define ROUNDS 3000
#define SHARED_HANDLES 16

static atomic_uint published[THREADS][SHARED_HANDLES];

/* No call with a handle of another owner may succeed, be it live, stale or about to be used again. */
static void try_the_others(apb_owner owner, unsigned self, unsigned round) {
  for (unsigned i = 1; i < THREADS; i++) {
    const uint32_t handle = atomic_load(&published[(self + i) % THREADS][round % SHARED_HANDLES]);
    CHECK(apb_stamp(owner, handle, 0) == -EINVAL);
    CHECK(apb_compare_and_swap(owner, handle, 0, 0, 1) == -EINVAL);
    CHECK(apb_unmap(owner, handle) == -EINVAL && apb_region(owner, handle, 0, 8) == -EINVAL);
  }
}

static uint64_t count_up(apb_owner owner, uint32_t region) {
  struct apb_region *place = apb_find_region(owner, region);
  CHECK(place != NULL);
  for (;;) {
    const uint64_t seen = __atomic_load_n((uint64_t *)apb_place(place, 64, 8), __ATOMIC_SEQ_CST);
    if (apb_compare_and_swap(owner, region, 64, seen, seen + 1) == 1) return seen + 1;
  }
}

static void one_round(apb_owner owner, unsigned self, unsigned round) {
  const int fd = apb_open_file(owner, path_of("storm"));
  CHECK(fd >= 0);
  const int mapping = apb_map(owner, fd, PART, PART, PART, PART, round % 2 == 0);
  CHECK(mapping > 0);
  struct apb_mapping *entry = apb_find_mapping(owner, (uint32_t)mapping);
  CHECK(entry != NULL);
  const uintptr_t token = apb_buffer_token(entry);
  entry->has_buffer = round % 3 == 0;
  const bool buffered = entry->has_buffer;
  for (unsigned i = 0; i < 3; i++) {
    const int region = apb_region(owner, (uint32_t)mapping, 0, 2 * PART);
    CHECK(region > 0);
    atomic_store(&published[self][(round + i) % SHARED_HANDLES], (uint32_t)(i == 2 ? mapping : region));
    CHECK(apb_stamp(owner, (uint32_t)region, 0) == 0 && apb_set_clock_offset(owner, (uint32_t)mapping, round) == 0);
    CHECK(count_up(owner, (uint32_t)region) > 0);
    try_the_others(owner, self, round);
  }
  CHECK(apb_lock_byte(owner, fd, self) == 0);
  if (round % 5 == 0) {
    apb_end_owner(owner);
  } else {
    CHECK(apb_unmap(owner, (uint32_t)mapping) == 0);
    CHECK(apb_close_file(owner, fd) == 0);
  }
  if (buffered) apb_buffer_gone(token);
}

static void *run(void *argument) {
  const unsigned self = *(const unsigned *)argument;
  for (unsigned round = 0; round < ROUNDS; round++) one_round(100 + self, self, round);
  apb_end_owner(100 + self);
  return NULL;
}

void test_storm(void) {
  pthread_t threads[THREADS];
  unsigned numbers[THREADS];
  const int before = open_descriptors();
  const int fd = make_file(99, "storm");
  for (unsigned i = 0; i < THREADS; i++) {
    numbers[i] = i;
    CHECK(pthread_create(&threads[i], NULL, run, &numbers[i]) == 0);
  }
  for (unsigned i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);

  const int mapping = apb_map(99, fd, PART, PART, PART, PART, true);
  CHECK(mapping > 0);
  const uint64_t *counter = (const uint64_t *)(const void *)(apb_find_mapping(99, (uint32_t)mapping)->base + 64);
  CHECK(__atomic_load_n(counter, __ATOMIC_SEQ_CST) == (uint64_t)THREADS * ROUNDS * 3);
  apb_end_owner(99);
  CHECK(open_descriptors() == before);
  for (uint32_t i = 0; i < APB_REGIONS_MAX; i++) CHECK(atomic_load(&apb_regions[i].handle) == 0);
}
