/* Opening a body, proving it alive, and turning the library's failures into causes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/camera/gphoto.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"

#define LOG_MODULE "camera"
#include "firmware/base/log.h"

enum { TRIAL_S = 8 };

static CameraAbilitiesList *abilities; /* never changes while the process lives */

/* gp_setting_*() are declared without const. */
static void setting(const char *key, const char *value)
{
	gp_setting_set((char *)(uintptr_t) "ptp2", (char *)(uintptr_t)key,
		       (char *)(uintptr_t)value);
}

/* libgphoto2 keeps its settings in $HOME/.gphoto, shared by all programs of a user, and translates
 * the names of choices: neither may reach us. Below /dev/null no file can be made. */
static void isolate(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	signal(SIGPIPE, SIG_IGN);
	setenv("HOME", "/dev/null", 1);
	setenv("LC_ALL", "C", 1);
	unsetenv("LANGUAGE");
	setting("capturetarget", "card");
	setting("autofocus", "on");
	setting("cachetime", "0");
	setting("normal_timeout", "4000");
}

static void on_error(GPContext *ctx, const char *text, void *data)
{
	struct gphoto *g = data;

	(void)ctx;
	snprintf(g->text, sizeof(g->text), "%s", text);
}

static bool releases(unsigned int op)
{
	return op == 0x9207 || op == 0x90c0 || op == 0x90cb || op == 0x100e || op == 0x910f ||
	       op == 0x9128;
}

/* Failures end in "(0x2019)"; with gphoto_follow() the operation and its answer are there too. */
static void on_log(GPLogLevel level, const char *domain, const char *line, void *data)
{
	struct gphoto *g = data;
	const char *at = strrchr(line, '(');
	unsigned int code;

	(void)domain;
	if (level == GP_LOG_ERROR && at && sscanf(at, "(0x%x)", &code) == 1 && code >= 0x2000)
		g->ptp_code = code;
	if (level == GP_LOG_DEBUG && (at = strstr(line, "PTP_OC 0x")) &&
	    !strncmp(line, "Sending", 7))
		sscanf(at, "PTP_OC 0x%x", &g->op);
	if (level == GP_LOG_DEBUG && (at = strstr(line, "(result=0x")) &&
	    sscanf(at, "(result=0x%x", &code) == 1) {
		g->ptp_code = code > 0x2001 ? code : 0;
		if (releases(g->op)) {
			g->release_code = code;
			g->release_ms = clock_now_ms();
		}
		g->op = 0;
	}
}

void gphoto_follow(struct gphoto *g, bool on)
{
	gp_log_remove_func(g->log_id);
	g->log_id = gp_log_add_func(on ? GP_LOG_DEBUG : GP_LOG_ERROR, on_log, g);
	if (on)
		g->op = g->release_code = 0;
}

void gphoto_forget(struct gphoto *g)
{
	g->text[0] = 0;
	g->ptp_code = 0;
}

/* Did the body itself say no? 2002 is what the library makes of a closed connection; with 2003 or
 * 2004 the session is over. */
static bool answered(unsigned int ptp_code)
{
	return ptp_code >= 0x2005;
}

bool gphoto_ping(struct gphoto *g, int *shots_left, bool *no_card)
{
	CameraStorageInformation *info = NULL;
	int count = 0, rc, left = -1, cards = 0;

	g->ptp_code = 0;
	rc = g->cam ? gp_camera_get_storageinfo(g->cam, &info, &count, g->ctx) : GP_ERROR_IO;
	for (int i = 0; rc == GP_OK && i < count; i++) {
		if (!info[i].fields)
			continue;
		cards++;
		if (info[i].fields & GP_STORAGEINFO_FREESPACEIMAGES)
			left = (left < 0 ? 0 : left) + (int)info[i].freeimages;
		else if (info[i].fields & GP_STORAGEINFO_FREESPACEKBYTES && left < 0)
			left = (int)(info[i].freekbytes / (20 * 1024));
	}
	free(info);
	if (shots_left)
		*shots_left = left;
	if (no_card)
		*no_card = rc == GP_OK ? !cards : g->ptp_code == 0x2013;
	return rc == GP_OK || answered(g->ptp_code);
}

static bool says(const struct gphoto *g, const char *word)
{
	return strcasestr(g->text, word) != NULL;
}

static enum camera_cause from_ptp(unsigned int code)
{
	switch (code) {
	case 0x200c:
		return CAMERA_CARD_FULL;
	case 0x2013:
		return CAMERA_NO_CARD;
	case 0x2019:
		return CAMERA_BUSY;
	case 0xa002:
		return CAMERA_NO_FOCUS;
	case 0x2005:
		return CAMERA_UNSUPPORTED;
	default:
		return CAMERA_OK;
	}
}

static enum camera_cause from_result(struct gphoto *g, int rc)
{
	enum camera_cause known = from_ptp(g->ptp_code);
	int battery;

	if (rc == GP_ERROR_IO_USB_CLAIM || rc == GP_ERROR_IO_LOCK)
		return CAMERA_CLAIMED;
	if (rc == GP_ERROR_NO_SPACE)
		return CAMERA_CARD_FULL;
	if (known)
		return known;
	if (says(g, "focus"))
		return CAMERA_NO_FOCUS;
	if (says(g, "battery"))
		return CAMERA_BATTERY;
	if (says(g, "no card"))
		return CAMERA_NO_CARD;
	if (rc == GP_ERROR_CAMERA_BUSY)
		return CAMERA_BUSY;
	if (rc == GP_ERROR_NOT_SUPPORTED)
		return CAMERA_UNSUPPORTED;
	if (!gphoto_ping(g, NULL, NULL))
		return CAMERA_GONE;
	battery = gphoto_battery(g);
	return battery >= 0 && battery <= 5 ? CAMERA_BATTERY : CAMERA_FAULT;
}

int gphoto_fail(struct gphoto *g, int rc, enum camera_cause *cause)
{
	*cause = from_result(g, rc);
	log_i("library failed rc=%d ptp=%04x cause=%d", rc, g->ptp_code, (int)*cause);
	return -EIO;
}

/* "usb:" takes the first body there is; "usb:BUS,DEVICE" that one. */
static int find_usb(struct gphoto *g, GPPortInfoList *ports, char model[64], char path[64])
{
	CameraList *found = NULL;
	int best = -1;

	if (gp_list_new(&found) < 0 ||
	    gp_abilities_list_detect(abilities, ports, found, g->ctx) < 0) {
		gp_list_free(found);
		return -1;
	}
	for (int i = 0; i < gp_list_count(found); i++) {
		const char *name, *value;

		gp_list_get_name(found, i, &name);
		gp_list_get_value(found, i, &value);
		if (strncmp(value, g->setup.address, strlen(g->setup.address)))
			continue;
		if (best < 0 ||
		    !strncmp(model, "USB PTP Class", 13)) { /* an exact model is better */
			snprintf(model, 64, "%s", name);
			snprintf(path, 64, "%s", value);
			best = i;
		}
	}
	gp_list_free(found);
	return best;
}

static int choose(struct gphoto *g, GPPortInfoList *ports)
{
	char model[64] = "PTP/IP Camera", path[160];
	CameraAbilities a;
	GPPortInfo info;
	int i;

	snprintf(path, sizeof(path), "%s", g->setup.address);
	if (!strncmp(g->setup.address, "usb:", 4) && find_usb(g, ports, model, path) < 0)
		return GP_ERROR_MODEL_NOT_FOUND;
	i = gp_abilities_list_lookup_model(abilities, model);
	if (i < 0 || gp_abilities_list_get_abilities(abilities, i, &a) < 0)
		return GP_ERROR_MODEL_NOT_FOUND;
	gp_camera_set_abilities(g->cam, a);
	i = gp_port_info_list_lookup_path(ports, path);
	if (i < 0 || gp_port_info_list_get_info(ports, i, &info) < 0)
		return GP_ERROR_UNKNOWN_PORT;
	return gp_camera_set_port_info(g->cam, info);
}

/* ptp2's PTP/IP disconnect closes a third socket it never opened: descriptor 0, which may be
 * anything of ours by then. Something harmless stands there while the library closes. */
static int guard_stdin(void)
{
	int kept = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

	if (kept >= 0)
		return kept;
	open("/dev/null", O_RDONLY); /* nothing was there: this becomes 0 */
	return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
}

static void restore_stdin(int kept)
{
	if (kept < 0)
		return;
	dup2(kept, STDIN_FILENO);
	close(kept);
}

static int connect_body(struct gphoto *g)
{
	GPPortInfoList *ports = NULL;
	int rc;

	if (!abilities && (gp_abilities_list_new(&abilities) < 0 ||
			   gp_abilities_list_load(abilities, g->ctx) < 0))
		return GP_ERROR_LIBRARY;
	rc = gp_camera_new(&g->cam);
	if (rc < 0)
		return rc;
	if (gp_port_info_list_new(&ports) == GP_OK && gp_port_info_list_load(ports) >= 0)
		rc = choose(g, ports);
	if (rc >= 0)
		rc = gp_camera_init(g->cam, g->ctx);
	if (ports)
		gp_port_info_list_free(ports);
	if (rc < 0) {
		gp_camera_unref(g->cam);
		g->cam = NULL;
	}
	return rc;
}

static void disconnect_body(struct gphoto *g)
{
	int kept;

	if (!g->cam)
		return;
	kept = guard_stdin();
	gp_camera_exit(g->cam, g->ctx);
	gp_camera_unref(g->cam);
	restore_stdin(kept);
	g->cam = NULL;
	g->live = false;
}

/* An open that fails loses 20 kB inside the library; while a body is away that happens every second
 * for hours. So a child tries first and takes the loss with it. */
static int try_in_child(struct gphoto *g)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return GP_ERROR_NO_MEMORY;
	if (!pid) {
		alarm(TRIAL_S);
		status = connect_body(g);
		disconnect_body(g);
		_exit(status >= 0 ? 0 : status == GP_ERROR_IO_USB_CLAIM ? 2 : 1);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return GP_OK;
	return WIFEXITED(status) && WEXITSTATUS(status) == 2 ? GP_ERROR_IO_USB_CLAIM : GP_ERROR_IO;
}

int gphoto_reopen(struct gphoto *g, enum camera_cause *cause)
{
	int kept = guard_stdin(), rc = GP_OK;

	disconnect_body(g);
	gphoto_forget(g);
	if (g->absent)
		rc = try_in_child(g);
	if (rc >= 0)
		rc = connect_body(g);
	restore_stdin(kept);
	g->absent = rc < 0;
	if (rc >= 0)
		return 0;
	*cause = rc == GP_ERROR_IO_USB_CLAIM || rc == GP_ERROR_IO_LOCK ? CAMERA_CLAIMED
								       : CAMERA_GONE;
	return -EIO;
}

static void identify(struct gphoto *g)
{
	int camera_time;

	if (gphoto_get_text(g, "cameramodel", g->model, sizeof(g->model)))
		g->model[0] = 0;
	if (gphoto_get_text(g, "serialnumber", g->serial, sizeof(g->serial)))
		g->serial[0] = 0;
	g->clock_offset_s = INT64_MIN;
	if (!gphoto_get_number(g, "datetime", &camera_time))
		g->clock_offset_s = camera_time - clock_utc_ms() / 1000;
}

static void on_new(void *ctx, const struct camera_object *o)
{
	struct gphoto *g = ctx;

	if (gphoto_learn(g, o) && g->pending_count < GPHOTO_PENDING)
		g->pending[g->pending_count++] = *o;
}

int gphoto_open(void *priv, const struct camera_setup *setup, enum camera_cause *cause)
{
	struct gphoto *g = priv;
	char before[64];
	int rc;

	isolate();
	g->setup = *setup;
	if (strncmp(setup->address, "usb:", 4) && strncmp(setup->address, "ptpip:", 6)) {
		*cause = CAMERA_FAULT;
		return -EIO;
	}
	g->ctx = gp_context_new();
	gp_context_set_error_func(g->ctx, on_error, g);
	g->log_id = gp_log_add_func(GP_LOG_ERROR, on_log, g);
	rc = gphoto_reopen(g, cause);
	if (rc < 0) {
		gphoto_close(g);
		return rc;
	}
	memcpy(before, g->serial, sizeof(before));
	identify(g);
	g->settings = gphoto_settings(g);
	if (strcmp(before, g->serial)) { /* another body: what it holds is not news */
		g->known_count = 0;
		g->owes = false;
	}
	rc = gphoto_walk(g, on_new, g);
	if (strcmp(before, g->serial))
		g->pending_count = 0;
	if (rc < 0 && !gphoto_ping(g, NULL, NULL)) {
		*cause = CAMERA_GONE;
		gphoto_close(g);
		return -EIO;
	}
	return 0;
}

void gphoto_close(void *priv)
{
	struct gphoto *g = priv;

	disconnect_body(g);
	if (!g->ctx)
		return;
	gp_log_remove_func(g->log_id);
	gp_context_unref(g->ctx);
	g->ctx = NULL;
}

int gphoto_status(void *priv, struct camera_status *out, enum camera_cause *cause)
{
	struct gphoto *g = priv;
	bool no_card;

	memset(out, 0, sizeof(*out));
	snprintf(out->model, sizeof(out->model), "%s", g->model);
	snprintf(out->serial, sizeof(out->serial), "%s", g->serial);
	out->clock_offset_s = g->clock_offset_s;
	if (!gphoto_ping(g, &out->shots_left, &no_card)) {
		*cause = CAMERA_GONE;
		return -EIO;
	}
	out->battery_pct = gphoto_battery(g);
	g->exposure_ms = gphoto_exposure_ms(g);
	out->cause = no_card ? CAMERA_NO_CARD : !out->shots_left ? CAMERA_CARD_FULL : g->settings;
	return 0;
}
