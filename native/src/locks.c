/*
 * Open-file-description locks on single bytes: they belong to the open file, not to the process, so closing another
 * descriptor of the same file does not drop them, two workers of one process exclude each other, and the kernel frees
 * them when the last descriptor goes, also at SIGKILL.
 */
#include <errno.h>
#include <fcntl.h>

#include "descriptors.h"
#include "syscalls.h"

static int lock_call(apb_owner owner, int fd, int command, struct flock *request) {
  struct stat status;
  const int result = apb_held(owner, fd, &status);
  if (result < 0) return result;
  if (request->l_start < 0) return -EINVAL;
  return (int)apb_syscall3(SYS_fcntl, fd, command, apb_pointer(request));
}

static struct flock one_byte(short type, int64_t offset) {
  return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1, .l_pid = 0};
}

int apb_lock_byte(apb_owner owner, int fd, int64_t offset) {
  struct flock request = one_byte(F_WRLCK, offset);
  const int result = lock_call(owner, fd, F_OFD_SETLK, &request);
  return result == -EACCES ? -EAGAIN : result; /* POSIX allows either for "held by another" */
}

int apb_unlock_byte(apb_owner owner, int fd, int64_t offset) {
  struct flock request = one_byte(F_UNLCK, offset);
  return lock_call(owner, fd, F_OFD_SETLK, &request);
}

int apb_is_byte_locked(apb_owner owner, int fd, int64_t offset) {
  struct flock request = one_byte(F_WRLCK, offset);
  const int result = lock_call(owner, fd, F_OFD_GETLK, &request);
  if (result < 0) return result;
  return request.l_type == F_UNLCK ? 0 : 1;
}
