/*
 * Records of mappings and regions. Both tables are static and fixed in size; a handle is
 *
 *   mapping:  0 | generation (16 bits) | index (13 bits)        below 2^29
 *   region:   1 | generation (17 bits) | index (12 bits)        2^29 .. 2^30 - 1
 *
 * so that handles are small integers for V8, a mapping's is never a region's, and a stale one does not match the entry
 * that has its index now. Entries are handed out round-robin: a handle comes again after half a billion allocations.
 *
 * Only the owner's thread changes a live entry, so the owner may read its own entries without the lock. A thread that
 * looks at another owner's entry (a wrong handle) compares `handle` and `owner`, which are atomic, and nothing else.
 */
#ifndef APB_MAPPING_H
#define APB_MAPPING_H

#include <stdatomic.h>

#include "core.h"
#include "spin.h"

#define APB_MAPPINGS_MAX 8192
#define APB_MAPPING_INDEX_BITS 13
#define APB_MAPPING_GENERATIONS (UINT32_C(1) << 16)

#define APB_REGIONS_MAX 4096
#define APB_REGION_INDEX_BITS 12
#define APB_REGION_GENERATIONS (UINT32_C(1) << 17)
#define APB_REGION_TAG (UINT32_C(1) << 29)
#define APB_REGION_BYTES_MAX (UINT64_C(1) << 31) /* offsets inside a region fit 31 bits */

enum apb_mapping_state {
  APB_FREE,
  APB_BUILDING, /* taken, its pages are being mapped */
  APB_LIVE,
  APB_ENDED, /* unmapped; the address space waits for the ArrayBuffer's end */
};

struct apb_mapping {
  enum apb_mapping_state state;
  atomic_uint handle; /* 0 unless live */
  atomic_uint owner;
  uint32_t generation;
  unsigned char *base;
  uint64_t bytes;
  uint64_t read_only_start; /* offsets from base; equal when all is writable */
  uint64_t read_only_end;
  int64_t clock_offset; /* what stamps add: a copy of our own, never read from shared memory */
  bool has_buffer;      /* an ArrayBuffer over these pages exists; its finalizer frees them */
  bool buffer_refused;  /* making it failed; never tried again, as a late finalizer could be taken for its own */
  void *reference;      /* the addon's reference to that ArrayBuffer */
};

struct apb_region {
  atomic_uint handle; /* 0: free */
  atomic_uint owner;
  unsigned char *base;
  uint32_t length;
  uint32_t read_only_start; /* offsets from this region's base; equal when all is writable */
  uint32_t read_only_end;
  uint32_t generation;
  struct apb_mapping *mapping;
};

extern struct apb_region apb_regions[APB_REGIONS_MAX];
extern struct apb_spin apb_tables_lock;

/* The owner's live mapping of that handle, or NULL. */
struct apb_mapping *apb_find_mapping(apb_owner owner, uint32_t handle);
/* Invalidates all regions of a mapping; with the tables' lock held. */
void apb_drop_regions(const struct apb_mapping *mapping);
/* The ArrayBuffer that was made for this mapping is gone, or its environment is: gives the address space back. */
void apb_buffer_gone(uintptr_t token);
/* Names a mapping to apb_buffer_gone, also after it was ended. */
uintptr_t apb_buffer_token(const struct apb_mapping *mapping);
void apb_end_mappings(apb_owner owner);

/* The owner's region of that handle, or NULL. */
static inline struct apb_region *apb_find_region(apb_owner owner, uint32_t handle) {
  struct apb_region *region = &apb_regions[handle & (APB_REGIONS_MAX - 1)];
  if (atomic_load_explicit(&region->handle, memory_order_acquire) != handle || handle == 0) return NULL;
  if (atomic_load_explicit(&region->owner, memory_order_relaxed) != owner) return NULL;
  return region;
}

/* An aligned place of `size` bytes (a power of two) for reading, or NULL. */
static inline void *apb_place(const struct apb_region *region, uint32_t offset, uint32_t size) {
  if ((offset & (size - 1)) != 0 || region->length < size || offset > region->length - size) return NULL;
  return region->base + offset;
}

/* The same for writing: a store to a read-only page would kill the process. */
static inline void *apb_writable_place(const struct apb_region *region, uint32_t offset, uint32_t size) {
  if (offset < region->read_only_end && offset + size > region->read_only_start &&
      region->read_only_start != region->read_only_end)
    return NULL;
  return apb_place(region, offset, size);
}

#endif
