/* Node-API face of files, FIFOs and locks (control path). */
#include <errno.h>

#include "arguments.h"

typedef int (*path_call)(apb_owner owner, const char *path);

static napi_value with_path(napi_env env, napi_callback_info info, path_call act) {
  const struct apb_call call = apb_begin(env, info);
  char path[APB_PATH_BYTES];
  int result = 0;
  if (!apb_read_path(&call, 0, path, &result)) return NULL;
  return apb_integer(env, result < 0 ? result : act(call.owner, path));
}

static int make_fifo(apb_owner owner, const char *path) {
  (void)owner;
  return apb_make_fifo(path);
}

static napi_value open_file(napi_env env, napi_callback_info info) { return with_path(env, info, apb_open_file); }

static napi_value create_file(napi_env env, napi_callback_info info) { return with_path(env, info, apb_create_file); }

static napi_value make_fifo_at(napi_env env, napi_callback_info info) { return with_path(env, info, make_fifo); }

static napi_value open_fifo(napi_env env, napi_callback_info info) {
  const struct apb_call call = apb_begin(env, info);
  char path[APB_PATH_BYTES];
  int result = 0;
  bool writer = false;
  if (!apb_read_path(&call, 0, path, &result) || !apb_read_boolean(&call, 1, &writer)) return NULL;
  return apb_integer(env, result < 0 ? result : apb_open_fifo(call.owner, path, writer));
}

static napi_value rename_no_replace(napi_env env, napi_callback_info info) {
  const struct apb_call call = apb_begin(env, info);
  char from[APB_PATH_BYTES];
  char to[APB_PATH_BYTES];
  int result = 0;
  int second = 0;
  if (!apb_read_path(&call, 0, from, &result) || !apb_read_path(&call, 1, to, &second)) return NULL;
  if (result == 0) result = second;
  return apb_integer(env, result < 0 ? result : apb_rename_no_replace(from, to));
}

typedef int64_t (*descriptor_call)(apb_owner owner, int fd);

static napi_value with_descriptor(napi_env env, napi_callback_info info, descriptor_call act) {
  const struct apb_call call = apb_begin(env, info);
  int32_t fd = -1;
  if (!apb_read_small(&call, 0, &fd)) return NULL;
  return apb_integer(env, fd < 0 ? -EBADF : act(call.owner, fd));
}

static int64_t close_one(apb_owner owner, int fd) { return apb_close_file(owner, fd); }

static int64_t signal_one(apb_owner owner, int fd) { return apb_signal_fifo(owner, fd); }

static napi_value close_file(napi_env env, napi_callback_info info) { return with_descriptor(env, info, close_one); }

static napi_value file_size(napi_env env, napi_callback_info info) {
  return with_descriptor(env, info, apb_file_size);
}

static napi_value link_count(napi_env env, napi_callback_info info) {
  return with_descriptor(env, info, apb_link_count);
}

static napi_value signal_fifo(napi_env env, napi_callback_info info) { return with_descriptor(env, info, signal_one); }

typedef int (*place_call)(apb_owner owner, int fd, int64_t value);

static napi_value with_place(napi_env env, napi_callback_info info, place_call act) {
  const struct apb_call call = apb_begin(env, info);
  int32_t fd = -1;
  int64_t value = -1;
  if (!apb_read_small(&call, 0, &fd) || !apb_read_size(&call, 1, &value)) return NULL;
  if (fd < 0) return apb_integer(env, -EBADF);
  return apb_integer(env, value < 0 ? -EINVAL : act(call.owner, fd, value));
}

static napi_value allocate(napi_env env, napi_callback_info info) { return with_place(env, info, apb_allocate); }

static napi_value lock_byte(napi_env env, napi_callback_info info) { return with_place(env, info, apb_lock_byte); }

static napi_value unlock_byte(napi_env env, napi_callback_info info) { return with_place(env, info, apb_unlock_byte); }

static napi_value is_byte_locked(napi_env env, napi_callback_info info) {
  return with_place(env, info, apb_is_byte_locked);
}

const struct apb_export apb_file_exports[] = {
    {"openFile", open_file},
    {"createFile", create_file},
    {"closeFile", close_file},
    {"fileSize", file_size},
    {"linkCount", link_count},
    {"allocate", allocate},
    {"renameNoReplace", rename_no_replace},
    {"makeFifo", make_fifo_at},
    {"openFifo", open_fifo},
    {"signalFifo", signal_fifo},
    {"lockByte", lock_byte},
    {"unlockByte", unlock_byte},
    {"isByteLocked", is_byte_locked},
};
const size_t apb_file_export_count = sizeof apb_file_exports / sizeof apb_file_exports[0];
