/*
 * A whole kiosk on virtual devices, for flows, demo and bench: starts build/vreader, build/vcamera
 * and build/tapshot kiosk as children, talks to their control sockets, and cleans up. Programs are
 * found beside the one that runs.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { RIG_USB_MAX = 8 };

struct rig_process {
	pid_t pid;
	const char *bus, *preload; /* environment of a program on the virtual USB, NULL none */
	char log[320]; /* file its stderr goes to */
	int out; /* read end of its stdout */
};

struct rig {
	char dir[256]; /* everything of this rig */
	char data[300], config[300];
	char job[32];
	char bin[256]; /* directory of the programs */
	struct rig_process reader, lane, camera, spare, kiosk;
	struct rig_process usb;
	char reader_link[300], lane_link[300];
	int camera_port, spare_port;
	/* control connections, -1 none */
	int kiosk_sock, reader_sock, lane_sock, camera_sock, spare_sock;
	char portraits[300]; /* folder of pictures for the camera, "" none */
	const char *extra_config; /* further lines for kiosk.conf, NULL none */
	const char *driver; /* display.driver, NULL: offscreen */
	/* Devices on a virtual USB, as for `vusb --device`, to be set before rig_start_devices(). The
	 * first reader-… and the first camera-… take the place of the others: rig_reader() and
	 * rig_camera() talk to them, and kiosk.conf has reader.port = usb, camera.port = usb:. */
	const char *usb_devices[RIG_USB_MAX];
	int usb_sock[RIG_USB_MAX];
	char usb_root[64], usb_preload[600];
	bool no_camera;
	bool with_lane; /* a second reader, in the lane */
	bool with_spare; /* a second camera: camera.spare */
	int people; /* on the flows' roster, 0: FLOW_PEOPLE */
	const char *block; /* shooting numbers for rig_import(), NULL: 1-200 */
};

/** rig_init() - make the folder under @dir (NULL: a new one under /tmp). Aborts when it cannot. */
void rig_init(struct rig *r, const char *dir);
/** rig_import() - run `tapshot roster import`; returns its exit status. */
int rig_import(struct rig *r, const char *roster_csv);
/** rig_run() - run `tapshot ARG…` (NULL-terminated); its stdout into *@out (malloc'ed) if not NULL.
 * Return: exit status. */
int rig_run(struct rig *r, char **out, const char *arg, ...) __attribute__((sentinel));

/** rig_make_portraits() - render the invented people, once per build; the camera then serves
 * good-1, good-2, good-3 in turn until it is told otherwise. Call before rig_start_devices(). */
void rig_make_portraits(struct rig *r);
/** rig_picture() - the camera's next picture is portrait @name ("blink"). */
bool rig_picture(struct rig *r, const char *name);

void rig_start_devices(struct rig *r);
/** rig_other_camera() - another body, of this serial number, at the first one's port: the first one's
 * card is gone with it until it comes back by its own number, empty. */
void rig_other_camera(struct rig *r, const char *serial);
#define RIG_SPARE_SERIAL "2000299" /* the spare's; the first body keeps the virtual camera's own */
void rig_start_kiosk(struct rig *r);
/** rig_try_kiosk() - start a second kiosk as rig_start_kiosk() does and wait for its end.
 * Return: exit status; its stderr into @said. */
int rig_try_kiosk(struct rig *r, char *said, size_t size);
/** rig_kill_kiosk() - SIGKILL to the kiosk (its workers see the socket end and leave). */
void rig_kill_kiosk(struct rig *r);
/** rig_stop() - end everything, politely. Return: the kiosk's exit status, -1 if it did not run. */
int rig_stop(struct rig *r);
/** rig_remove() - delete the folder, unless TAPSHOT_KEEP is set. */
void rig_remove(struct rig *r);

/** rig_ask() - one line to a control socket, one line back into @answer. Return: false when the
 * other side is gone or does not answer within 10 s. */
bool rig_ask(int sock, char *answer, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool rig_reader(struct rig *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool rig_lane(struct rig *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool rig_camera(struct rig *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool rig_spare(struct rig *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** rig_usb() - a control line to the @device-th of usb_devices. */
bool rig_usb(struct rig *r, int device, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/** rig_key() - true when the kiosk said ok. */
bool rig_key(struct rig *r, const char *name);
bool rig_type(struct rig *r, const char *text);
bool rig_screenshot(struct rig *r, const char *path);

/** rig_spawn() / rig_wait_ready() / rig_end() - a program of the rig; its first line with READY;
 * its end by @sig, by force after 15 s. Return: exit status. */
void rig_spawn(struct rig_process *p, char *const argv[]);
bool rig_wait_ready(struct rig_process *p, char *line, size_t size);
int rig_end(struct rig_process *p, int sig);
/** rig_usb_start() / rig_usb_stop() - the bus; rig_start_devices() and rig_stop() do it.
 * rig_usb_kind(): is such a device on the bus? */
void rig_usb_start(struct rig *r);
void rig_usb_stop(struct rig *r);
bool rig_usb_kind(const struct rig *r, const char *prefix);

/** rig_connect() - to the socket at @path, waiting for it up to 20 s. -1: nobody listens. */
int rig_connect(const char *path);

/** rig_state() - the kiosk's state as JSON; NULL when it is gone. json_decref() it. */
json_t *rig_state(struct rig *r);
/** rig_is() - is text field @field of the state @value right now? */
bool rig_is(struct rig *r, const char *field, const char *value);
/** rig_wait() - until text field @field is @value; false after @ms. */
bool rig_wait(struct rig *r, const char *field, const char *value, int ms);
/** rig_wait_free() - until state is idle and the camera and judge are ready. */
bool rig_wait_free(struct rig *r, int ms);

/** rig_events() - a second connection that has asked for `events`; close() it. -1: kiosk gone. */
int rig_events(struct rig *r);
/** rig_next_event() - the next event within @ms, NULL none or gone (*gone). json_decref() it. */
json_t *rig_next_event(int sock, int ms, bool *gone);

/** rig_worker_pid() - pid of the kiosk's worker of @kind ("camera" …), 0 none runs. */
pid_t rig_worker_pid(struct rig *r, const char *kind);

/** rig_shots() - `tapshot shots --json`, an array. json_decref() it. */
json_t *rig_shots(struct rig *r);

/** rig_poll_pause() - the pause between two looks at something that has no event (10 ms). */
void rig_poll_pause(void);
