/* What one processor can copy: messages of that size, one after the other, into a buffer of the ring's size. */
#include <stdio.h>
#include <string.h>

#include "reference.h"

int run_memcpy(const struct settings *settings) {
  struct ring ring = map_ring(settings->ring_bytes, false);
  unsigned char message[8192] = {0};
  bind_processor(settings, 0);
  uint64_t count = 0;
  uint64_t offset = 0;
  const uint64_t from = now_ns();
  uint64_t now = from;
  while (now < from + (uint64_t)(settings->seconds * 1e9)) {
    for (int i = 0; i < 1024; i++) {
      memcpy(ring.bytes + offset, message, settings->message_bytes);
      /* The copy must not be optimised away. */
      __asm__ volatile("" : : "r"(ring.bytes) : "memory");
      offset = (offset + settings->message_bytes) & (ring.capacity - 1);
    }
    count += 1024;
    now = now_ns();
  }
  printf("{\"rate\": %.0f}\n", (double)count / (double)(now - from) * 1e9);
  return 0;
}
