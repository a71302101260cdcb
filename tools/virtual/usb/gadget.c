#include "tools/virtual/usb/gadget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "tools/virtual/camera/ptpusb.h"
#include "tools/virtual/reader/control.h"
#include "tools/virtual/usb/usb_reader.h"

enum { WORDS_MAX = 1024 };

struct gadget {
	char words[WORDS_MAX]; /* the values below point in here */
	const char *control, *port, *redir, *deck, *mode, *timing, *serial;
	bool absent;
	struct vusb *bus;
	/* one of the two */
	struct usb_reader_options reader_options;
	struct usb_reader *reader;
	struct vcontrol vocabulary;
	struct vcam_options camera_options;
	struct vcam *camera;
	struct ptpusb *cable;
};

static const struct {
	const char *name;
	enum usb_reader_kind reader;
	const char *body; /* then it is no reader */
} kinds[] = {
	{ "reader-split", USB_READER_SPLIT, NULL },
	{ "reader-single", USB_READER_SINGLE, NULL },
	{ "reader-synjones", USB_READER_SYNJONES, NULL },
	{ "reader-derk", USB_READER_DERK, NULL },
	{ "reader-miaxis", USB_READER_MIAXIS, NULL },
	{ "dfu", USB_READER_DFU, NULL },
	{ "foreign", USB_READER_FOREIGN, NULL },
	{ "camera-nikon", 0, "nikon" },
	{ "camera-canon", 0, "canon" },
	{ "camera-ptp", 0, "ptp" },
	{ "phone", 0, "phone" },
};

const char *gadget_kinds(void)
{
	static char all[256];

	all[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		strcat(all, i ? " " : "");
		strcat(all, kinds[i].name);
	}
	return all;
}

static bool set_pairs(struct gadget *g, const char *value)
{
	static const char *const names[] = { "split", "first", "second" };

	for (int i = 0; i < 3; i++)
		if (!strcmp(names[i], value)) {
			g->reader_options.pairs = (enum usb_reader_pairs)i;
			return true;
		}
	return false;
}

/* Keys without an '=' have the value "". */
static bool set_key(struct gadget *g, const char *key, const char *value)
{
	const struct {
		const char *key, **value;
	} texts[] = {
		{ "control", &g->control },
		{ "port", &g->port },
		{ "redir", &g->redir },
		{ "deck", &g->deck },
		{ "mode", &g->mode },
		{ "timing", &g->timing },
		{ "serial", &g->serial },
		{ "portraits", &g->camera_options.portraits },
		{ "live", &g->camera_options.live },
		{ "model", &g->camera_options.model },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(texts[i].key, key)) {
			*texts[i].value = value;
			return *value;
		}
	if (!strcmp(key, "packet"))
		g->reader_options.packet_bytes = (uint16_t)atoi(value);
	else if (!strcmp(key, "vid"))
		g->reader_options.vid = (uint16_t)strtoul(value, NULL, 16);
	else if (!strcmp(key, "pid"))
		g->reader_options.pid = (uint16_t)strtoul(value, NULL, 16);
	else if (!strcmp(key, "absent"))
		g->absent = true;
	else if (!strcmp(key, "interrupt"))
		g->reader_options.interrupt = true;
	else if (!strcmp(key, "high-speed"))
		g->reader_options.high_speed = true;
	else if (!strcmp(key, "pairs"))
		return set_pairs(g, value);
	else
		return false;
	return true;
}

static bool set_kind(struct gadget *g, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name)) {
			g->reader_options.kind = kinds[i].reader;
			g->camera_options.body = kinds[i].body;
			return true;
		}
	return false;
}

static bool parse(struct gadget *g, const char *words, char *wrong, size_t size)
{
	char *at, *save = NULL;

	snprintf(g->words, sizeof(g->words), "%s", words);
	at = strtok_r(g->words, ",", &save);
	if (!at || !set_kind(g, at)) {
		snprintf(wrong, size, "unknown kind of device: %.100s", at ? at : "");
		return false;
	}
	while ((at = strtok_r(NULL, ",", &save))) {
		char *value = strchr(at, '=');

		if (value)
			*value++ = '\0';
		if (!set_key(g, at, value ? value : "")) {
			snprintf(wrong, size, "not understood: %.100s", at);
			return false;
		}
	}
	return true;
}

/* Keys that are control lines too. */
static bool first_lines(struct gadget *g, char *wrong, size_t size)
{
	const struct {
		const char *command, *value;
	} lines[] = { { "deck", g->deck }, { "mode", g->mode }, { "timing", g->timing } };
	char line[WORDS_MAX + 16];

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (!lines[i].value)
			continue;
		snprintf(line, sizeof(line), "%s %s", lines[i].command, lines[i].value);
		gadget_line(g, 0, line, wrong, size);
		if (strncmp(wrong, "ok", 2))
			return false;
	}
	return true;
}

static bool make_reader(struct gadget *g)
{
	g->reader_options.serial = g->serial;
	g->reader = usb_reader_new(&g->reader_options);
	if (!g->reader)
		return false;
	g->vocabulary.reader = usb_reader_module(g->reader);
	g->bus = usb_reader_bus(g->reader);
	return true;
}

static bool make_camera(struct gadget *g)
{
	g->camera_options.serial = g->serial;
	g->camera = vcam_new(&g->camera_options);
	g->cable = g->camera ? ptpusb_new(g->camera) : NULL;
	g->bus = g->cable ? vusb_new(ptpusb_model(g->cable)) : NULL;
	if (!g->bus)
		return false;
	ptpusb_attach(g->cable, g->bus);
	return true;
}

struct gadget *gadget_new(const char *words, char *wrong, size_t size)
{
	struct gadget *g = calloc(1, sizeof(*g));

	snprintf(wrong, size, "no memory");
	if (g && parse(g, words, wrong, size) &&
	    (g->camera_options.body ? make_camera(g) : make_reader(g)) &&
	    first_lines(g, wrong, size))
		return g;
	gadget_free(g);
	return NULL;
}

void gadget_free(struct gadget *g)
{
	if (!g)
		return;
	if (g->camera_options.body)
		vusb_free(g->bus); /* a reader frees its own */
	ptpusb_free(g->cable);
	vcam_free(g->camera);
	usb_reader_free(g->reader);
	free(g);
}

struct vusb *gadget_bus(struct gadget *g)
{
	return g->bus;
}

const char *gadget_control(const struct gadget *g)
{
	return g->control;
}

const char *gadget_port(const struct gadget *g)
{
	return g->port;
}

const char *gadget_redir(const struct gadget *g)
{
	return g->redir;
}

bool gadget_absent(const struct gadget *g)
{
	return g->absent;
}

/* "stat" asks both: the bus's counters, then the device's. */
static bool is_stat(const char *line)
{
	return !strncmp(line, "stat", 4) && line[strspn(line + 4, " \t\r") + 4] == '\0';
}

static bool own_line(struct gadget *g, int64_t now_ms, const char *line, char *out, size_t size)
{
	if (g->reader)
		return vcontrol_line(&g->vocabulary, now_ms, line, out, size);
	vcam_control(g->camera, line, out, size);
	return true;
}

bool gadget_line(struct gadget *g, int64_t now_ms, const char *line, char *out, size_t size)
{
	char own[4096];
	size_t n;

	if (!vusb_control_line(g->bus, line, out, size))
		return own_line(g, now_ms, line, out, size);
	if (is_stat(line)) {
		n = strlen(out);
		own_line(g, now_ms, line, own, sizeof(own));
		snprintf(out + n, size - n, "%s", own + 2);
	}
	return true;
}

bool gadget_later(struct gadget *g, int64_t now_ms, char *out, size_t size)
{
	return g->reader && vcontrol_tick(&g->vocabulary, now_ms, out, size);
}

bool gadget_waits(const struct gadget *g)
{
	return g->vocabulary.tapping;
}
