/* Segment files: opened and created so that nothing but a private file of this user is ever accepted. */
#include <errno.h>
#include <fcntl.h>

#include "descriptors.h"
#include "files.h"
#include "syscalls.h"

#define NO_REPLACE 1 /* RENAME_NOREPLACE, which not every C library declares */
#define ALLOCATE_TRIES 64

int apb_check_private(int fd, mode_t kind, struct stat *status) {
  const int result = apb_stat(fd, status);
  if (result < 0) return result;
  if ((status->st_mode & S_IFMT) != kind) return APB_WRONG_KIND;
  if (status->st_uid != (uid_t)apb_syscall0(SYS_geteuid)) return APB_FOREIGN_OWNER;
  if ((status->st_mode & 077) != 0) return APB_LOOSE_MODE;
  if (status->st_nlink == 0) return -ENOENT;
  if (status->st_nlink > 1) return APB_LINKED;
  return 0;
}

int apb_open_private(apb_owner owner, const char *path, int access, mode_t kind) {
  const int flags = access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const int fd = (int)apb_syscall4(SYS_openat, AT_FDCWD, apb_pointer(path), flags, 0);
  if (fd < 0) return fd;
  struct stat status;
  const int refused = apb_check_private(fd, kind, &status);
  if (refused == 0) return apb_track(owner, fd, &status);
  apb_close(fd);
  return refused;
}

int apb_open_file(apb_owner owner, const char *path) {
  const int fd = apb_open_private(owner, path, O_RDWR, S_IFREG);
  /* The kernel does not open a directory for writing, nor a socket at all. */
  return fd == -EISDIR || fd == -ENXIO ? APB_WRONG_KIND : fd;
}

int apb_create_file(apb_owner owner, const char *path) {
  const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const int fd = (int)apb_syscall4(SYS_openat, AT_FDCWD, apb_pointer(path), flags, 0600);
  if (fd < 0) return fd;
  struct stat status;
  /* A strange umask could have taken the owner's own rights away. */
  int result = (int)apb_syscall2(SYS_fchmod, fd, 0600);
  if (result == 0) result = apb_stat(fd, &status);
  if (result == 0) result = apb_track(owner, fd, &status);
  else apb_close(fd);
  if (result < 0) (void)apb_syscall3(SYS_unlinkat, AT_FDCWD, apb_pointer(path), 0);
  return result;
}

int apb_close_file(apb_owner owner, int fd) { return apb_close_tracked(owner, fd); }

int64_t apb_file_size(apb_owner owner, int fd) {
  struct stat status;
  const int result = apb_held(owner, fd, &status);
  return result < 0 ? result : (int64_t)status.st_size;
}

int64_t apb_link_count(apb_owner owner, int fd) {
  struct stat status;
  const int result = apb_held(owner, fd, &status);
  return result < 0 ? result : (int64_t)status.st_nlink;
}

/* For file systems without fallocate: touches every block, as posix_fallocate of the C libraries does. */
static int allocate_by_writing(int fd, int64_t size, int64_t bytes) {
  long result = size < bytes ? apb_syscall2(SYS_ftruncate, fd, bytes) : 0;
  for (int64_t at = 0; result >= 0 && at < bytes; at += 4096) {
    char byte = 0;
    result = apb_syscall4(SYS_pread64, fd, apb_pointer(&byte), 1, at);
    if (result >= 0) result = apb_syscall4(SYS_pwrite64, fd, apb_pointer(&byte), 1, at);
    if (result == -EINTR) {
      at -= 4096;
      result = 0;
    }
  }
  return result < 0 ? (int)result : 0;
}

int apb_allocate(apb_owner owner, int fd, int64_t bytes) {
  struct stat status;
  int result = apb_held(owner, fd, &status);
  if (result < 0) return result;
  if (bytes <= 0) return -EINVAL;
  /* tmpfs gives up and starts over at a signal: a profiler's timer must not be able to keep it from ever ending. */
  result = -EINTR;
  for (int tries = 0; result == -EINTR && tries < ALLOCATE_TRIES; tries++) {
    result = (int)apb_syscall4(SYS_fallocate, fd, 0, 0, bytes);
  }
  return result == -EOPNOTSUPP ? allocate_by_writing(fd, status.st_size, bytes) : result;
}

int apb_rename_no_replace(const char *from, const char *to) {
  return (int)apb_syscall5(SYS_renameat2, AT_FDCWD, apb_pointer(from), AT_FDCWD, apb_pointer(to), NO_REPLACE);
}
