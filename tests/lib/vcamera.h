/* A virtual camera in a child process, for tests. Every call aborts when it cannot. */
#pragma once

#include <sys/types.h>

struct vcamera {
	pid_t pid;
	int port, control_fd;
	char dir[64], control[96], address[64]; /* address: for config's camera.port */
	char answer[16384];
};

void vcamera_start(struct vcamera *v);
/** vcamera_start_as() - @body nikon, canon, ptp, phone; @serial NULL: the body's own. */
void vcamera_start_as(struct vcamera *v, const char *body, const char *serial);
void vcamera_stop(struct vcamera *v);
/** vcamera_say() - one control line; returns the answer, which starts with "ok". */
const char *vcamera_say(struct vcamera *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/** vcamera_stat() - a number from `stat`, by name ("shots", "9207"); 0 when it is not there. */
unsigned int vcamera_stat(struct vcamera *v, const char *name);
