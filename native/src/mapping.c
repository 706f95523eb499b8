/*
 * Maps a segment in one stretch of address space:
 *
 *   base                                                                   base + bytes
 *   | control | claims | ring (file offset control+claims) | ring again | scratch |
 *
 * and gives that space back only when nobody can look at it any more.
 */
#include "mapping.h"

#include <errno.h>
#include <sys/mman.h>

#include "descriptors.h"

#define GRAIN UINT64_C(65536)             /* every size is a multiple: the largest page size of arm64 */
#define ALIGNMENT_MIN (UINT64_C(2) << 20)  /* lets transparent huge pages fit */
#define ALIGNMENT_MAX (UINT64_C(1) << 30)  /* the largest page of hugetlbfs */
#define PART_MAX (UINT64_C(1) << 40)       /* far above any segment; keeps the sums below from overflowing */

static struct apb_mapping mappings[APB_MAPPINGS_MAX];
static uint32_t next_index;
struct apb_spin apb_tables_lock = APB_SPIN_INIT;

static long map_pages(void *at, uint64_t bytes, int protection, int flags, int fd, uint64_t offset) {
  return apb_syscall6(SYS_mmap, apb_pointer(at), (long)bytes, protection, flags, fd, (long)offset);
}

static void unmap_pages(void *at, uint64_t bytes) {
  if (bytes > 0) (void)apb_syscall2(SYS_munmap, apb_pointer(at), (long)bytes);
}

static bool is_error(long result) { return result < 0 && result >= -4095; }

static struct apb_mapping *take_entry(apb_owner owner) {
  struct apb_mapping *found = NULL;
  apb_spin_lock(&apb_tables_lock);
  for (uint32_t i = 0; i < APB_MAPPINGS_MAX && found == NULL; i++) {
    struct apb_mapping *entry = &mappings[(next_index + i) % APB_MAPPINGS_MAX];
    if (entry->state != APB_FREE) continue;
    next_index = (next_index + i + 1) % APB_MAPPINGS_MAX;
    entry->state = APB_BUILDING;
    if (++entry->generation == APB_MAPPING_GENERATIONS) entry->generation = 1;
    entry->has_buffer = false;
    entry->buffer_refused = false;
    entry->reference = NULL;
    entry->clock_offset = 0;
    atomic_store_explicit(&entry->owner, owner, memory_order_relaxed);
    found = entry;
  }
  apb_spin_unlock(&apb_tables_lock);
  return found;
}

static void release_entry(struct apb_mapping *entry) {
  apb_spin_lock(&apb_tables_lock);
  atomic_store_explicit(&entry->handle, 0, memory_order_release);
  atomic_store_explicit(&entry->owner, 0, memory_order_relaxed);
  entry->state = APB_FREE;
  apb_spin_unlock(&apb_tables_lock);
}

/* Address space of that size, aligned, without memory behind it. */
static long reserve(uint64_t bytes, uint64_t alignment) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const long start = map_pages(NULL, bytes + alignment, PROT_NONE, flags, -1, 0);
  if (is_error(start)) return start;
  const uint64_t skipped = (alignment - (uint64_t)start % alignment) % alignment;
  unsigned char *base = (unsigned char *)start + skipped;
  unmap_pages((void *)start, skipped);
  unmap_pages(base + bytes, alignment - skipped);
  return apb_pointer(base);
}

/* hugetlbfs says the size of its pages as its block size, and refuses other places. */
static uint64_t alignment_of(const struct stat *status) {
  const uint64_t block = (uint64_t)status->st_blksize;
  const bool is_page_size = block > ALIGNMENT_MIN && block <= ALIGNMENT_MAX && (block & (block - 1)) == 0;
  return is_page_size ? block : ALIGNMENT_MIN;
}

static long map_parts(unsigned char *base, int fd, uint64_t head, uint64_t ring, uint64_t scratch, bool ring_writable) {
  const int writable = PROT_READ | PROT_WRITE;
  const int ring_protection = ring_writable ? writable : PROT_READ;
  const int fixed = MAP_SHARED | MAP_FIXED;
  long result = map_pages(base, head, writable, fixed, fd, 0);
  if (!is_error(result)) result = map_pages(base + head, ring, ring_protection, fixed, fd, head);
  if (!is_error(result)) result = map_pages(base + head + ring, ring, ring_protection, fixed, fd, head);
  if (!is_error(result)) {
    const int private_zero = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    result = map_pages(base + head + 2 * ring, scratch, writable, private_zero, -1, 0);
  }
  return is_error(result) ? result : 0;
}

int apb_map(apb_owner owner, int fd, uint64_t control, uint64_t claims, uint64_t ring, uint64_t scratch,
            bool ring_writable) {
  if (control == 0 || ring == 0 || scratch == 0) return -EINVAL;
  if (control > PART_MAX || claims > PART_MAX || ring > PART_MAX || scratch > PART_MAX) return -EINVAL;
  if ((control | claims | ring | scratch) % GRAIN != 0) return -EINVAL;
  struct stat status;
  const int held = apb_held(owner, fd, &status);
  if (held < 0) return held;
  if ((uint64_t)status.st_size < control + claims + ring) return -ENODATA;

  struct apb_mapping *entry = take_entry(owner);
  if (entry == NULL) return -ENOMEM;
  const uint64_t head = control + claims;
  entry->bytes = head + 2 * ring + scratch;
  entry->read_only_start = head;
  entry->read_only_end = ring_writable ? head : head + 2 * ring;
  const long base = reserve(entry->bytes, alignment_of(&status));
  if (is_error(base)) {
    release_entry(entry);
    return (int)base;
  }
  entry->base = (unsigned char *)base;
  const long failed = map_parts(entry->base, fd, head, ring, scratch, ring_writable);
  if (failed != 0) {
    unmap_pages(entry->base, entry->bytes);
    release_entry(entry);
    return (int)failed;
  }
  const uint32_t handle = entry->generation << APB_MAPPING_INDEX_BITS | (uint32_t)(entry - mappings);
  apb_spin_lock(&apb_tables_lock); /* whoever looks for a free entry reads the state */
  entry->state = APB_LIVE;
  atomic_store_explicit(&entry->handle, handle, memory_order_release);
  apb_spin_unlock(&apb_tables_lock);
  return (int)handle;
}

struct apb_mapping *apb_find_mapping(apb_owner owner, uint32_t handle) {
  struct apb_mapping *entry = &mappings[handle & (APB_MAPPINGS_MAX - 1)];
  if (handle == 0 || atomic_load_explicit(&entry->handle, memory_order_acquire) != handle) return NULL;
  return atomic_load_explicit(&entry->owner, memory_order_relaxed) == owner ? entry : NULL;
}

static void invalidate(struct apb_mapping *entry) {
  apb_spin_lock(&apb_tables_lock);
  atomic_store_explicit(&entry->handle, 0, memory_order_release);
  apb_drop_regions(entry);
  entry->state = APB_ENDED;
  apb_spin_unlock(&apb_tables_lock);
}

int apb_unmap(apb_owner owner, uint32_t handle) {
  struct apb_mapping *entry = apb_find_mapping(owner, handle);
  if (entry == NULL) return -EINVAL;
  if (entry->has_buffer) {
    const int zero = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    const long result = map_pages(entry->base, entry->bytes, PROT_READ | PROT_WRITE, zero, -1, 0);
    if (is_error(result)) return (int)result;
    invalidate(entry);
    return 0;
  }
  invalidate(entry);
  unmap_pages(entry->base, entry->bytes);
  release_entry(entry);
  return 0;
}

uintptr_t apb_buffer_token(const struct apb_mapping *entry) {
  return (uintptr_t)entry->generation << APB_MAPPING_INDEX_BITS | (uintptr_t)(entry - mappings);
}

void apb_buffer_gone(uintptr_t token) {
  struct apb_mapping *entry = &mappings[token & (APB_MAPPINGS_MAX - 1)];
  apb_spin_lock(&apb_tables_lock);
  const bool ours = entry->has_buffer && apb_buffer_token(entry) == token;
  if (ours) {
    entry->has_buffer = false;
    atomic_store_explicit(&entry->handle, 0, memory_order_release);
    apb_drop_regions(entry);
    entry->state = APB_ENDED;
  }
  apb_spin_unlock(&apb_tables_lock);
  if (!ours) return;
  unmap_pages(entry->base, entry->bytes);
  release_entry(entry);
}

void apb_end_mappings(apb_owner owner) {
  for (uint32_t i = 0; i < APB_MAPPINGS_MAX; i++) {
    struct apb_mapping *entry = &mappings[i];
    if (atomic_load_explicit(&entry->owner, memory_order_relaxed) != owner || entry->state != APB_LIVE) continue;
    const bool has_buffer = entry->has_buffer;
    invalidate(entry);
    /* With an ArrayBuffer the pages stay until its finalizer, which the environment runs before it is gone. */
    if (has_buffer) continue;
    unmap_pages(entry->base, entry->bytes);
    release_entry(entry);
  }
}
