/* A small lock for the tables that all environments share. Held for a few table entries' time, never over a system call. */
#ifndef APB_SPIN_H
#define APB_SPIN_H

#include <stdatomic.h>

#include "syscalls.h"

struct apb_spin {
  atomic_flag held;
};

#define APB_SPIN_INIT {ATOMIC_FLAG_INIT}

static inline void apb_spin_lock(struct apb_spin *lock) {
  unsigned tries = 0;
  while (atomic_flag_test_and_set_explicit(&lock->held, memory_order_acquire)) {
    /* With more threads than cores the holder may be off its processor: let it run. */
    if (++tries % 128 == 0)
      apb_syscall0(SYS_sched_yield);
    else
      apb_relax();
  }
}

static inline void apb_spin_unlock(struct apb_spin *lock) {
  atomic_flag_clear_explicit(&lock->held, memory_order_release);
}

#endif
