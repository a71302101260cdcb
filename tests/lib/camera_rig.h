/* The camera driver on a virtual camera, in the test's own process. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "drivers/camera/camera.h"
#include "tests/lib/vcamera.h"

enum { RIG_DEADLINE_MS = 4000, RIG_STRAYS_MAX = 16 };

struct camera_rig {
	struct vcamera cam;
	const struct camera_ops *ops;
	void *priv;
	struct camera_setup setup;
	struct camera_object strays[RIG_STRAYS_MAX];
	int stray_count, release_count;
	uint8_t *got;
	size_t got_bytes;
};

extern struct camera_rig camrig;
extern const struct camera_watch camrig_watch;

/** camrig_start() - a body (vcamera_start_as()) with short times, opened by the driver. */
void camrig_start(const char *body, bool sdram);
void camrig_stop(void);
/* cmocka fixtures: *state is the body's name, NULL for a Nikon. */
int camrig_setup(void **state);
int camrig_teardown(void **state);

enum camera_cause camrig_open(void);
void camrig_reopen(void); /* must work */
struct camera_status camrig_status(void); /* must work */
enum camera_cause camrig_shoot(struct camera_object *o, bool *triggered);
void camrig_must_shoot(struct camera_object *o);
enum camera_cause camrig_fetch(const struct camera_object *o);
/** camrig_assert_whole() - what was fetched is the camera's copy of @o, byte for byte. */
void camrig_assert_whole(const struct camera_object *o);
/** camrig_shoot_whole() - a shot that works, fetched and compared. */
void camrig_shoot_whole(struct camera_object *o);
void camrig_drain(int wait_ms);
/** camrig_wait_strays() - until there are @count; fails after a long time. */
void camrig_wait_strays(int count);
void camrig_one_frame(void);
/** camrig_prop() - a property of the body, as the control line gives it. */
const char *camrig_prop(const char *code);
unsigned int camrig_stat(const char *name);
#define camrig_say(...) vcamera_say(&camrig.cam, __VA_ARGS__)
