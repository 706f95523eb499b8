/*
 * Reading JavaScript arguments.
 *
 * Control path: a wrong JavaScript type throws a TypeError (a bug of the caller) and the reader answers false; a
 * number that is out of range is no exception: it is read as -1, which the call answers with a negative errno.
 * Hot path: nothing throws; see addon-hot.c.
 */
#ifndef APB_ARGUMENTS_H
#define APB_ARGUMENTS_H

#define NAPI_VERSION 8
#include <node_api.h>

#include "core.h"

#define APB_PATH_BYTES 4096
#define APB_ARGUMENTS_MAX 6

/* What every function of an environment (main thread or worker) gets as its callback data. */
struct apb_environment {
  apb_owner owner;
  int32_t *registers; /* words of an ArrayBuffer that lives as long as the environment */
};

/* The arguments of one call and the environment's number; missing ones are `undefined`. */
struct apb_call {
  napi_env env;
  napi_value arguments[APB_ARGUMENTS_MAX];
  apb_owner owner;
};

static inline struct apb_call apb_begin(napi_env env, napi_callback_info info) {
  struct apb_call call = {.env = env};
  size_t count = APB_ARGUMENTS_MAX;
  void *environment = NULL;
  (void)napi_get_cb_info(env, info, &count, call.arguments, NULL, &environment);
  call.owner = ((const struct apb_environment *)environment)->owner;
  return call;
}

bool apb_read_path(const struct apb_call *call, unsigned index, char path[APB_PATH_BYTES], int *error);
bool apb_read_number(const struct apb_call *call, unsigned index, double *value);
bool apb_read_boolean(const struct apb_call *call, unsigned index, bool *value);
/* A non-negative integer up to 2^53, else -1. */
bool apb_read_size(const struct apb_call *call, unsigned index, int64_t *value);
/* A non-negative 31-bit integer (a descriptor or a handle), else -1. */
bool apb_read_small(const struct apb_call *call, unsigned index, int32_t *value);

/* One half of a 64-bit value, of either sign, as signed and unsigned views give it. */
static inline bool apb_half(double number, uint32_t *half) {
  if (!(number >= INT32_MIN && number <= UINT32_MAX)) return false;
  const int64_t whole = (int64_t)number;
  *half = (uint32_t)whole;
  return (double)whole == number;
}

napi_value apb_integer(napi_env env, int64_t value);

/* The exported functions of each file, for addon.c. */
struct apb_export {
  const char *name;
  napi_callback call;
};

extern const struct apb_export apb_file_exports[];
extern const size_t apb_file_export_count;
extern const struct apb_export apb_memory_exports[];
extern const size_t apb_memory_export_count;
extern const struct apb_export apb_hot_exports[];
extern const size_t apb_hot_export_count;

/* The words of the registers. */
enum apb_register {
  APB_REGION,
  APB_OFFSET,
  APB_SECOND,
  APB_EXPECTED_LOW = APB_SECOND,
  APB_EXPECTED_HIGH,
  APB_FETCH = APB_EXPECTED_HIGH,
  APB_DESIRED_LOW,
  APB_DESIRED_HIGH,
  APB_RESULT,
  APB_REGISTERS,
};

#endif
