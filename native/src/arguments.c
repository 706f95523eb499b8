#include "arguments.h"

#include <errno.h>

static bool wrong_type(const struct apb_call *call, const char *message) {
  (void)napi_throw_type_error(call->env, "ERR_INVALID_ARG_TYPE", message);
  return false;
}

bool apb_read_path(const struct apb_call *call, unsigned index, char path[APB_PATH_BYTES], int *error) {
  size_t length = 0;
  *error = 0;
  if (napi_get_value_string_utf8(call->env, call->arguments[index], NULL, 0, &length) != napi_ok)
    return wrong_type(call, "alphapulse-bus native: a path must be a string");
  if (length >= APB_PATH_BYTES) {
    *error = -ENAMETOOLONG;
    return true;
  }
  (void)napi_get_value_string_utf8(call->env, call->arguments[index], path, APB_PATH_BYTES, &length);
  /* A NUL inside would name another file than the string does. */
  for (size_t i = 0; i < length; i++) {
    if (path[i] == '\0') *error = -EINVAL;
  }
  return true;
}

bool apb_read_number(const struct apb_call *call, unsigned index, double *value) {
  if (napi_get_value_double(call->env, call->arguments[index], value) == napi_ok) return true;
  return wrong_type(call, "alphapulse-bus native: expected a number");
}

bool apb_read_boolean(const struct apb_call *call, unsigned index, bool *value) {
  if (napi_get_value_bool(call->env, call->arguments[index], value) == napi_ok) return true;
  return wrong_type(call, "alphapulse-bus native: expected a boolean");
}

bool apb_read_size(const struct apb_call *call, unsigned index, int64_t *value) {
  double number = 0;
  if (!apb_read_number(call, index, &number)) return false;
  *value = -1;
  if (number >= 0 && number <= 9007199254740992.0 && (double)(int64_t)number == number) *value = (int64_t)number;
  return true;
}

bool apb_read_small(const struct apb_call *call, unsigned index, int32_t *value) {
  int64_t size = 0;
  if (!apb_read_size(call, index, &size)) return false;
  *value = size > INT32_MAX ? -1 : (int32_t)size;
  return true;
}

napi_value apb_integer(napi_env env, int64_t value) {
  napi_value result = NULL;
  (void)napi_create_int64(env, value, &result);
  return result;
}
