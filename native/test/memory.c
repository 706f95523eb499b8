/* Mappings, regions, places in them, and the tables' limits. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../src/descriptors.h"
#include "../src/mapping.h"
#include "check.h"

static uint32_t map_all(apb_owner owner, int fd, bool writable) {
  const int handle = apb_map(owner, fd, PART, PART, PART, PART, writable);
  CHECK(handle > 0 && (uint32_t)handle < APB_REGION_TAG);
  return (uint32_t)handle;
}

static uint32_t region_of(apb_owner owner, uint32_t mapping, uint64_t start, uint64_t length) {
  const int handle = apb_region(owner, mapping, start, length);
  CHECK(handle > 0 && (uint32_t)handle >= APB_REGION_TAG);
  return (uint32_t)handle;
}

void test_mappings(void) {
  const int fd = make_file(1, "mappings");
  const uint64_t bad_sizes[] = {1, PART - 1, PART + 4096, UINT64_MAX, UINT64_MAX - PART + 1, UINT64_C(1) << 63};
  for (size_t i = 0; i < sizeof bad_sizes / sizeof *bad_sizes; i++) {
    CHECK(apb_map(1, fd, bad_sizes[i], PART, PART, PART, true) == -EINVAL);
    CHECK(apb_map(1, fd, PART, bad_sizes[i], PART, PART, true) == -EINVAL);
    CHECK(apb_map(1, fd, PART, PART, bad_sizes[i], PART, true) == -EINVAL);
    CHECK(apb_map(1, fd, PART, PART, PART, bad_sizes[i], true) == -EINVAL);
  }
  CHECK(apb_map(1, fd, PART, PART, 2 * PART, PART, true) == -ENODATA);
  CHECK(apb_map(2, fd, PART, PART, PART, PART, true) == -EBADF);

  const uint32_t handle = map_all(1, fd, true);
  struct apb_mapping *mapping = apb_find_mapping(1, handle);
  CHECK(mapping != NULL && mapping->bytes == MAPPED_BYTES && (uintptr_t)mapping->base % (2 << 20) == 0);
  memcpy(mapping->base + 3 * PART - 4, "12345678", 8);
  CHECK(memcmp(mapping->base + RING_AT, "5678", 4) == 0 && memcmp(mapping->base + SCRATCH_AT - 4, "1234", 4) == 0);
  mapping->base[MAPPED_BYTES - 1] = 1;

  /* With an ArrayBuffer: zeros stay until its end; that end counts once, and for this mapping only. */
  unsigned char *base = mapping->base;
  const uintptr_t token = apb_buffer_token(mapping);
  mapping->has_buffer = true;
  CHECK(apb_unmap(1, handle) == 0 && apb_unmap(1, handle) == -EINVAL);
  for (uint64_t i = 0; i < MAPPED_BYTES; i++) CHECK(base[i] == 0);
  apb_buffer_gone(token);
  apb_buffer_gone(token);
  const uint32_t next = map_all(1, fd, true);
  apb_buffer_gone(token);
  CHECK(apb_find_mapping(1, next) != NULL && next != handle);

  /* Collected while it was still mapped, as at the end of an environment. */
  apb_find_mapping(1, next)->has_buffer = true;
  const uint32_t region = region_of(1, next, 0, PART);
  apb_buffer_gone(apb_buffer_token(apb_find_mapping(1, next)));
  CHECK(apb_find_mapping(1, next) == NULL && apb_stamp(1, region, 0) == -EINVAL);
  CHECK(apb_close_file(1, fd) == 0);
}

void test_placement(void) {
  const int fd = make_file(1, "placement");
  const uint32_t mapping = map_all(1, fd, false);
  const uint64_t bad[][2] = {{0, 0},          {1, PART},        {0, PART + 1},   {MAPPED_BYTES, PART},
                             {0, UINT64_MAX}, {UINT64_MAX, 1}, {PART, MAPPED_BYTES}, {UINT64_MAX - 4095, 4096}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    CHECK(apb_bind_node(1, mapping, bad[i][0], bad[i][1], 0) == -EINVAL);
    CHECK(apb_want_huge_pages(1, mapping, bad[i][0], bad[i][1]) == -EINVAL);
    CHECK(apb_populate(1, mapping, bad[i][0], bad[i][1]) == -EINVAL);
    CHECK(apb_lock_pages(1, mapping, bad[i][0], bad[i][1]) == -EINVAL);
  }
  CHECK(apb_populate(2, mapping, 0, PART) == -EINVAL && apb_populate(1, mapping + 1, 0, PART) == -EINVAL);
  CHECK(apb_bind_node(1, mapping, 0, PART, 1024) == -EINVAL && apb_bind_node(1, mapping, 0, PART, UINT32_MAX) == -EINVAL);
  CHECK(apb_populate(1, mapping, 0, RING_AT) == 0 && apb_populate(1, mapping, RING_AT, 2 * PART) == 0);
  /* What is no more in the file is an answer, not a SIGBUS. */
  CHECK(truncate(path_of("placement"), PART) == 0);
  CHECK(apb_populate(1, mapping, PART, PART) < 0);
  CHECK(apb_close_file(1, fd) == 0 && apb_unmap(1, mapping) == 0);
}

void test_places(void) {
  const int fd = make_file(1, "places");
  const uint32_t mapping = map_all(1, fd, false);
  const uint32_t whole = region_of(1, mapping, 0, MAPPED_BYTES);
  unsigned char *base = apb_find_mapping(1, mapping)->base;
  for (uint32_t offset = 0; offset < MAPPED_BYTES; offset += 4) {
    const bool writable = offset % 8 == 0 && (offset < RING_AT || offset >= SCRATCH_AT);
    CHECK(apb_stamp(1, whole, offset) == (writable ? 0 : -EINVAL));
    /* What was stamped is not 0 any more. */
    CHECK(apb_compare_and_swap(1, whole, offset, 0, 1) == (writable ? 0 : -EINVAL));
    CHECK(apb_futex_wake(1, whole, offset, 1) == 0);
  }
  const uint32_t bad[] = {1, 2, 7, MAPPED_BYTES, MAPPED_BYTES - 4, MAPPED_BYTES + 8, INT32_MAX, UINT32_MAX, UINT32_MAX - 7};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    CHECK(apb_stamp(1, whole, bad[i]) == -EINVAL && apb_stamp_twice(1, whole, 0, bad[i], 64) == -EINVAL);
    CHECK(apb_compare_and_swap(1, whole, bad[i], 0, 1) == -EINVAL && apb_write_clock_offset(1, whole, bad[i]) == -EINVAL);
    if (bad[i] % 4 != 0 || bad[i] >= MAPPED_BYTES) CHECK(apb_futex_wait(1, whole, bad[i], 0, 0) == -EINVAL);
  }
  /* Regions around every border of the read-only part. */
  for (uint64_t start = RING_AT - 64; start <= RING_AT + 64; start += 8) {
    const uint32_t small = region_of(1, mapping, start, 16);
    CHECK(apb_stamp(1, small, 8) == (start + 16 <= RING_AT ? 0 : -EINVAL));
    const uint32_t late = region_of(1, mapping, start + 2 * PART, 16);
    CHECK(apb_stamp(1, late, 0) == (start >= RING_AT ? 0 : -EINVAL));
  }
  CHECK(apb_region(1, mapping, 4, 8) == -EINVAL && apb_region(1, mapping, MAPPED_BYTES, 8) == -EINVAL);
  CHECK(apb_region(1, mapping, UINT64_MAX - 7, 16) == -EINVAL && apb_region(1, mapping, 0, UINT64_MAX) == -EINVAL);
  CHECK(apb_region(2, mapping, 0, 8) == -EINVAL && apb_stamp(2, whole, 0) == -EINVAL);

  const int64_t offsets[] = {0, 1, -1, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
    CHECK(apb_set_clock_offset(1, mapping, offsets[i]) == 0);
    const uint64_t before = (uint64_t)apb_monotonic_ns();
    CHECK(apb_stamp_twice(1, whole, 0, 64, UINT32_MAX) == 0);
    uint64_t stamps[2];
    memcpy(&stamps[0], base, 8);
    memcpy(&stamps[1], base + 64, 8);
    CHECK(stamps[0] == stamps[1] && stamps[0] - (uint64_t)offsets[i] - before < UINT64_C(60000000000));
  }
  CHECK(apb_futex_wait(1, whole, RING_AT, 1, 1e18) == -EAGAIN && apb_futex_wait(1, whole, RING_AT, 0, 0) == -ETIMEDOUT);
  CHECK(apb_futex_wait(1, whole, RING_AT, 0, (double)NAN) == -EINVAL && apb_futex_wait(1, whole, 0, 0, -1) == -EINVAL);
  apb_sleep((double)NAN);
  apb_sleep(-(double)INFINITY);
  apb_pause(UINT32_MAX);
  apb_end_owner(1);
  CHECK(apb_find_mapping(1, mapping) == NULL && apb_stamp(1, whole, 0) == -EINVAL);
}

/* All places of a table taken, one freed and taken again until its generation has wrapped. */
static void wrap_mappings(int fd) {
  static uint32_t handles[APB_MAPPINGS_MAX];
  for (int i = 0; i < APB_MAPPINGS_MAX; i++) handles[i] = map_all(1, fd, true);
  CHECK(apb_map(1, fd, PART, PART, PART, PART, true) == -ENOMEM);
  uint32_t last = handles[APB_MAPPINGS_MAX / 2];
  const uint32_t index = last & (APB_MAPPINGS_MAX - 1);
  for (uint32_t i = 0; i < APB_MAPPING_GENERATIONS + 10; i++) {
    CHECK(apb_unmap(1, last) == 0 && apb_find_mapping(1, last) == NULL);
    const uint32_t next = map_all(1, fd, true);
    CHECK(next != last && (next & (APB_MAPPINGS_MAX - 1)) == index && next >> APB_MAPPING_INDEX_BITS != 0);
    last = next;
  }
  for (int i = 0; i < APB_MAPPINGS_MAX; i++) {
    if (i != APB_MAPPINGS_MAX / 2) CHECK(apb_unmap(1, handles[i]) == 0);
  }
  CHECK(apb_unmap(1, last) == 0);
}

static void wrap_regions(int fd) {
  const uint32_t keeper = map_all(1, fd, true);
  for (int i = 0; i < APB_REGIONS_MAX - 1; i++) (void)region_of(1, keeper, 0, 64);
  uint32_t last = 0;
  for (uint32_t i = 0; i < APB_REGION_GENERATIONS + 10; i++) {
    const uint32_t mapping = map_all(1, fd, true);
    const uint32_t region = region_of(1, mapping, 0, 64);
    CHECK(region != last && apb_stamp(1, last, 0) == -EINVAL && apb_stamp(1, region, 0) == 0);
    CHECK(apb_region(1, mapping, 0, 64) == -ENOMEM);
    CHECK(apb_unmap(1, mapping) == 0);
    last = region;
  }
  CHECK(apb_unmap(1, keeper) == 0);
  CHECK(apb_stamp(1, last, 0) == -EINVAL);
}

/* With one entry in use already. */
static void fill_descriptors(void) {
  enum { FREE = APB_DESCRIPTORS_MAX - 1 };
  static int fds[FREE];
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  if (limit.rlim_max < APB_DESCRIPTORS_MAX + 100 || setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    puts("native harness: the table of descriptors was not filled: the limit on open files is too low");
    return;
  }
  const int before = open_descriptors();
  for (int i = 0; i < FREE; i++) CHECK((fds[i] = apb_open_file(7, path_of("tables"))) >= 0);
  CHECK(apb_open_file(8, path_of("tables")) == -EMFILE);
  CHECK(apb_create_file(8, path_of("never")) == -EMFILE);
  CHECK(apb_open_file(8, path_of("never")) == -ENOENT);
  CHECK(open_descriptors() == before + FREE);
  CHECK(apb_close_file(7, fds[99]) == 0);
  const int again = apb_open_file(8, path_of("tables"));
  CHECK(again == fds[99]);
  apb_end_owner(7);
  CHECK(apb_file_size(8, again) == 3 * PART && open_descriptors() == before + 1);
  apb_end_owner(8);
  CHECK(open_descriptors() == before);
}

void test_tables(void) {
  const int fd = make_file(1, "tables");
  fill_descriptors();
  wrap_mappings(fd);
  wrap_regions(fd);
  CHECK(apb_close_file(1, fd) == 0);
}

/* What ends with an owner and what does not. */
void test_ends(void) {
  const int before = open_descriptors();
  const int fd = make_file(3, "ends");
  const int kept_fd = apb_open_file(4, path_of("ends"));
  const uint32_t plain = map_all(3, fd, true);
  const uint32_t buffered = map_all(3, fd, true);
  const uint32_t kept = map_all(4, kept_fd, true);
  struct apb_mapping *entry = apb_find_mapping(3, buffered);
  const uintptr_t token = apb_buffer_token(entry);
  unsigned char *base = entry->base;
  entry->has_buffer = true;
  base[0] = 9;
  apb_end_owner(3);
  CHECK(apb_find_mapping(3, plain) == NULL && apb_find_mapping(3, buffered) == NULL);
  CHECK(base[0] == 9); /* its ArrayBuffer may still be looked at */
  apb_buffer_gone(token);
  CHECK(apb_find_mapping(4, kept)->base[0] == 9 && apb_lock_byte(4, kept_fd, 0) == 0);
  apb_end_owner(4);
  apb_end_owner(4);
  CHECK(open_descriptors() == before);
}
