/*
 * Entry point. Every environment that loads the addon gets a number, its owner number, and a block of registers; its
 * functions carry both as their callback data. So a call knows at no cost which descriptors, mappings and regions it may
 * touch, and JavaScript cannot claim to be another.
 */
#include "arguments.h"
#include "spin.h"

#define ENVIRONMENTS_MAX 4096

static struct apb_environment environments[ENVIRONMENTS_MAX]; /* owner 0: free */
static struct apb_spin environments_lock = APB_SPIN_INIT;
static apb_owner last_owner;

static struct apb_environment *take_environment(void) {
  struct apb_environment *found = NULL;
  apb_spin_lock(&environments_lock);
  for (size_t i = 0; i < ENVIRONMENTS_MAX && found == NULL; i++) {
    if (environments[i].owner != 0) continue;
    if (++last_owner == 0) last_owner = 1;
    environments[i].owner = last_owner;
    found = &environments[i];
  }
  apb_spin_unlock(&environments_lock);
  return found;
}

static void environment_ended(void *data) {
  struct apb_environment *environment = data;
  apb_end_owner(environment->owner);
  apb_spin_lock(&environments_lock);
  *environment = (struct apb_environment){0, NULL};
  apb_spin_unlock(&environments_lock);
}

static bool define(napi_env env, napi_value exports, const struct apb_export *list, size_t count,
                   struct apb_environment *environment) {
  for (size_t i = 0; i < count; i++) {
    const napi_property_descriptor property = {
        .utf8name = list[i].name,
        .method = list[i].call,
        .attributes = napi_enumerable,
        .data = environment,
    };
    if (napi_define_properties(env, exports, 1, &property) != napi_ok) return false;
  }
  return true;
}

static bool make_registers(napi_env env, napi_value exports, struct apb_environment *environment) {
  napi_value buffer = NULL;
  napi_ref kept = NULL;
  void *data = NULL;
  if (napi_create_arraybuffer(env, APB_REGISTERS * sizeof(int32_t), &data, &buffer) != napi_ok) return false;
  /* Never released: the functions write into it as long as the environment lives. */
  if (napi_create_reference(env, buffer, 1, &kept) != napi_ok) return false;
  environment->registers = data;
  return napi_set_named_property(env, exports, "registers", buffer) == napi_ok;
}

NAPI_MODULE_INIT(/* napi_env env, napi_value exports */) {
  struct apb_environment *environment = take_environment();
  napi_value abi = NULL;
  const bool ready = environment != NULL && napi_add_env_cleanup_hook(env, environment_ended, environment) == napi_ok &&
                     make_registers(env, exports, environment) &&
                     napi_create_int32(env, APB_ABI, &abi) == napi_ok &&
                     napi_set_named_property(env, exports, "abi", abi) == napi_ok &&
                     define(env, exports, apb_file_exports, apb_file_export_count, environment) &&
                     define(env, exports, apb_memory_exports, apb_memory_export_count, environment) &&
                     define(env, exports, apb_hot_exports, apb_hot_export_count, environment);
  if (!ready) (void)napi_throw_error(env, NULL, "alphapulse-bus native: the exports could not be made");
  return exports;
}
