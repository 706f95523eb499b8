/*
 * Node-API face of the hot path: a call costs 7 ns before it does anything, so each of these asks for its arguments
 * once, makes no handle that it does not answer, and never throws. Integers are read as doubles and converted back:
 * Node-API's integer readers turn NaN into 0 and 2^32 into 0, which would write to a place nobody meant.
 */
#include <errno.h>

#include "arguments.h"

#define BAD UINT32_MAX /* no valid handle, no valid offset */

/* A non-negative integer below 2^31, else BAD. */
static inline uint32_t read_index(const struct apb_call *call, unsigned index) {
  double number = 0;
  if (napi_get_value_double(call->env, call->arguments[index], &number) != napi_ok) return BAD;
  if (!(number >= 0 && number <= INT32_MAX)) return BAD;
  const int32_t whole = (int32_t)number;
  return (double)whole == number ? (uint32_t)whole : BAD;
}

static inline bool read_half(const struct apb_call *call, unsigned index, uint32_t *half) {
  double number = 0;
  return napi_get_value_double(call->env, call->arguments[index], &number) == napi_ok && apb_half(number, half);
}

static inline napi_value small_integer(napi_env env, int32_t value) {
  napi_value result = NULL;
  (void)napi_create_int32(env, value, &result);
  return result;
}

/*
 * The calls of the hottest path take no arguments: Node-API charges 3 to 5 ns for each, and as much for a result. What
 * they need stands in the environment's registers, which JavaScript fills with plain stores (src/platform/native.ts).
 */
static inline const struct apb_environment *environment_of(napi_env env, napi_callback_info info) {
  void *environment = NULL;
  (void)napi_get_cb_info(env, info, NULL, NULL, NULL, &environment);
  return environment;
}

static napi_value stamp(napi_env env, napi_callback_info info) {
  const struct apb_environment *environment = environment_of(env, info);
  int32_t *registers = environment->registers;
  registers[APB_RESULT] =
      apb_stamp(environment->owner, (uint32_t)registers[APB_REGION], (uint32_t)registers[APB_OFFSET]);
  return NULL;
}

static napi_value stamp_twice(napi_env env, napi_callback_info info) {
  const struct apb_environment *environment = environment_of(env, info);
  int32_t *registers = environment->registers;
  registers[APB_RESULT] = apb_stamp_twice(environment->owner, (uint32_t)registers[APB_REGION],
                                          (uint32_t)registers[APB_OFFSET], (uint32_t)registers[APB_SECOND],
                                          (uint32_t)registers[APB_FETCH]);
  return NULL;
}

static inline uint64_t join(int32_t high, int32_t low) { return (uint64_t)(uint32_t)high << 32 | (uint32_t)low; }

static napi_value compare_and_swap(napi_env env, napi_callback_info info) {
  const struct apb_environment *environment = environment_of(env, info);
  int32_t *registers = environment->registers;
  registers[APB_RESULT] = apb_compare_and_swap(
      environment->owner, (uint32_t)registers[APB_REGION], (uint32_t)registers[APB_OFFSET],
      join(registers[APB_EXPECTED_HIGH], registers[APB_EXPECTED_LOW]),
      join(registers[APB_DESIRED_HIGH], registers[APB_DESIRED_LOW]));
  return NULL;
}

static napi_value fence(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  apb_fence();
  return NULL;
}

static napi_value pause_for(napi_env env, napi_callback_info info) {
  const struct apb_call call = apb_begin(env, info);
  const uint32_t iterations = read_index(&call, 0);
  if (iterations != BAD) apb_pause(iterations);
  return NULL;
}

static napi_value futex_wait(napi_env env, napi_callback_info info) {
  const struct apb_call call = apb_begin(env, info);
  uint32_t expected = 0;
  double timeout_ns = -1;
  if (!read_half(&call, 2, &expected) || napi_get_value_double(env, call.arguments[3], &timeout_ns) != napi_ok)
    return small_integer(env, -EINVAL);
  const uint32_t region = read_index(&call, 0);
  return small_integer(env, apb_futex_wait(call.owner, region, read_index(&call, 1), expected, timeout_ns));
}

static napi_value futex_wake(napi_env env, napi_callback_info info) {
  const struct apb_call call = apb_begin(env, info);
  const uint32_t count = read_index(&call, 2);
  if (count == BAD) return small_integer(env, -EINVAL);
  const uint32_t region = read_index(&call, 0);
  return small_integer(env, apb_futex_wake(call.owner, region, read_index(&call, 1), (int32_t)count));
}

const struct apb_export apb_hot_exports[] = {
    {"stamp", stamp},
    {"stampTwice", stamp_twice},
    {"compareAndSwap64", compare_and_swap},
    {"fence", fence},
    {"pause", pause_for},
    {"futexWait", futex_wait},
    {"futexWake", futex_wake},
};
const size_t apb_hot_export_count = sizeof apb_hot_exports / sizeof apb_hot_exports[0];
