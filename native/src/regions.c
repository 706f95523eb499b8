/* Regions: the parts of mappings that hot-path calls name with one small integer. */
#include <errno.h>

#include "descriptors.h"
#include "mapping.h"

struct apb_region apb_regions[APB_REGIONS_MAX];
static uint32_t next_index;

/* The part [from, to) of the mapping, cut to the region and counted from its start. */
static uint32_t clamp(uint64_t at, uint64_t start, uint64_t length) {
  if (at <= start) return 0;
  return (uint32_t)(at - start < length ? at - start : length);
}

static void fill(struct apb_region *region, apb_owner owner, struct apb_mapping *mapping, uint64_t start,
                 uint64_t length) {
  region->mapping = mapping;
  region->base = mapping->base + start;
  region->length = (uint32_t)length;
  region->read_only_start = clamp(mapping->read_only_start, start, length);
  region->read_only_end = clamp(mapping->read_only_end, start, length);
  if (++region->generation == APB_REGION_GENERATIONS) region->generation = 1;
  atomic_store_explicit(&region->owner, owner, memory_order_relaxed);
}

int apb_region(apb_owner owner, uint32_t handle, uint64_t start, uint64_t length) {
  struct apb_mapping *mapping = apb_find_mapping(owner, handle);
  if (mapping == NULL || length > APB_REGION_BYTES_MAX || start % 8 != 0) return -EINVAL;
  if (start > mapping->bytes || length > mapping->bytes - start) return -EINVAL;
  int result = -ENOMEM;
  apb_spin_lock(&apb_tables_lock);
  for (uint32_t i = 0; i < APB_REGIONS_MAX && result < 0; i++) {
    const uint32_t index = (next_index + i) % APB_REGIONS_MAX;
    struct apb_region *region = &apb_regions[index];
    if (atomic_load_explicit(&region->handle, memory_order_relaxed) != 0) continue;
    next_index = (index + 1) % APB_REGIONS_MAX;
    fill(region, owner, mapping, start, length);
    const uint32_t made = APB_REGION_TAG | region->generation << APB_REGION_INDEX_BITS | index;
    atomic_store_explicit(&region->handle, made, memory_order_release);
    result = (int)made;
  }
  apb_spin_unlock(&apb_tables_lock);
  return result;
}

void apb_drop_regions(const struct apb_mapping *mapping) {
  for (uint32_t i = 0; i < APB_REGIONS_MAX; i++) {
    struct apb_region *region = &apb_regions[i];
    if (region->mapping != mapping) continue;
    atomic_store_explicit(&region->handle, 0, memory_order_release);
    region->mapping = NULL;
  }
}

void apb_end_owner(apb_owner owner) {
  apb_close_all(owner);
  apb_end_mappings(owner);
}
