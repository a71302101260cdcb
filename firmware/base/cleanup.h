/* Scoped cleanup: a leaf resource closes itself when its variable goes out of scope. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define SCOPED_FREE __attribute__((cleanup(cleanup_free)))
#define SCOPED_FD   __attribute__((cleanup(cleanup_fd)))
#define SCOPED_FILE __attribute__((cleanup(cleanup_file)))

/** steal_fd() - take the fd out of a scoped variable, which keeps -1. */
static inline int steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
