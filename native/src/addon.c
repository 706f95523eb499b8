/*
 * Entry point. Every environment that loads the addon gets a number, its owner number, which its functions carry as
 * their callback data: so a call knows at no cost which environment's descriptors, mappings and regions it may touch.
 */
#include <stdatomic.h>

#include "arguments.h"

static atomic_uint last_owner;

static void environment_ended(void *owner) { apb_end_owner((apb_owner)(uintptr_t)owner); }

static bool define(napi_env env, napi_value exports, const struct apb_export *list, size_t count, void *owner) {
  for (size_t i = 0; i < count; i++) {
    const napi_property_descriptor property = {
        .utf8name = list[i].name,
        .method = list[i].call,
        .attributes = napi_enumerable,
        .data = owner,
    };
    if (napi_define_properties(env, exports, 1, &property) != napi_ok) return false;
  }
  return true;
}

/* Makes the registers and answers where they are, or NULL. */
static uint32_t *make_registers(napi_env env, napi_value exports, uint32_t owner) {
  napi_value buffer = NULL;
  napi_ref kept = NULL;
  void *data = NULL;
  if (napi_create_arraybuffer(env, APB_REGISTERS * sizeof(uint32_t), &data, &buffer) != napi_ok) return NULL;
  /* Never released: the functions point into it as long as the environment lives. */
  if (napi_create_reference(env, buffer, 1, &kept) != napi_ok) return NULL;
  if (napi_set_named_property(env, exports, "registers", buffer) != napi_ok) return NULL;
  uint32_t *registers = data;
  registers[APB_OWNER] = owner;
  return registers;
}

NAPI_MODULE_INIT(/* napi_env env, napi_value exports */) {
  const uint32_t number = atomic_fetch_add_explicit(&last_owner, 1, memory_order_relaxed) + 1;
  void *owner = (void *)(uintptr_t)number;
  napi_value abi = NULL;
  uint32_t *registers = make_registers(env, exports, number);
  const bool ready = registers != NULL && napi_add_env_cleanup_hook(env, environment_ended, owner) == napi_ok &&
                     napi_create_int32(env, APB_ABI, &abi) == napi_ok &&
                     napi_set_named_property(env, exports, "abi", abi) == napi_ok &&
                     define(env, exports, apb_file_exports, apb_file_export_count, owner) &&
                     define(env, exports, apb_memory_exports, apb_memory_export_count, owner) &&
                     define(env, exports, apb_hot_exports, apb_hot_export_count, owner) &&
                     define(env, exports, apb_register_exports, apb_register_export_count, registers);
  if (!ready) (void)napi_throw_error(env, NULL, "alphapulse-bus native: the exports could not be made");
  return exports;
}
