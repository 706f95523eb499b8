/* Node-API face of mappings, regions, the clock and waiting (control path). */
#include <errno.h>

#include "arguments.h"
#include "mapping.h"

static napi_value map(napi_env env, napi_callback_info info) {
  const struct apb_call call = apb_begin(env, info);
  int32_t fd = -1;
  int64_t control = -1;
  int64_t claims = -1;
  int64_t ring = -1;
  int64_t scratch = -1;
  bool writable = false;
  if (!apb_read_small(&call, 0, &fd) || !apb_read_size(&call, 1, &control) || !apb_read_size(&call, 2, &claims) ||
      !apb_read_size(&call, 3, &ring) || !apb_read_size(&call, 4, &scratch) ||
      !apb_read_boolean(&call, 5, &writable))
    return NULL;
  if (fd < 0) return apb_integer(env, -EBADF);
  if (control < 0 || claims < 0 || ring < 0 || scratch < 0) return apb_integer(env, -EINVAL);
  return apb_integer(env,
                     apb_map(call.owner, fd, (uint64_t)control, (uint64_t)claims, (uint64_t)ring, (uint64_t)scratch, writable));
}

/* Also when the environment ends. `token` outlives the mapping's handle; no Node-API call is made here. */
static void buffer_collected(napi_env env, void *data, void *token) {
  (void)env;
  (void)data;
  apb_buffer_gone((uintptr_t)token);
}

static napi_value make_buffer(napi_env env, struct apb_mapping *mapping) {
  napi_value result = NULL;
  napi_ref reference = NULL;
  void *token = (void *)apb_buffer_token(mapping);
  /* A runtime that refuses may still call the finalizer, later: until has_buffer is set that has no effect. */
  const napi_status made =
      napi_create_external_arraybuffer(env, mapping->base, mapping->bytes, buffer_collected, token, &result);
  if (made != napi_ok) {
    bool pending = false;
    mapping->buffer_refused = true;
    (void)napi_is_exception_pending(env, &pending);
    if (!pending)
      (void)napi_throw_error(env, "ERR_EXTERNAL_BUFFER", "alphapulse-bus native: this runtime made no external ArrayBuffer");
    return NULL;
  }
  mapping->has_buffer = true;
  /* Strong while mapped, so that the mapping lives until unmap, and it is the same object every time. */
  if (napi_create_reference(env, result, 1, &reference) == napi_ok) mapping->reference = reference;
  return result;
}

static napi_value buffer(napi_env env, napi_callback_info info) {
  const struct apb_call call = apb_begin(env, info);
  int32_t handle = -1;
  if (!apb_read_small(&call, 0, &handle)) return NULL;
  struct apb_mapping *mapping = handle < 0 ? NULL : apb_find_mapping(call.owner, (uint32_t)handle);
  if (mapping == NULL) {
    (void)napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "alphapulse-bus native: no such mapping");
    return NULL;
  }
  if (mapping->reference != NULL) {
    napi_value existing = NULL;
    (void)napi_get_reference_value(env, (napi_ref)mapping->reference, &existing);
    return existing;
  }
  if (mapping->has_buffer || mapping->buffer_refused) {
    (void)napi_throw_error(env, "ERR_EXTERNAL_BUFFER", "alphapulse-bus native: this mapping's ArrayBuffer failed before");
    return NULL;
  }
  return make_buffer(env, mapping);
}

static napi_value unmap(napi_env env, napi_callback_info info) {
  const struct apb_call call = apb_begin(env, info);
  int32_t handle = -1;
  if (!apb_read_small(&call, 0, &handle)) return NULL;
  struct apb_mapping *mapping = handle < 0 ? NULL : apb_find_mapping(call.owner, (uint32_t)handle);
  if (mapping == NULL) return apb_integer(env, -EINVAL);
  napi_ref reference = (napi_ref)mapping->reference;
  const int result = apb_unmap(call.owner, (uint32_t)handle);
  if (result == 0 && reference != NULL) (void)napi_delete_reference(env, reference);
  return apb_integer(env, result);
}

static napi_value region(napi_env env, napi_callback_info info) {
  const struct apb_call call = apb_begin(env, info);
  int32_t handle = -1;
  int64_t start = -1;
  int64_t length = -1;
  if (!apb_read_small(&call, 0, &handle) || !apb_read_size(&call, 1, &start) || !apb_read_size(&call, 2, &length))
    return NULL;
  if (handle < 0 || start < 0 || length < 0) return apb_integer(env, -EINVAL);
  return apb_integer(env, apb_region(call.owner, (uint32_t)handle, (uint64_t)start, (uint64_t)length));
}

typedef int (*range_call)(apb_owner owner, uint32_t mapping, uint64_t start, uint64_t length);

static napi_value with_range(napi_env env, napi_callback_info info, range_call act) {
  const struct apb_call call = apb_begin(env, info);
  int32_t handle = -1;
  int64_t start = -1;
  int64_t length = -1;
  if (!apb_read_small(&call, 0, &handle) || !apb_read_size(&call, 1, &start) || !apb_read_size(&call, 2, &length))
    return NULL;
  if (handle < 0 || start < 0 || length < 0) return apb_integer(env, -EINVAL);
  return apb_integer(env, act(call.owner, (uint32_t)handle, (uint64_t)start, (uint64_t)length));
}

static napi_value want_huge_pages(napi_env env, napi_callback_info info) {
  return with_range(env, info, apb_want_huge_pages);
}

static napi_value populate(napi_env env, napi_callback_info info) { return with_range(env, info, apb_populate); }

static napi_value lock_pages(napi_env env, napi_callback_info info) { return with_range(env, info, apb_lock_pages); }

static napi_value bind_node(napi_env env, napi_callback_info info) {
  const struct apb_call call = apb_begin(env, info);
  int32_t handle = -1;
  int64_t start = -1;
  int64_t length = -1;
  int32_t node = -1;
  if (!apb_read_small(&call, 0, &handle) || !apb_read_size(&call, 1, &start) || !apb_read_size(&call, 2, &length) ||
      !apb_read_small(&call, 3, &node))
    return NULL;
  if (handle < 0 || start < 0 || length < 0 || node < 0) return apb_integer(env, -EINVAL);
  return apb_integer(env, apb_bind_node(call.owner, (uint32_t)handle, (uint64_t)start, (uint64_t)length, (uint32_t)node));
}

static napi_value monotonic_ns(napi_env env, napi_callback_info info) {
  napi_value result = NULL;
  (void)info;
  (void)napi_create_double(env, (double)apb_monotonic_ns(), &result);
  return result;
}

static napi_value write_clock_offset(napi_env env, napi_callback_info info) {
  const struct apb_call call = apb_begin(env, info);
  int32_t handle = -1;
  int32_t offset = -1;
  if (!apb_read_small(&call, 0, &handle) || !apb_read_small(&call, 1, &offset)) return NULL;
  if (handle < 0 || offset < 0) return apb_integer(env, -EINVAL);
  return apb_integer(env, apb_write_clock_offset(call.owner, (uint32_t)handle, (uint32_t)offset));
}

static napi_value set_clock_offset(napi_env env, napi_callback_info info) {
  const struct apb_call call = apb_begin(env, info);
  int32_t handle = -1;
  double low = 0;
  double high = 0;
  if (!apb_read_small(&call, 0, &handle) || !apb_read_number(&call, 1, &low) || !apb_read_number(&call, 2, &high))
    return NULL;
  uint32_t halves[2];
  if (handle < 0 || !apb_half(low, &halves[0]) || !apb_half(high, &halves[1])) return apb_integer(env, -EINVAL);
  const uint64_t bits = (uint64_t)halves[1] << 32 | halves[0];
  return apb_integer(env, apb_set_clock_offset(call.owner, (uint32_t)handle, (int64_t)bits));
}

static napi_value yield_processor(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  apb_yield();
  return NULL;
}

static napi_value sleep_for(napi_env env, napi_callback_info info) {
  const struct apb_call call = apb_begin(env, info);
  double ns = 0;
  if (apb_read_number(&call, 0, &ns)) apb_sleep(ns);
  return NULL;
}

static napi_value register_fence(napi_env env, napi_callback_info info) {
  (void)info;
  return apb_integer(env, apb_register_fence());
}

static napi_value fence_others(napi_env env, napi_callback_info info) {
  (void)info;
  return apb_integer(env, apb_fence_others());
}

const struct apb_export apb_memory_exports[] = {
    {"map", map},
    {"buffer", buffer},
    {"unmap", unmap},
    {"region", region},
    {"bindNode", bind_node},
    {"wantHugePages", want_huge_pages},
    {"populate", populate},
    {"lockPages", lock_pages},
    {"monotonicNs", monotonic_ns},
    {"writeClockOffset", write_clock_offset},
    {"setClockOffset", set_clock_offset},
    {"yieldProcessor", yield_processor},
    {"sleep", sleep_for},
    {"registerFence", register_fence},
    {"fenceOthers", fence_others},
};
const size_t apb_memory_export_count = sizeof apb_memory_exports / sizeof apb_memory_exports[0];
