/* reference <in-band|claims|tail-word|memcpy> name=value ...; prints one line of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"

static void read_processors(struct settings *settings, const char *list) {
  for (const char *at = list; *at != '\0' && settings->processor_count < ENDPOINTS_MAX;) {
    char *end;
    settings->processors[settings->processor_count++] = (int)strtol(at, &end, 10);
    at = *end == ',' ? end + 1 : end;
    if (end == list) return;
  }
}

static bool read_setting(struct settings *settings, const char *argument) {
  const char *value = strchr(argument, '=');
  if (value == NULL) return false;
  const size_t length = (size_t)(value++ - argument);
  const struct {
    const char *name;
    uint32_t *place;
  } counts[] = {
      {"producers", &settings->producers},
      {"consumers", &settings->consumers},
      {"message", &settings->message_bytes},
  };
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    if (strlen(counts[i].name) != length || strncmp(argument, counts[i].name, length) != 0) continue;
    *counts[i].place = (uint32_t)strtoul(value, NULL, 10);
    return true;
  }
  if (strncmp(argument, "ring=", 5) == 0) settings->ring_bytes = strtoull(value, NULL, 10);
  else if (strncmp(argument, "timestamps=", 11) == 0) settings->timestamps = *value == '1';
  else if (strncmp(argument, "yield=", 6) == 0) settings->yield = *value == '1';
  else if (strncmp(argument, "pause=", 6) == 0) settings->pause_ns = strtoull(value, NULL, 10);
  else if (strncmp(argument, "seconds=", 8) == 0) settings->seconds = strtod(value, NULL);
  else if (strncmp(argument, "interval=", 9) == 0) settings->interval_ns = strtod(value, NULL);
  else if (strncmp(argument, "processors=", 11) == 0) read_processors(settings, value);
  else return false;
  return true;
}

int main(int count, char **arguments) {
  struct settings settings = {
      .producers = 1, .consumers = 1, .message_bytes = 64, .ring_bytes = 1 << 20, .seconds = 1};
  for (int i = 2; i < count; i++) {
    if (read_setting(&settings, arguments[i])) continue;
    fprintf(stderr, "unknown setting %s\n", arguments[i]);
    return 2;
  }
  const bool fits = settings.message_bytes >= 4 && settings.message_bytes <= 8192 && settings.producers >= 1 &&
                    settings.producers <= ENDPOINTS_MAX && settings.consumers >= 1 &&
                    settings.consumers <= ENDPOINTS_MAX &&
                    (settings.ring_bytes & (settings.ring_bytes - 1)) == 0 && settings.ring_bytes >= 1 << 16;
  if (count < 2 || !fits) {
    fprintf(stderr, "usage: reference <in-band|claims|tail-word|memcpy> message=BYTES ring=BYTES ...\n");
    return 2;
  }
  settings.ring = arguments[1];
  if (strcmp(settings.ring, "memcpy") == 0) return run_memcpy(&settings);
  if (strcmp(settings.ring, "tail-word") == 0) return run_round_trip(&settings);
  return run_throughput(&settings);
}
