/*
 * What the addon does, in plain C: nothing here knows Node-API, so that the harness in native/test can run all of it
 * under sanitizers. The TypeScript side of the contract is src/platform/native.ts.
 *
 * An owner is one environment (main thread or worker). All calls of one owner come from one thread; the tables are
 * shared by all threads. Results: 0 or positive, or a negative errno.
 */
#ifndef APB_CORE_H
#define APB_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define APB_ABI 3

/* Codes of apb_open_file and apb_open_fifo for what exists but is refused; below every -errno. */
#define APB_WRONG_KIND (-10001)
#define APB_FOREIGN_OWNER (-10002)
#define APB_LOOSE_MODE (-10003)
#define APB_LINKED (-10004)

#define APB_PAUSE_MAX 10000
#define APB_SLEEP_MAX_NS 10000000000.0
#define APB_FUTEX_MAX_NS 3600000000000.0

typedef uint32_t apb_owner;

/* Releases all that an owner holds: closes its descriptors (and so its locks) and invalidates its mappings. */
void apb_end_owner(apb_owner owner);

/* files.c */
int apb_open_file(apb_owner owner, const char *path);
int apb_create_file(apb_owner owner, const char *path);
int apb_close_file(apb_owner owner, int fd);
int64_t apb_file_size(apb_owner owner, int fd);
int64_t apb_link_count(apb_owner owner, int fd);
int apb_allocate(apb_owner owner, int fd, int64_t bytes);
int apb_rename_no_replace(const char *from, const char *to);

/* fifo.c */
int apb_make_fifo(const char *path);
int apb_open_fifo(apb_owner owner, const char *path, bool writer);
int apb_signal_fifo(apb_owner owner, int fd);

/* locks.c */
int apb_lock_byte(apb_owner owner, int fd, int64_t offset);
int apb_unlock_byte(apb_owner owner, int fd, int64_t offset);
int apb_is_byte_locked(apb_owner owner, int fd, int64_t offset);

/* mapping.c and regions.c: see mapping.h for their records. */
int apb_map(apb_owner owner, int fd, uint64_t control, uint64_t claims, uint64_t ring, uint64_t scratch,
            bool ring_writable);
int apb_unmap(apb_owner owner, uint32_t mapping);
int apb_region(apb_owner owner, uint32_t mapping, uint64_t start, uint64_t length);

/* placement.c: `start` and `length` name whole pages inside what a mapping shares. */
int apb_bind_node(apb_owner owner, uint32_t mapping, uint64_t start, uint64_t length, uint32_t node);
int apb_want_huge_pages(apb_owner owner, uint32_t mapping, uint64_t start, uint64_t length);
int apb_populate(apb_owner owner, uint32_t mapping, uint64_t start, uint64_t length);
int apb_lock_pages(apb_owner owner, uint32_t mapping, uint64_t start, uint64_t length);

/* clock.c */
int64_t apb_monotonic_ns(void);
int apb_write_clock_offset(apb_owner owner, uint32_t region, uint32_t offset);
int apb_set_clock_offset(apb_owner owner, uint32_t mapping, int64_t ns);
int apb_stamp(apb_owner owner, uint32_t region, uint32_t offset);
int apb_stamp_twice(apb_owner owner, uint32_t region, uint32_t first, uint32_t second, uint32_t fetch_bytes);

/* wait.c */
/* 1: swapped; 0: another value stood there. */
int apb_compare_and_swap(apb_owner owner, uint32_t region, uint32_t offset, uint64_t expected, uint64_t desired);
void apb_fence(void);
void apb_pause(uint32_t iterations);
void apb_yield(void);
void apb_sleep(double ns);
int apb_register_fence(void);
int apb_fence_others(void);
int apb_futex_wait(apb_owner owner, uint32_t region, uint32_t offset, uint32_t expected, double timeout_ns);
int apb_futex_wake(apb_owner owner, uint32_t region, uint32_t offset, int32_t count);

#endif
