/* Opening what must be private: shared by segment files and FIFOs. */
#ifndef APB_FILES_H
#define APB_FILES_H

#include <sys/stat.h>

#include "core.h"

/* 0 when the open file is of that kind (S_IFREG, S_IFIFO), this user's, closed to all others and has one name. */
int apb_check_private(int fd, mode_t kind, struct stat *status);
/* Opens without following a link or blocking, checks, and tracks the descriptor for its owner. */
int apb_open_private(apb_owner owner, const char *path, int access, mode_t kind);

#endif
