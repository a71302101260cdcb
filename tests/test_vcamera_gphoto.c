/*
 * The virtual camera in the eyes of the real libgphoto2: every body by PTP/IP, and on the virtual
 * bus, where this program runs itself again under build/vusb.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <gphoto2/gphoto2.h>

#include "firmware/base/clock.h"
#include "tools/virtual/camera/ptpip.h"

enum { EVENT_MS = 10000, FILES_MAX = 4 };

static GPContext *context;
static char last_error[256];
static const char *self;

struct served { /* a camera in a child, on PTP/IP */
	pid_t pid;
	char address[64], dir[64];
};

/* libgphoto2 leaks on its own ways out; what is tested here is the camera, in another process. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return 1;
}

static void on_error(GPContext *c, const char *text, void *ctx)
{
	(void)c;
	(void)ctx;
	snprintf(last_error, sizeof(last_error), "%s", text);
}

static void private_home(char dir[64])
{
	strcpy(dir, "/tmp/tapshot-gphoto-XXXXXX");
	assert_non_null(mkdtemp(dir));
	setenv("HOME", dir, 1);
}

static void serve(struct served *s, const char *body, const char *lines)
{
	const struct vcam_options o = { .body = body };
	char line[64] = "", answer[256], copy[256], *rest = copy, *one;
	int ready[2], port;

	private_home(s->dir);
	assert_int_equal(pipe(ready), 0);
	s->pid = fork();
	if (!s->pid) {
		struct vcam *v = vcam_new(&o);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(copy, sizeof(copy), "%s", lines);
		while ((one = strsep(&rest, ";")))
			vcam_control(v, one, answer, sizeof(answer));
		_exit(ptpip_serve(v, 0, NULL, ready[1]) ? 1 : 0);
	}
	close(ready[1]);
	assert_true(read(ready[0], line, sizeof(line) - 1) > 0);
	close(ready[0]);
	assert_int_equal(sscanf(line, "READY port=%d", &port), 1);
	snprintf(s->address, sizeof(s->address), "ptpip:127.0.0.1:%d:%d", port, port);
}

static void end(struct served *s)
{
	char command[128];

	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	snprintf(command, sizeof(command), "rm -rf %s", s->dir);
	assert_int_equal(system(command), 0);
}

static void pictures_to(const char *target)
{
	char module[] = "ptp2", key[] = "capturetarget", value[16];

	snprintf(value, sizeof(value), "%s", target);
	gp_setting_set(module, key, value);
}

static Camera *open_at(const char *address)
{
	CameraAbilitiesList *models;
	CameraAbilities abilities;
	GPPortInfoList *ports;
	GPPortInfo info;
	Camera *c;

	gp_camera_new(&c);
	gp_abilities_list_new(&models);
	gp_abilities_list_load(models, context);
	gp_abilities_list_get_abilities(
		models, gp_abilities_list_lookup_model(models, "PTP/IP Camera"), &abilities);
	gp_camera_set_abilities(c, abilities);
	gp_port_info_list_new(&ports);
	gp_port_info_list_load(ports);
	gp_port_info_list_get_info(ports, gp_port_info_list_lookup_path(ports, address), &info);
	gp_camera_set_port_info(c, info);
	assert_int_equal(gp_camera_init(c, context), GP_OK);
	gp_port_info_list_free(ports);
	gp_abilities_list_free(models);
	return c;
}

static void close_camera(Camera *c)
{
	gp_camera_exit(c, context);
	gp_camera_unref(c);
}

/* Files the camera tells of until @want came, or ten seconds. Return: how many. */
static int wait_files(Camera *c, CameraFilePath *out, int want)
{
	int64_t until = clock_now_ms() + EVENT_MS;
	int n = 0;

	while (n < want && clock_now_ms() < until) {
		CameraEventType type;
		void *data = NULL;

		assert_int_equal(gp_camera_wait_for_event(c, 200, &type, &data, context), GP_OK);
		if (type == GP_EVENT_FILE_ADDED)
			out[n++] = *(CameraFilePath *)data;
		free(data);
	}
	return n;
}

static void is_whole_jpeg(CameraFile *f, size_t least)
{
	const char *d;
	unsigned long n;

	assert_int_equal(gp_file_get_data_and_size(f, &d, &n), GP_OK);
	assert_true(n > least);
	assert_memory_equal(d, "\xff\xd8", 2);
	assert_memory_equal(d + n - 2, "\xff\xd9", 2);
}

static void download(Camera *c, const CameraFilePath *p)
{
	CameraFile *f;

	gp_file_new(&f);
	assert_int_equal(gp_camera_file_get(c, p->folder, p->name, GP_FILE_TYPE_NORMAL, f, context),
			 GP_OK);
	is_whole_jpeg(f, 20000);
	gp_file_unref(f);
	assert_int_equal(gp_camera_file_delete(c, p->folder, p->name, context), GP_OK);
}

static void take_one(Camera *c)
{
	CameraFilePath files[FILES_MAX];

	assert_int_equal(gp_camera_trigger_capture(c, context), GP_OK);
	assert_int_equal(wait_files(c, files, 1), 1);
	download(c, &files[0]);
}

static void preview_one(Camera *c)
{
	int64_t until = clock_now_ms() + EVENT_MS;
	unsigned long n = 0;
	CameraFile *f;
	const char *d;

	gp_file_new(&f);
	do { /* libgphoto2 says OK to no bytes while the mirror is on its way */
		assert_int_equal(gp_camera_capture_preview(c, f, context), GP_OK);
		gp_file_get_data_and_size(f, &d, &n);
	} while (n < 1000 && clock_now_ms() < until);
	is_whole_jpeg(f, 1000);
	gp_file_unref(f);
}

static void body_shoots(const char *body, const char *target, bool preview)
{
	struct served s;
	Camera *c;

	serve(&s, body, "af_ms 20;write_ms 40");
	pictures_to(target);
	c = open_at(s.address);
	take_one(c);
	if (preview)
		preview_one(c);
	take_one(c);
	close_camera(c);
	end(&s);
}

static void a_nikon_shoots_to_card_and_memory(void **state)
{
	(void)state;
	body_shoots("nikon", "card", true);
	body_shoots("nikon", "sdram", true);
}

static void a_canon_shoots_to_card_and_host(void **state)
{
	(void)state;
	body_shoots("canon", "card", true);
	body_shoots("canon", "sdram", true);
}

static void a_ptp_camera_shoots_but_shows_no_preview(void **state)
{
	CameraFilePath path;
	struct served s;
	CameraFile *f;
	Camera *c;

	(void)state;
	body_shoots("ptp", "card", false);
	serve(&s, "ptp", "cardfull on");
	c = open_at(s.address);
	gp_file_new(&f);
	assert_int_equal(gp_camera_capture_preview(c, f, context), GP_ERROR_NOT_SUPPORTED);
	assert_int_equal(gp_camera_capture(c, GP_CAPTURE_IMAGE, &path, context),
			 GP_ERROR_NO_MEMORY);
	gp_file_unref(f);
	close_camera(c);
	end(&s);
}

static void a_telephone_does_not_release(void **state)
{
	struct served s;
	Camera *c;

	(void)state;
	serve(&s, "phone", "");
	c = open_at(s.address);
	assert_true(gp_camera_trigger_capture(c, context) < 0);
	close_camera(c);
	end(&s);
}

static void a_canon_without_focus_names_focus(void **state)
{
	struct served s;
	Camera *c;

	(void)state;
	serve(&s, "canon", "af_ms 20;afail 1");
	pictures_to("card");
	c = open_at(s.address);
	last_error[0] = '\0';
	assert_true(gp_camera_trigger_capture(c, context) < 0);
	assert_non_null(strstr(last_error, "ocus"));
	close_camera(c);
	end(&s);
}

static void a_canon_pair_arrives_as_two_files(void **state)
{
	CameraFilePath files[FILES_MAX];
	struct served s;
	Camera *c;

	(void)state;
	serve(&s, "canon", "af_ms 20;write_ms 40;prop d120 1");
	pictures_to("card");
	c = open_at(s.address);
	assert_int_equal(gp_camera_trigger_capture(c, context), GP_OK);
	assert_int_equal(wait_files(c, files, 2), 2);
	assert_string_equal(files[0].name, "IMG_0001.CR2");
	assert_string_equal(files[1].name, "IMG_0001.JPG");
	close_camera(c);
	end(&s);
}

/* --- on the bus ----------------------------------------------------------------------------- */

static int found_on_bus(const char *model)
{
	CameraList *list;
	const char *name = "";
	int rc = 1;

	gp_list_new(&list);
	if (gp_camera_autodetect(list, context) == 1 && gp_list_get_name(list, 0, &name) == GP_OK)
		rc = strcmp(name, model) ? 1 : 0;
	if (rc)
		fprintf(stderr, "on the bus: \"%s\", not \"%s\"\n", name, model);
	gp_list_free(list);
	return rc;
}

/* What the program does under build/vusb. */
static int on_bus(const char *model, bool shoot)
{
	Camera *c;
	int rc;

	rc = found_on_bus(model);
	if (rc || !shoot)
		return rc;
	pictures_to("card");
	gp_camera_new(&c);
	assert_int_equal(gp_camera_init(c, context), GP_OK);
	take_one(c);
	close_camera(c);
	return 0;
}

static void run_on_bus(const char *device, const char *model, const char *what)
{
	char vusb[512], home[64], command[128];
	int status;
	pid_t pid;

	snprintf(vusb, sizeof(vusb), "%s", self);
	*strrchr(vusb, '/') = '\0';
	strcat(vusb, "/../vusb");
	private_home(home);
	pid = fork();
	if (!pid) {
		setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 1);
		execl(vusb, vusb, "--device", device, "--", self, "bus", model, what, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	snprintf(command, sizeof(command), "rm -rf %s", home);
	assert_int_equal(system(command), 0);
}

static void every_body_has_its_name_on_the_bus(void **state)
{
	(void)state;
	run_on_bus("camera-nikon", "Nikon DSC D750", "shoot");
	run_on_bus("camera-canon", "Canon EOS 80D", "shoot");
	run_on_bus("camera-ptp", "USB PTP Class Camera", "shoot");
	run_on_bus("phone", "Google Inc Nexus/Pixel (MTP)", "look");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_nikon_shoots_to_card_and_memory),
		cmocka_unit_test(a_canon_shoots_to_card_and_host),
		cmocka_unit_test(a_ptp_camera_shoots_but_shows_no_preview),
		cmocka_unit_test(a_telephone_does_not_release),
		cmocka_unit_test(a_canon_without_focus_names_focus),
		cmocka_unit_test(a_canon_pair_arrives_as_two_files),
		cmocka_unit_test(every_body_has_its_name_on_the_bus),
	};

	self = argv[0];
	signal(SIGPIPE, SIG_IGN);
	context = gp_context_new();
	gp_context_set_error_func(context, on_error, NULL);
	if (argc == 4)
		return on_bus(argv[2], !strcmp(argv[3], "shoot"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
