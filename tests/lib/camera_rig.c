#include "tests/lib/camera_rig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"

struct camera_rig camrig;

static void on_stray(void *ctx, const struct camera_object *o)
{
	(void)ctx;
	assert_true(camrig.stray_count < RIG_STRAYS_MAX);
	camrig.strays[camrig.stray_count++] = *o;
}

static void on_released(void *ctx, int64_t at_ms)
{
	(void)ctx;
	assert_in_range(at_ms, clock_now_ms() - 5000, clock_now_ms());
	camrig.release_count++;
}

const struct camera_watch camrig_watch = { .stray = on_stray, .released = on_released };

static int on_data(void *ctx, const void *data, size_t bytes)
{
	(void)ctx;
	camrig.got = realloc(camrig.got, camrig.got_bytes + bytes);
	memcpy(camrig.got + camrig.got_bytes, data, bytes);
	camrig.got_bytes += bytes;
	return 0;
}

enum camera_cause camrig_open(void)
{
	enum camera_cause cause = CAMERA_OK;

	return camrig.ops->open(camrig.priv, &camrig.setup, &cause) < 0 ? cause : CAMERA_OK;
}

void camrig_start(const char *body, bool sdram)
{
	memset(&camrig, 0, sizeof(camrig));
	vcamera_start_as(&camrig.cam, body, NULL);
	camrig_say("af_ms 20");
	camrig_say("write_ms 60");
	camrig.ops = camera_drivers[0];
	camrig.priv = calloc(1, camrig.ops->priv_size);
	camrig.setup.sdram = sdram;
	snprintf(camrig.setup.address, sizeof(camrig.setup.address), "%s", camrig.cam.address);
	assert_int_equal(camrig_open(), CAMERA_OK);
}

void camrig_stop(void)
{
	camrig.ops->close(camrig.priv);
	free(camrig.priv);
	free(camrig.got);
	vcamera_stop(&camrig.cam);
}

int camrig_setup(void **state)
{
	camrig_start(*state, false);
	return 0;
}

int camrig_teardown(void **state)
{
	(void)state;
	camrig_stop();
	return 0;
}

void camrig_reopen(void)
{
	camrig.ops->close(camrig.priv);
	assert_int_equal(camrig_open(), CAMERA_OK);
}

struct camera_status camrig_status(void)
{
	struct camera_status s;
	enum camera_cause cause;

	assert_int_equal(camrig.ops->status(camrig.priv, &s, &cause), 0);
	return s;
}

enum camera_cause camrig_shoot(struct camera_object *o, bool *triggered)
{
	enum camera_cause cause = CAMERA_OK;
	int rc = camrig.ops->shoot(camrig.priv, RIG_DEADLINE_MS, &camrig_watch, o, triggered,
				   &cause);

	return rc < 0 ? cause : CAMERA_OK;
}

void camrig_must_shoot(struct camera_object *o)
{
	bool triggered;

	assert_int_equal(camrig_shoot(o, &triggered), CAMERA_OK);
	assert_true(triggered);
}

enum camera_cause camrig_fetch(const struct camera_object *o)
{
	const struct camera_sink sink = { .write = on_data };
	enum camera_cause cause = CAMERA_OK;

	camrig.got_bytes = 0;
	return camrig.ops->fetch(camrig.priv, o, &sink, &cause) < 0 ? cause : CAMERA_OK;
}

void camrig_assert_whole(const struct camera_object *o)
{
	SCOPED_FREE uint8_t *want = malloc(camrig.got_bytes + 1);
	SCOPED_FILE FILE *f = NULL;
	char path[128];

	assert_int_equal(camrig.got_bytes, o->size_bytes);
	snprintf(path, sizeof(path), "%s/copy", camrig.cam.dir);
	camrig_say("save %s %s", o->name, path);
	f = fopen(path, "rbe");
	assert_non_null(f);
	assert_int_equal(fread(want, 1, camrig.got_bytes + 1, f), camrig.got_bytes);
	assert_memory_equal(camrig.got, want, camrig.got_bytes);
	unlink(path);
}

void camrig_shoot_whole(struct camera_object *o)
{
	camrig_must_shoot(o);
	assert_int_equal(camrig_fetch(o), CAMERA_OK);
	camrig_assert_whole(o);
}

void camrig_drain(int wait_ms)
{
	enum camera_cause cause;

	assert_int_equal(camrig.ops->drain(camrig.priv, wait_ms, &camrig_watch, &cause), 0);
}

void camrig_wait_strays(int count)
{
	int64_t until = clock_now_ms() + 5000;

	while (camrig.stray_count < count && clock_now_ms() < until)
		camrig_drain(100);
	assert_int_equal(camrig.stray_count, count);
}

void camrig_one_frame(void)
{
	int64_t until = clock_now_ms() + 5000;
	SCOPED_FREE uint8_t *jpeg = NULL;
	enum camera_cause cause;
	size_t bytes = 0;
	int rc;

	do
		rc = camrig.ops->preview(camrig.priv, &jpeg, &bytes, &cause);
	while (rc == -EAGAIN && clock_now_ms() < until);
	assert_int_equal(rc, 0);
	assert_true(bytes > 1024);
	assert_int_equal(jpeg[0], 0xff);
	assert_int_equal(jpeg[1], 0xd8);
}

const char *camrig_prop(const char *code)
{
	return camrig_say("prop %s", code) + 3;
}

unsigned int camrig_stat(const char *name)
{
	return vcamera_stat(&camrig.cam, name);
}
