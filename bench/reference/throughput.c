/* Runs producers and consumers as processes of their own and prints what the slowest consumer got. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reference.h"

static bool start_process(const struct settings *settings, struct ring *ring, uint32_t nth, endpoint_main run, uint32_t index) {
  const pid_t pid = fork();
  if (pid != 0) return pid > 0;
  bind_processor(settings, nth);
  run(settings, ring, index);
  _exit(0);
}

int run_throughput(const struct settings *settings) {
  const bool claims = strcmp(settings->ring, "claims") == 0;
  struct ring ring = map_ring(settings->ring_bytes, claims);
  uint32_t nth = 0;
  bool started = true;
  for (uint32_t i = 0; i < settings->consumers; i++)
    started = start_process(settings, &ring, nth++, claims ? claims_consumer : in_band_consumer, i) && started;
  for (uint32_t i = 0; i < settings->producers; i++)
    started = start_process(settings, &ring, nth++, claims ? claims_producer : in_band_producer, i) && started;
  if (!started) {
    perror("fork");
    return 1;
  }
  for (int status; wait(&status) > 0;)
    if (status != 0) return 1;
  if (atomic_load(&ring.control->failed) != 0) {
    fprintf(stderr, "messages came out of order\n");
    return 1;
  }
  double rate = 0;
  for (uint32_t i = 0; i < settings->consumers; i++) {
    if (atomic_load(&ring.control->measured_ns[i]) != 0) continue;
    fprintf(stderr, "a consumer got no processor while it was measured\n");
    return 1;
  }
  for (uint32_t i = 0; i < settings->consumers; i++) {
    const double ns = (double)atomic_load(&ring.control->measured_ns[i]);
    const double each = (double)atomic_load(&ring.control->received[i]) / ns * 1e9;
    if (i == 0 || each < rate) rate = each;
  }
  printf("{\"rate\": %.0f}\n", rate);
  return 0;
}
