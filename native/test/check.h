/* What the parts of the harness share: a check that says where it failed, and a folder of the run's own. */
#ifndef APB_TEST_CHECK_H
#define APB_TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                          \
  do {                                                                            \
    if (!(condition)) {                                                           \
      fprintf(stderr, "%s:%d: %s is not so\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                    \
    }                                                                             \
  } while (0)

#define PART 65536u
#define RING_AT (2 * PART)
#define SCRATCH_AT (4 * PART)
#define MAPPED_BYTES (5 * PART)

extern char folder[64];

/* A path in the folder. Overwritten by the next call of the same thread. */
const char *path_of(const char *name);
/* A new file of three parts for `owner`; answers its descriptor. */
int make_file(unsigned owner, const char *name);
/* Open descriptors of this process. */
int open_descriptors(void);

void test_files(void);
void test_locks(void);
void test_mappings(void);
void test_placement(void);
void test_places(void);
void test_tables(void);
void test_ends(void);
void test_storm(void);

#endif
