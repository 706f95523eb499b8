/* Which environment opened which file descriptor. */
#ifndef APB_DESCRIPTORS_H
#define APB_DESCRIPTORS_H

#include <sys/stat.h>

#include "core.h"

#define APB_DESCRIPTORS_MAX 4096

/* Records a new descriptor and answers it. When the table is full it closes the descriptor and answers -EMFILE. */
int apb_track(apb_owner owner, int fd, const struct stat *status);
/* 0 and the file's status when this owner opened that descriptor here and it still names the same file; or -EBADF. */
int apb_held(apb_owner owner, int fd, struct stat *status);
int apb_close_tracked(apb_owner owner, int fd);
void apb_close_all(apb_owner owner);

int apb_stat(int fd, struct stat *status);
void apb_close(int fd);

#endif
