/*
 * Raw system calls for x86-64 and arm64. The addon links no C library, so that one file serves glibc and musl alike;
 * every call answers its result or a negative errno, and the process's `errno` is never touched.
 */
#ifndef APB_SYSCALLS_H
#define APB_SYSCALLS_H

#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)

static inline long apb_syscall6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static inline void apb_relax(void) { __asm__ volatile("pause" ::: "memory"); }

#elif defined(__aarch64__)

static inline long apb_syscall6(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}

/* `yield` does nothing on most arm64 cores; an instruction barrier costs about as much as x86's `pause`. */
static inline void apb_relax(void) { __asm__ volatile("isb" ::: "memory"); }

#else
#error "supported processors: x86-64 and arm64"
#endif

static inline long apb_syscall0(long number) { return apb_syscall6(number, 0, 0, 0, 0, 0, 0); }

static inline long apb_syscall1(long number, long a) { return apb_syscall6(number, a, 0, 0, 0, 0, 0); }

static inline long apb_syscall2(long number, long a, long b) { return apb_syscall6(number, a, b, 0, 0, 0, 0); }

static inline long apb_syscall3(long number, long a, long b, long c) {
  return apb_syscall6(number, a, b, c, 0, 0, 0);
}

static inline long apb_syscall4(long number, long a, long b, long c, long d) {
  return apb_syscall6(number, a, b, c, d, 0, 0);
}

static inline long apb_syscall5(long number, long a, long b, long c, long d, long e) {
  return apb_syscall6(number, a, b, c, d, e, 0);
}

/* A pointer as a system call takes it. */
static inline long apb_pointer(const void *pointer) { return (long)(intptr_t)pointer; }

#endif
