/*
 * Runs the addon's core without Node.js, so that sanitizers see every access: run.sh builds it with
 * -fsanitize=address,undefined and with -fsanitize=thread.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/core.h"
#include "check.h"

char folder[64] = "/dev/shm/apbus-harness-XXXXXX";

const char *path_of(const char *name) {
  static _Thread_local char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

int make_file(unsigned owner, const char *name) {
  const int fd = apb_create_file(owner, path_of(name));
  CHECK(fd >= 0);
  CHECK(apb_allocate(owner, fd, 3 * PART) == 0);
  return fd;
}

int open_descriptors(void) {
  DIR *list = opendir("/proc/self/fd");
  CHECK(list != NULL);
  int count = 0;
  while (readdir(list) != NULL) count++;
  closedir(list);
  return count;
}

void test_files(void) {
  const int before = open_descriptors();
  const int fd = make_file(1, "file");
  CHECK(apb_create_file(1, path_of("file")) == -EEXIST);
  CHECK(apb_file_size(1, fd) == 3 * PART && apb_link_count(1, fd) == 1);
  CHECK(apb_file_size(2, fd) == -EBADF && apb_close_file(2, fd) == -EBADF);
  CHECK(apb_allocate(1, fd, 0) == -EINVAL && apb_allocate(1, fd, -1) == -EINVAL);
  CHECK(apb_allocate(1, fd, INT64_MAX) == -EFBIG || apb_allocate(1, fd, INT64_MAX) == -ENOSPC);

  CHECK(chmod(path_of("file"), 0640) == 0);
  CHECK(apb_open_file(1, path_of("file")) == APB_LOOSE_MODE);
  CHECK(chmod(path_of("file"), 0600) == 0);
  CHECK(apb_open_file(1, folder) == APB_WRONG_KIND);
  CHECK(apb_open_file(1, path_of("none")) == -ENOENT);

  /* Closed behind the table's back, and the number given to another file: that one is left alone. */
  CHECK(close(fd) == 0);
  const int other = open("/dev/null", O_RDWR | O_CLOEXEC);
  CHECK(other == fd);
  CHECK(apb_file_size(1, fd) == -EBADF && apb_lock_byte(1, fd, 0) == -EBADF && apb_close_file(1, fd) == -EBADF);
  CHECK(fcntl(other, F_GETFD) >= 0);
  CHECK(close(other) == 0);

  CHECK(apb_make_fifo(path_of("fifo")) == 0 && apb_make_fifo(path_of("fifo")) == -EEXIST);
  CHECK(apb_open_fifo(1, path_of("fifo"), true) == -ENXIO);
  const int reader = apb_open_fifo(1, path_of("fifo"), false);
  const int writer = apb_open_fifo(1, path_of("fifo"), true);
  CHECK(reader >= 0 && writer >= 0);
  for (int i = 0; i < 70000; i++) CHECK(apb_signal_fifo(1, writer) == 0);
  CHECK(apb_close_file(1, reader) == 0);
  CHECK(apb_signal_fifo(1, writer) == -EPIPE); /* SIGPIPE has its default action here: it would end this process */
  CHECK(apb_close_file(1, writer) == 0);
  CHECK(apb_rename_no_replace(path_of("fifo"), "/dev/null") == -EXDEV ||
        apb_rename_no_replace(path_of("fifo"), "/dev/null") == -EEXIST);
  CHECK(open_descriptors() == before);
}

void test_locks(void) {
  const int fd = make_file(1, "locks");
  const int second = apb_open_file(2, path_of("locks"));
  CHECK(second >= 0);
  CHECK(apb_lock_byte(1, fd, 0) == 0 && apb_lock_byte(2, second, 0) == -EAGAIN);
  CHECK(apb_is_byte_locked(2, second, 0) == 1 && apb_is_byte_locked(1, fd, 0) == 0);
  CHECK(apb_lock_byte(1, fd, -1) == -EINVAL && apb_unlock_byte(1, fd, INT64_MIN) == -EINVAL);
  CHECK(apb_lock_byte(1, fd, INT64_MAX) <= 0 && apb_is_byte_locked(1, fd, INT64_MAX) <= 0);
  CHECK(apb_lock_byte(1, second, 0) == -EBADF);
  apb_end_owner(1);
  CHECK(apb_is_byte_locked(2, second, 0) == 0);
  apb_end_owner(2);
}

static void test_one_thread(void) {
  test_files();
  test_locks();
  test_mappings();
  test_placement();
  test_places();
  test_tables();
  test_ends();
}

int main(int count, char **arguments) {
  const bool only_storm = count > 1 && strcmp(arguments[1], "storm") == 0;
  CHECK(mkdtemp(folder) != NULL);
  if (!only_storm) test_one_thread();
  test_storm();
  char command[128];
  snprintf(command, sizeof command, "rm -r '%s'", folder);
  CHECK(system(command) == 0);
  puts("native harness: all checks hold");
  return 0;
}
