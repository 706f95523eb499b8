/*
 * Where the pages of a mapping are, and that they are there: NUMA nodes, huge pages, page tables, locks. All of it is on
 * the control path, and a refusal of the kernel is an answer like any other.
 */
#include <errno.h>

#include "mapping.h"

/* By their numbers: the headers of an older C library lack some. */
#define POLICY_BIND 2
#define ADVICE_HUGE_PAGES 14
#define ADVICE_POPULATE_READ 22
#define ADVICE_POPULATE_WRITE 23

#define PAGE UINT64_C(4096) /* no processor that is supported has smaller ones */
#define NODES_MAX 1024
#define WORD_BITS 64

/* The start of that range, or NULL when it is not a range of whole pages of the mapping. */
static unsigned char *range_of(const struct apb_mapping *mapping, uint64_t start, uint64_t length) {
  if (mapping == NULL || length == 0 || (start | length) % PAGE != 0) return NULL;
  if (start > mapping->bytes || length > mapping->bytes - start) return NULL;
  return mapping->base + start;
}

int apb_bind_node(apb_owner owner, uint32_t handle, uint64_t start, uint64_t length, uint32_t node) {
  unsigned char *range = range_of(apb_find_mapping(owner, handle), start, length);
  if (range == NULL || node >= NODES_MAX) return -EINVAL;
  uint64_t nodes[NODES_MAX / WORD_BITS];
  for (uint32_t i = 0; i < NODES_MAX / WORD_BITS; i++) {
    nodes[i] = i == node / WORD_BITS ? UINT64_C(1) << node % WORD_BITS : 0;
  }
  /* The kernel takes the number of bits plus one. */
  return (int)apb_syscall6(SYS_mbind, apb_pointer(range), (long)length, POLICY_BIND, apb_pointer(nodes), NODES_MAX + 1,
                           0);
}

int apb_want_huge_pages(apb_owner owner, uint32_t handle, uint64_t start, uint64_t length) {
  unsigned char *range = range_of(apb_find_mapping(owner, handle), start, length);
  if (range == NULL) return -EINVAL;
  return (int)apb_syscall3(SYS_madvise, apb_pointer(range), (long)length, ADVICE_HUGE_PAGES);
}

/* Kernels before 5.14 have no advice for it. A read makes a shared page present, writable where the mapping is. */
static void touch(const volatile unsigned char *range, uint64_t length) {
  for (uint64_t at = 0; at < length; at += PAGE) (void)range[at];
}

int apb_populate(apb_owner owner, uint32_t handle, uint64_t start, uint64_t length) {
  const struct apb_mapping *mapping = apb_find_mapping(owner, handle);
  unsigned char *range = range_of(mapping, start, length);
  if (range == NULL) return -EINVAL;
  const bool read_only = start < mapping->read_only_end && start + length > mapping->read_only_start &&
                         mapping->read_only_start != mapping->read_only_end;
  const int advice = read_only ? ADVICE_POPULATE_READ : ADVICE_POPULATE_WRITE;
  long result = -EINTR;
  while (result == -EINTR) result = apb_syscall3(SYS_madvise, apb_pointer(range), (long)length, advice);
  if (result != -EINVAL) return (int)result;
  touch(range, length);
  return 0;
}

int apb_lock_pages(apb_owner owner, uint32_t handle, uint64_t start, uint64_t length) {
  unsigned char *range = range_of(apb_find_mapping(owner, handle), start, length);
  if (range == NULL) return -EINVAL;
  return (int)apb_syscall2(SYS_mlock, apb_pointer(range), (long)length);
}
