/* gphoto2 as a peer: the same virtual camera, driven by hand as a script or a patient person would. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* One virtual camera of its own process. */
struct bench_camera {
	pid_t pid;
	int port, control; /* PTP/IP port; control connection */
};

/** camera_start() - build/vcamera of @bin, its files below @dir with @name; aborts when it cannot. */
void camera_start(struct bench_camera *c, const char *bin, const char *dir, const char *name,
		  const char *portraits);
/** camera_say() - one control line. Return: it said ok. */
bool camera_say(struct bench_camera *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** camera_free() - nobody holds a session, waiting up to 5 s. */
bool camera_free(struct bench_camera *c);
void camera_stop(struct bench_camera *c);

/* A `gphoto2 --shell` on a pseudo-terminal, its session open. */
struct peer_shell {
	pid_t pid;
	int pty;
};

/** peer_home() - a home for gphoto2 below @dir with the settings ours uses too: pictures on the
 * card, autofocus on. */
void peer_home(const char *dir);
/** peer_there() - is the program installed? */
bool peer_there(void);
/** peer_shell_start() - in folder @dir, waits for the first prompt. */
bool peer_shell_start(struct peer_shell *s, const char *dir, int port);
/** peer_shell_shoot() - capture-image-and-download into peer.jpg. @saved_ms: from the command until
 * the file stands under its name. The prompt comes seconds later: see peer_shell_ready(). */
bool peer_shell_shoot(struct peer_shell *s, double *saved_ms);
bool peer_shell_ready(struct peer_shell *s);
void peer_shell_stop(struct peer_shell *s);

/** peer_durable() - what makes peer.jpg in @dir comparable: `sync FILE`, `sync DIR`, `sha256sum`. */
bool peer_durable(const char *dir, double *ms);
/** peer_cold() - one `gphoto2 --capture-image-and-download` from its start until the file stands. */
bool peer_cold(const char *dir, int port, double *saved_ms);
