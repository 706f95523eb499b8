/*
 * The table of open descriptors. It serves two ends: a call may only name a descriptor that its own environment opened
 * here (never, say, 0 or some other library's), and when a worker ends, whatever the way, its descriptors are closed
 * and its locks with them.
 *
 * A descriptor may be closed behind the table's back: a FIFO handed to net.Socket is closed by it. The number may then
 * be another file's, so each entry keeps the file's identity, and only that file is ever written, locked or closed.
 */
#include "descriptors.h"

#include <errno.h>

#include "spin.h"

struct descriptor {
  apb_owner owner; /* 0: free */
  int fd;
  dev_t device;
  ino_t inode;
};

static struct descriptor table[APB_DESCRIPTORS_MAX];
static size_t used; /* entries from here on were never used */
static struct apb_spin lock = APB_SPIN_INIT;

int apb_stat(int fd, struct stat *status) { return (int)apb_syscall2(SYS_fstat, fd, apb_pointer(status)); }

/* On Linux the descriptor is gone even when close answers EINTR, so the answer is of no use. */
void apb_close(int fd) { (void)apb_syscall1(SYS_close, fd); }

/* With the lock held. An entry of the same number is stale: the kernel has just given that number out again. */
static struct descriptor *entry_for(int fd) {
  struct descriptor *free_entry = NULL;
  for (size_t i = 0; i < used; i++) {
    if (table[i].owner == 0) {
      if (free_entry == NULL) free_entry = &table[i];
    } else if (table[i].fd == fd) {
      return &table[i];
    }
  }
  if (free_entry == NULL && used < APB_DESCRIPTORS_MAX) free_entry = &table[used++];
  return free_entry;
}

int apb_track(apb_owner owner, int fd, const struct stat *status) {
  apb_spin_lock(&lock);
  struct descriptor *entry = entry_for(fd);
  if (entry != NULL) {
    *entry = (struct descriptor){.owner = owner, .fd = fd, .device = status->st_dev, .inode = status->st_ino};
  }
  apb_spin_unlock(&lock);
  if (entry != NULL) return fd;
  apb_close(fd);
  return -EMFILE;
}

/* The entry's status, or -EBADF when its number is closed or names another file by now. */
static int stat_same(const struct descriptor *entry, struct stat *status) {
  const int result = apb_stat(entry->fd, status);
  if (result < 0) return result;
  return status->st_dev == entry->device && status->st_ino == entry->inode ? 0 : -EBADF;
}

int apb_held(apb_owner owner, int fd, struct stat *status) {
  struct descriptor entry = {.owner = 0};
  apb_spin_lock(&lock);
  for (size_t i = 0; i < used && entry.owner == 0; i++) {
    if (table[i].owner == owner && table[i].fd == fd) entry = table[i];
  }
  apb_spin_unlock(&lock);
  return entry.owner == 0 ? -EBADF : stat_same(&entry, status);
}

static int close_if_same(const struct descriptor *entry) {
  struct stat status;
  const int result = stat_same(entry, &status);
  if (result == 0) apb_close(entry->fd);
  return result;
}

/*
 * Takes an owner's entry for `fd` (any of its entries when `fd` is negative) out of the table. Out of the table comes
 * before closed: once it is closed another thread may get the number and enter it.
 */
static bool take(apb_owner owner, int fd, struct descriptor *taken) {
  bool found = false;
  apb_spin_lock(&lock);
  for (size_t i = 0; i < used && !found; i++) {
    if (table[i].owner != owner || (fd >= 0 && table[i].fd != fd)) continue;
    *taken = table[i];
    table[i].owner = 0;
    found = true;
  }
  apb_spin_unlock(&lock);
  return found;
}

int apb_close_tracked(apb_owner owner, int fd) {
  struct descriptor entry;
  if (fd < 0 || !take(owner, fd, &entry)) return -EBADF;
  return close_if_same(&entry);
}

void apb_close_all(apb_owner owner) {
  struct descriptor entry;
  while (take(owner, -1, &entry)) (void)close_if_same(&entry);
}
