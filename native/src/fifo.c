/* FIFOs wake an event loop: one byte in, and the reader's poll returns. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>

#include "descriptors.h"
#include "files.h"
#include "syscalls.h"

#define SIGNAL_SET_BYTES 8 /* the kernel's sigset_t */

int apb_make_fifo(const char *path) {
  const int result = (int)apb_syscall4(SYS_mknodat, AT_FDCWD, apb_pointer(path), S_IFIFO | 0600, 0);
  /* As for files: a strange umask could have taken the owner's own rights away. */
  return result < 0 ? result : (int)apb_syscall3(SYS_fchmodat, AT_FDCWD, apb_pointer(path), 0600);
}

int apb_open_fifo(apb_owner owner, const char *path, bool writer) {
  const int fd = apb_open_private(owner, path, writer ? O_WRONLY : O_RDWR, S_IFIFO);
  return fd == -EISDIR ? APB_WRONG_KIND : fd;
}

static long mask_signals(int how, const uint64_t *set, uint64_t *old) {
  return apb_syscall4(SYS_rt_sigprocmask, how, apb_pointer(set), apb_pointer(old), SIGNAL_SET_BYTES);
}

/*
 * A FIFO without a reader raises SIGPIPE in the writing thread. Node ignores that signal, other hosts and embedders
 * may not: it is held back during the write, and taken away unless one was pending before.
 */
int apb_signal_fifo(apb_owner owner, int fd) {
  static const char byte = 1;
  static const uint64_t pipe_only = UINT64_C(1) << (SIGPIPE - 1);
  struct stat status;
  uint64_t old = 0;
  uint64_t pending = 0;
  long result = apb_held(owner, fd, &status);
  if (result == 0 && !S_ISFIFO(status.st_mode)) result = -EINVAL;
  if (result == 0) result = mask_signals(SIG_BLOCK, &pipe_only, &old);
  if (result < 0) return (int)result;
  (void)apb_syscall2(SYS_rt_sigpending, apb_pointer(&pending), SIGNAL_SET_BYTES);
  do {
    result = apb_syscall3(SYS_write, fd, apb_pointer(&byte), 1);
  } while (result == -EINTR);
  if (result == -EPIPE && (pending & pipe_only) == 0) {
    static const struct timespec none = {0, 0};
    (void)apb_syscall4(SYS_rt_sigtimedwait, apb_pointer(&pipe_only), 0, apb_pointer(&none), SIGNAL_SET_BYTES);
  }
  (void)mask_signals(SIG_SETMASK, &old, NULL);
  return result == -EAGAIN || result > 0 ? 0 : (int)result;
}
