/* 64-bit compare-and-swap, fences, pauses, sleeps and futexes. */
#include <errno.h>
#include <time.h>

#include "mapping.h"

/* Of <linux/futex.h> and <linux/membarrier.h>; a futex without the private flag works between processes. */
#define FUTEX_WAIT_SHARED 0
#define FUTEX_WAKE_SHARED 1
#define MEMBARRIER_FENCE_REGISTERED (1 << 1)
#define MEMBARRIER_REGISTER (1 << 2)

int apb_compare_and_swap(apb_owner owner, uint32_t handle, uint32_t offset, uint64_t expected, uint64_t desired) {
  const struct apb_region *region = apb_find_region(owner, handle);
  void *place = region == NULL ? NULL : apb_writable_place(region, offset, 8);
  if (place == NULL) return -EINVAL;
  return __atomic_compare_exchange_n((uint64_t *)place, &expected, desired, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST);
}

void apb_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

void apb_pause(uint32_t iterations) {
  const uint32_t bounded = iterations > APB_PAUSE_MAX ? APB_PAUSE_MAX : iterations;
  for (uint32_t i = 0; i < bounded; i++) apb_relax();
}

void apb_yield(void) { (void)apb_syscall0(SYS_sched_yield); }

/* Not a number counts as none. */
static struct timespec duration(double ns, double max) {
  const double bounded = !(ns > 0) ? 0 : ns > max ? max : ns;
  const int64_t whole = (int64_t)bounded;
  return (struct timespec){.tv_sec = whole / 1000000000, .tv_nsec = whole % 1000000000};
}

void apb_sleep(double ns) {
  const struct timespec time = duration(ns, APB_SLEEP_MAX_NS);
  if (time.tv_sec == 0 && time.tv_nsec == 0) return;
  (void)apb_syscall4(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, apb_pointer(&time), 0);
}

int apb_register_fence(void) { return (int)apb_syscall3(SYS_membarrier, MEMBARRIER_REGISTER, 0, 0); }

int apb_fence_others(void) { return (int)apb_syscall3(SYS_membarrier, MEMBARRIER_FENCE_REGISTERED, 0, 0); }

int apb_futex_wait(apb_owner owner, uint32_t handle, uint32_t offset, uint32_t expected, double timeout_ns) {
  const struct apb_region *region = apb_find_region(owner, handle);
  void *word = region == NULL ? NULL : apb_place(region, offset, 4);
  if (word == NULL || !(timeout_ns >= 0)) return -EINVAL;
  const struct timespec time = duration(timeout_ns, APB_FUTEX_MAX_NS);
  return (int)apb_syscall4(SYS_futex, apb_pointer(word), FUTEX_WAIT_SHARED, (long)expected, apb_pointer(&time));
}

int apb_futex_wake(apb_owner owner, uint32_t handle, uint32_t offset, int32_t count) {
  const struct apb_region *region = apb_find_region(owner, handle);
  void *word = region == NULL ? NULL : apb_place(region, offset, 4);
  if (word == NULL || count < 0) return -EINVAL;
  if (count == 0) return 0; /* the kernel takes 0 for 1 */
  return (int)apb_syscall3(SYS_futex, apb_pointer(word), FUTEX_WAKE_SHARED, count);
}
