/* Finding a still camera, never a phone, and opening a session with it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/camera/gphoto.h"
#include "drivers/camera/usb_facts.h"
#include "firmware/base/cleanup.h"

#define LOG_MODULE "camera"
#include "firmware/base/log.h"

enum { CANDIDATES = 8 };

static const char class_camera[] =
	"USB PTP Class Camera"; /* the library knows the class, not the model */

struct candidate {
	char model[64], path[128];
	int rank; /* the lower the sooner */
};

static CameraAbilitiesList *abilities; /* never changes while the process lives */

/* --- modules ----------------------------------------------------------------------------- */

static bool has_all(const char *dir, const char *const *modules)
{
	char path[640];

	for (; *modules; modules++) {
		snprintf(path, sizeof(path), "%s/%s.so", dir, *modules);
		if (access(path, R_OK))
			return false;
	}
	return true;
}

/* Three modules instead of twenty-six: most of the time to open goes into loading them. Beside the
 * program, or one floor up (test programs stand in build/tests), or where the package puts them. */
static void use_modules(const char *env, const char *name, const char *const *modules)
{
	char path[512];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);
	char *slash;

	if (getenv(env))
		return;
	path[n > 0 ? n : 0] = '\0';
	for (int up = 0; up < 2 && (slash = strrchr(path, '/')); up++) {
		sprintf(slash, "/%s", name);
		if (has_all(path, modules)) {
			setenv(env, path, 1);
			return;
		}
		*slash = '\0';
	}
	snprintf(path, sizeof(path), "/usr/lib/tapshot/%s", name);
	if (has_all(path, modules))
		setenv(env, path, 1);
}

static int load_abilities(struct gphoto *g)
{
	static const char *const drivers[] = { "ptp2", NULL };
	static const char *const ports[] = { "usb1", "ptpip", NULL };

	if (abilities)
		return GP_OK;
	use_modules("CAMLIBS", "camlibs", drivers);
	use_modules("IOLIBS", "iolibs", ports);
	if (gp_abilities_list_new(&abilities) < 0)
		return GP_ERROR_NO_MEMORY;
	return gp_abilities_list_load(abilities, g->ctx);
}

/* --- which one --------------------------------------------------------------------------- */

static bool refused(const struct gphoto *g, const char *path)
{
	for (int i = 0; i < GPHOTO_REFUSED; i++)
		if (!strcmp(g->refused[i], path))
			return true;
	return false;
}

/* It stays refused until it is plugged in again, then it has another address. */
static void refuse(struct gphoto *g, const char *path)
{
	memmove(g->refused[1], g->refused[0], sizeof(g->refused) - sizeof(g->refused[0]));
	snprintf(g->refused[0], sizeof(g->refused[0]), "%s", path);
	log_w("not a still camera, left alone port=%s", path);
}

static bool abilities_of(const char *model, CameraAbilities *a)
{
	int i = gp_abilities_list_lookup_model(abilities, model);

	return i >= 0 && gp_abilities_list_get_abilities(abilities, i, a) >= 0;
}

/* A device the library knows by its id is what its table says; of one known by its class alone
 * the descriptors are looked at, before it is spoken to. */
static bool may_be_camera(const char *model, const char *path)
{
	CameraAbilities a;
	struct usb_facts facts;

	if (!abilities_of(model, &a) || a.device_type != GP_DEVICE_STILL_CAMERA ||
	    !(a.operations & GP_OPERATION_CAPTURE_IMAGE))
		return false;
	return strcmp(model, class_camera) || usb_facts_read(path, &facts) < 0 || !facts.phone;
}

static int rank_of(const struct gphoto *g, const char *model, const char *path)
{
	struct usb_facts facts;

	if (g->setup.serial[0] && !usb_facts_read(path, &facts) &&
	    usb_same_serial(facts.serial, g->setup.serial))
		return 0;
	return strcmp(model, class_camera) ? 1 : 2;
}

static void add(struct candidate *list, int *count, const struct candidate *c)
{
	int at = *count;

	if (*count == CANDIDATES)
		return;
	for (; at > 0 && list[at - 1].rank > c->rank; at--)
		list[at] = list[at - 1];
	list[at] = *c;
	++*count;
}

/* "usb:" is every body there is; "usb:BUS,DEVICE" that one. */
static int find_usb(struct gphoto *g, GPPortInfoList *ports, struct candidate *list)
{
	CameraList *found = NULL;
	int count = 0;

	if (gp_list_new(&found) < 0)
		return 0;
	if (gp_abilities_list_detect(abilities, ports, found, g->ctx) < 0)
		gp_list_reset(found);
	for (int i = 0; i < gp_list_count(found); i++) {
		const char *model, *path;
		struct candidate c;

		gp_list_get_name(found, i, &model);
		gp_list_get_value(found, i, &path);
		if (strncmp(path, g->setup.address, strlen(g->setup.address)) || refused(g, path))
			continue;
		if (!may_be_camera(model, path)) {
			refuse(g, path);
			continue;
		}
		snprintf(c.model, sizeof(c.model), "%s", model);
		snprintf(c.path, sizeof(c.path), "%s", path);
		c.rank = rank_of(g, model, path);
		add(list, &count, &c);
	}
	gp_list_free(found);
	return count;
}

static int candidates(struct gphoto *g, GPPortInfoList *ports, struct candidate *list)
{
	if (!strncmp(g->setup.address, "usb:", 4))
		return find_usb(g, ports, list);
	snprintf(list[0].model, sizeof(list[0].model), "PTP/IP Camera");
	snprintf(list[0].path, sizeof(list[0].path), "%s", g->setup.address);
	return 1;
}

/* --- the session ------------------------------------------------------------------------- */

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

void gphoto_disconnect(struct gphoto *g)
{
	int kept;

	if (!g->cam)
		return;
	kept = guard_stdin();
	gp_camera_exit(g->cam, g->ctx);
	gp_camera_unref(g->cam);
	restore_stdin(kept);
	g->cam = NULL;
	g->live = g->cut = false;
}

static int prepare(struct gphoto *g, GPPortInfoList *ports, const struct candidate *c)
{
	CameraAbilities a;
	GPPortInfo info;
	int i, rc;

	if (!abilities_of(c->model, &a))
		return GP_ERROR_MODEL_NOT_FOUND;
	i = gp_port_info_list_lookup_path(ports, c->path);
	if (i < 0 || gp_port_info_list_get_info(ports, i, &info) < 0)
		return GP_ERROR_UNKNOWN_PORT;
	rc = gp_camera_new(&g->cam);
	if (rc < 0)
		return rc;
	gp_camera_set_abilities(g->cam, a);
	return gp_camera_set_port_info(g->cam, info);
}

/* After twice cutting the line in vain the port is reset. Only USB has one to reset. */
static void reset_port(struct gphoto *g)
{
	if (g->stuck < 2 || strncmp(g->setup.address, "usb:", 4))
		return;
	log_w("resetting the camera's port");
	if (gp_port_open(g->cam->port) >= 0) {
		gp_port_reset(g->cam->port);
		gp_port_close(g->cam->port);
	}
}

static void name_owner(const char *path)
{
	struct usb_owner owner;

	if (usb_owner_find(path, &owner))
		log_w("camera is claimed by another process comm=%s pid=%d", owner.comm,
		      (int)owner.pid);
	else
		log_w("camera is claimed by another process, or by the kernel");
}

static int open_one(struct gphoto *g, GPPortInfoList *ports, const struct candidate *c)
{
	int kept = guard_stdin();
	int rc = prepare(g, ports, c);

	memset(&g->info, 0, sizeof(g->info));
	g->cut = false;
	if (rc >= 0) {
		reset_port(g);
		rc = gp_camera_init(g->cam, g->ctx);
	}
	if (rc < 0 && g->cam) {
		gp_camera_unref(g->cam);
		g->cam = NULL;
	}
	restore_stdin(kept);
	if (rc == GP_ERROR_IO_USB_CLAIM || rc == GP_ERROR_IO_LOCK)
		name_owner(c->path);
	if (rc >= 0 && (!g->info.releases || g->info.android)) {
		refuse(g, c->path);
		gphoto_disconnect(g);
		return GP_ERROR_MODEL_NOT_FOUND;
	}
	return rc;
}

/* Is this the body that was used before? */
static bool preferred(struct gphoto *g)
{
	char serial[64];

	return !g->setup.serial[0] || gphoto_get_text(g, "serialnumber", serial, sizeof(serial)) ||
	       usb_same_serial(serial, g->setup.serial);
}

static int open_best(struct gphoto *g, GPPortInfoList *ports, const struct candidate *list,
		     int count)
{
	int rc = GP_ERROR_MODEL_NOT_FOUND, spare = -1, claimed = 0;

	for (int i = 0; i < count; i++) {
		rc = open_one(g, ports, &list[i]);
		claimed |= rc == GP_ERROR_IO_USB_CLAIM || rc == GP_ERROR_IO_LOCK;
		if (rc < 0)
			continue;
		if (count == 1 || preferred(g))
			return rc;
		spare = spare < 0 ? i : spare;
		if (i == count - 1 && spare == i)
			return rc;
		gphoto_disconnect(g);
	}
	if (spare >= 0)
		return open_one(g, ports, &list[spare]);
	return claimed ? GP_ERROR_IO_USB_CLAIM : rc;
}

int gphoto_connect(struct gphoto *g)
{
	struct candidate list[CANDIDATES];
	GPPortInfoList *ports = NULL;
	int rc = load_abilities(g);

	if (rc >= 0)
		rc = gp_port_info_list_new(&ports);
	if (rc >= 0)
		rc = gp_port_info_list_load(ports);
	if (rc >= 0)
		rc = open_best(g, ports, list, candidates(g, ports, list));
	if (ports)
		gp_port_info_list_free(ports);
	return rc;
}

int gphoto_find(const char *address, void (*each)(void *ctx, const char *address), void *ctx)
{
	struct candidate list[CANDIDATES];
	struct gphoto *g = calloc(1, sizeof(*g));
	GPPortInfoList *ports = NULL;
	int count = 0;

	if (!g)
		return -ENOMEM;
	gphoto_isolate();
	snprintf(g->setup.address, sizeof(g->setup.address), "%s", address);
	g->ctx = gp_context_new();
	if (load_abilities(g) >= 0 && gp_port_info_list_new(&ports) >= 0 &&
	    gp_port_info_list_load(ports) >= 0)
		count = candidates(g, ports, list);
	for (int i = 0; i < count; i++)
		each(ctx, list[i].path);
	if (ports)
		gp_port_info_list_free(ports);
	gp_context_unref(g->ctx);
	free(g);
	return 0;
}
