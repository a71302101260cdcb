/*
 * LABELS.tsv: a head line with column names, tabs between. Needed: a column `file`; used when there:
 * `class` and `face labels` (or `labels`). A face label is "face0:eyes_closed+mouth_teeth"; words may
 * be separated by + , ; | or blanks. Unknown words are told about and otherwise left alone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "tools/accuracy/accuracy.h"

/* Part of a label or class, what may be said of such a picture, is it gross. First match wins. */
struct meaning {
	const char *word, *codes;
	bool gross;
};

static const struct meaning labels[] = {
	{ "eyes_closed", "eyes_closed|eyes_narrow", true },
	{ "eye_closed", "eyes_closed|eyes_narrow", true },
	{ "closed_eye", "eyes_closed|eyes_narrow", true },
	{ "one_eye", "eyes_closed|eyes_narrow", true },
	{ "wink", "eyes_closed|eyes_narrow", true },
	{ "blink", "eyes_closed|eyes_narrow", true },
	{ "narrow", "eyes_narrow|eyes_closed", false },
	{ "mouth_open", "mouth_open", false },
	{ "mouth_teeth", "mouth_open", false },
	{ "teeth", "mouth_open", false },
	{ "mouth_parted", "", false },
	{ "gaze_down", "", false },
	{ "gaze_up", "", false },
	{ "gaze", "gaze|turned", false },
	{ "sunglass", "tinted|eyes_closed|no_face", false },
	{ "tinted", "tinted|eyes_closed|no_face", false },
	{ "glare", "glare", false },
	{ "red_eye", "red_eye", false },
	{ "turned", "turned|no_face", false },
	{ "tilted", "tilted|no_face", false },
	{ "nod", "nodding", false },
	{ "blur", "blurred|moved|no_face", true },
	{ "half", "half_lit", false },
	{ "glasses", "", false },
	{ "ok", "", false },
	{ "good", "", false },
	{ "open", "", false },
};

static const struct meaning classes[] = {
	{ "no face", "no_face", true },
	{ "no_face", "no_face", true },
	{ "turned", "turned|tilted|nodding|eyes_closed|eyes_narrow|no_face|orientation", true },
	{ "tilted", "turned|tilted|nodding|eyes_closed|eyes_narrow|no_face|orientation", true },
	{ "blur", "blurred|moved|no_face|face_small", true },
	{ "rotat", "orientation|no_face|tilted", true },
	{ "sideways", "orientation|no_face|tilted", true },
	{ "two", "many_faces", true },
	{ "group", "many_faces", true },
	{ "several", "many_faces", true },
};

static const struct meaning *meaning_of(const struct meaning *list, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcasestr(text, list[i].word))
			return &list[i];
	return NULL;
}

static void add(struct photo *p, const char *word, const char *codes, bool gross)
{
	if (*codes && p->fault_count < PHOTO_FAULTS)
		p->faults[p->fault_count++] = (struct photo_fault){ word, codes, gross };
}

/* The code itself when @word is one. */
static const char *code_like(const char *word)
{
	for (int k = 0; k < CHECK_CODE_COUNT; k++)
		if (!strcmp(word, check_code_word((enum check_code)k)))
			return check_code_word((enum check_code)k);
	return NULL;
}

static void label(struct photo *p, const char *word)
{
	const struct meaning *m = meaning_of(labels, ARRAY_SIZE(labels), word);
	const char *code = code_like(word);

	if (m)
		add(p, m->word, m->codes, m->gross);
	else if (code)
		add(p, code, code, false);
	else
		printf("label not understood, left alone: %s (%s)\n", word, p->name);
}

static void face_labels(struct photo *p, char *text)
{
	char *save = NULL;

	for (char *w = strtok_r(text, "+,;| ", &save); w; w = strtok_r(NULL, "+,;| ", &save)) {
		char *colon = strchr(w, ':');

		if (strncmp(w, "face", 4) == 0 && colon && strncmp(w, "face0", 5) != 0)
			continue; /* of somebody else in the picture */
		if (colon)
			w = colon + 1;
		if (*w)
			label(p, w);
	}
}

/* What nobody classified, and covered faces, are only looked at. */
static void classify(struct photo *p)
{
	const char *code = code_like(p->class);
	const struct meaning *m;

	p->judged = strcasestr(p->class, "not classified") == NULL &&
		    strcasestr(p->class, "occluded") == NULL &&
		    strcasestr(p->class, "mask") == NULL;
	if (!p->judged || strcasestr(p->class, "frontal") || strcasestr(p->class, "single"))
		return;
	m = meaning_of(classes, ARRAY_SIZE(classes), p->class);
	if (!m)
		m = meaning_of(labels, ARRAY_SIZE(labels), p->class);
	if (m)
		add(p, m->word, m->codes, m->gross);
	else if (code)
		add(p, code, code, false);
	else if (*p->class && !strcasestr(p->class, "good"))
		p->judged = false;
}

struct columns {
	int file, class, labels;
};

static char *field(char *line, int n)
{
	while (n-- > 0 && line) {
		line = strchr(line, '\t');
		line += line != NULL;
	}
	return n < 0 && line ? strndup(line, strcspn(line, "\t\r\n")) : NULL;
}

static struct columns columns_of(char *head)
{
	struct columns c = { 0, -1, -1 };

	for (int i = 0; i < 32; i++) {
		SCOPED_FREE char *name = field(head, i);

		if (!name)
			break;
		if (!strcasecmp(name, "file") || !strcasecmp(name, "name"))
			c.file = i;
		if (!strcasecmp(name, "class"))
			c.class = i;
		if (strcasestr(name, "label"))
			c.labels = i;
	}
	return c;
}

static bool one_photo(const char *folder, char *line, const struct columns *c, struct photo *p)
{
	SCOPED_FREE char *file = field(line, c->file);
	SCOPED_FREE char *class = c->class < 0 ? NULL : field(line, c->class);
	SCOPED_FREE char *words = c->labels < 0 ? NULL : field(line, c->labels);

	memset(p, 0, sizeof(*p));
	if (!file || !*file || *file == '#')
		return false;
	snprintf(p->name, sizeof(p->name), "%s", file);
	snprintf(p->path, sizeof(p->path), "%s/%s", folder, file);
	snprintf(p->class, sizeof(p->class), "%s", class ? class : "");
	classify(p);
	if (words)
		face_labels(p, words);
	return access(p->path, R_OK) == 0;
}

int photos_load(const char *folder, struct photo **out)
{
	char path[512], line[4096];
	SCOPED_FILE FILE *f = NULL;
	struct columns c;
	int n = 0, room = 0;

	*out = NULL;
	snprintf(path, sizeof(path), "%s/LABELS.tsv", folder);
	f = fopen(path, "r");
	if (!f || !fgets(line, sizeof(line), f))
		return -ENOENT;
	c = columns_of(line);
	while (fgets(line, sizeof(line), f)) {
		if (n == room) {
			struct photo *more =
				reallocarray(*out, (size_t)(room += 256), sizeof(**out));

			if (!more)
				return -ENOMEM;
			*out = more;
		}
		n += one_photo(folder, line, &c, &(*out)[n]);
	}
	return n;
}
