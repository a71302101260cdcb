#include "tools/virtual/reader/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"

static const struct {
	const char *name;
	enum vreader_fault fault;
	int value; /* -1: the command names it, 16: in hex, 10: in decimal */
} faults[] = {
	{ "garble", VFAULT_GARBLE, 0 },	      { "short", VFAULT_SHORT, 0 },
	{ "late", VFAULT_LATE, 10 },	      { "stale", VFAULT_STALE, 0 },
	{ "status", VFAULT_STATUS, 16 },      { "silent", VFAULT_SILENT, 0 },
	{ "pull", VFAULT_PULL, 0 },	      { "split", VFAULT_SPLIT, 0 },
	{ "junk", VFAULT_JUNK, 0 },	      { "withhold", VFAULT_WITHHOLD, 0 },
	{ "badlength", VFAULT_BADLENGTH, 0 },
};

/* A card in words, or "FILE": its first line is one. */
static const char *card_of(const char *rest, struct vcard *out)
{
	SCOPED_FILE FILE *f = NULL;
	char line[1024];

	if (strchr(rest, '='))
		return vcard_parse(rest, out);
	f = fopen(rest, "re");
	if (!f)
		return "no such file, and no fields either";
	return fgets(line, sizeof(line), f) ? vcard_parse(line, out) : "the file is empty";
}

static const char *load_deck(struct vcontrol *c, const char *path)
{
	SCOPED_FILE FILE *f = fopen(path, "re");
	char line[1024];

	if (!f)
		return "no such file";
	c->deck_count = c->deck_next = 0;
	while (c->deck_count < VDECK_MAX && fgets(line, sizeof(line), f)) {
		const char *wrong;

		if (line[0] == '#' || line[strspn(line, " \t\r\n")] == '\0')
			continue;
		wrong = vcard_parse(line, &c->deck[c->deck_count]);
		if (wrong)
			return wrong;
		c->deck_count++;
	}
	return NULL;
}

static const char *next_card(struct vcontrol *c)
{
	if (!c->deck_count)
		return "no deck";
	vreader_place(c->reader, &c->deck[c->deck_next]);
	c->deck_next = (c->deck_next + 1) % c->deck_count;
	return NULL;
}

static const char *set_fault(struct vcontrol *c, const char *rest)
{
	char name[16] = "", first[16] = "", second[16] = "";

	sscanf(rest, "%15s %15s %15s", name, first, second);
	if (!strcmp(name, "none")) {
		vreader_aim(c->reader, 0);
		for (int i = 0; i < VFAULT_COUNT; i++)
			vreader_fault(c->reader, (enum vreader_fault)i, 0, 0);
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		const char *times = faults[i].value ? second : first;

		if (strcmp(faults[i].name, name))
			continue;
		if (faults[i].value && !first[0])
			return "this fault needs a value";
		vreader_fault(c->reader, faults[i].fault,
			      faults[i].value ? (int)strtol(first, NULL, faults[i].value) : 0,
			      times[0] ? atoi(times) : 1);
		return NULL;
	}
	return "unknown fault";
}

static const char *set_switch(struct vcontrol *c, const char *command, const char *rest)
{
	static const struct {
		const char *command, *on, *off;
		void (*set)(struct vreader *v, bool on);
	} switches[] = {
		{ "mode", "latch", "continuous", vreader_latch },
		{ "appended", "on", "off", vreader_appended },
		{ "timing", "real", "none", vreader_delays },
	};

	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		if (strcmp(switches[i].command, command))
			continue;
		if (strcmp(rest, switches[i].on) && strcmp(rest, switches[i].off))
			return "unknown value";
		switches[i].set(c->reader, !strcmp(rest, switches[i].on));
		return NULL;
	}
	return "unknown command";
}

static const char *lay(struct vcontrol *c, const char *rest)
{
	struct vcard card;
	const char *wrong = card_of(rest, &card);

	if (!wrong)
		vreader_place(c->reader, &card);
	return wrong;
}

static const char *obey(struct vcontrol *c, const char *command, const char *rest)
{
	if (!strcmp(command, "card"))
		return lay(c, rest);
	if (!strcmp(command, "deck"))
		return load_deck(c, rest);
	if (!strcmp(command, "next"))
		return next_card(c);
	if (!strcmp(command, "fault"))
		return set_fault(c, rest);
	if (!strcmp(command, "aim")) {
		vreader_aim(c->reader, (unsigned int)strtoul(rest, NULL, 16));
		return NULL;
	}
	if (!strcmp(command, "remove")) {
		vreader_remove(c->reader);
		return NULL;
	}
	if (!strcmp(command, "plug") || !strcmp(command, "unplug")) {
		c->plugged = command[0] == 'p';
		return NULL;
	}
	return set_switch(c, command, rest);
}

static void say_stat(const struct vcontrol *c, char *reply, size_t size)
{
	const struct vreader_stat *s = vreader_stat(c->reader);

	snprintf(reply, size,
		 "ok reset=%u state=%u id=%u find=%u select=%u read=%u fingerprint=%u "
		 "appended=%u unknown=%u damaged=%u",
		 s->reset, s->state, s->id, s->find, s->select, s->read, s->fingerprint,
		 s->appended, s->unknown, s->damaged);
}

bool vcontrol_line(struct vcontrol *c, int64_t now_ms, const char *line, char *reply, size_t size)
{
	char command[16] = "";
	const char *rest, *wrong;
	int used = 0;

	sscanf(line, "%15s%n", command, &used);
	rest = line + used + strspn(line + used, " \t");
	if (!strcmp(command, "stat")) {
		say_stat(c, reply, size);
		return true;
	}
	if (!strcmp(command, "tap")) { /* without fields: the next of the deck */
		wrong = *rest ? lay(c, rest) : next_card(c);
		c->tapping = !wrong;
		c->tap_until_ms = now_ms + VCONTROL_TAP_MS;
	} else {
		wrong = obey(c, command, rest);
	}
	snprintf(reply, size, wrong ? "error %s" : "ok", wrong);
	return !c->tapping || strcmp(command, "tap") != 0;
}

bool vcontrol_tick(struct vcontrol *c, int64_t now_ms, char *reply, size_t size)
{
	bool read = vreader_was_read(c->reader) && vreader_due(c->reader) < 0;

	if (!c->tapping || (!read && now_ms < c->tap_until_ms))
		return false;
	c->tapping = false;
	vreader_remove(c->reader);
	snprintf(reply, size, read ? "ok" : "error nobody read the card");
	return true;
}
