/* The folder's files, and whose each is by its name: exactly, or nobody's. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/identity/identity.h"
#include "firmware/office/collect_inside.h"

enum { DEPTH_MAX = 16, STEM_BYTES = 256 };

/* --- the folder -------------------------------------------------------------------------------- */

struct listing {
	char **paths;
	int count, others;
};

/* What cameras, phones and scanners write: a photo, if perhaps not one we take. */
static bool is_picture_name(const char *name)
{
	static const char *const endings[] = { ".jpg",	".jpeg", ".jpe",  ".png",  ".bmp",  ".gif",
					       ".tif",	".tiff", ".heic", ".heif", ".webp", ".jfif",
					       ".avif", ".nef",	 ".cr2",  ".arw" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < ARRAY_SIZE(endings); i++)
		if (!strcasecmp(dot, endings[i]))
			return true;
	return false;
}

static bool is_jpeg_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcasecmp(dot, ".jpg") || !strcasecmp(dot, ".jpeg"));
}

static int keep_path(struct listing *l, const char *path)
{
	char **more = l->paths;

	if (l->count >= FILES_MAX)
		return -E2BIG;
	if (l->count % 256 == 0)
		more = realloc(l->paths, (size_t)(l->count + 256) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	l->paths = more;
	l->paths[l->count] = strdup(path);
	return l->paths[l->count++] ? 0 : -ENOMEM;
}

static int list_dir(struct listing *l, const char *path, int depth);

/* Hidden files are those of other systems' finders ("._0001.jpg"); links lead elsewhere. */
static int list_entry(struct listing *l, const char *dir, const char *name, int depth)
{
	char path[PATH_BYTES_MAX];
	struct stat st;

	if (name[0] == '.')
		return 0;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >= sizeof(path))
		return -ENAMETOOLONG;
	if (lstat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return list_dir(l, path, depth + 1);
	if (!S_ISREG(st.st_mode) || !is_picture_name(name)) {
		l->others += strcasecmp(name, "Thumbs.db") && strcasecmp(name, "desktop.ini");
		return 0;
	}
	return keep_path(l, path);
}

static int list_dir(struct listing *l, const char *path, int depth)
{
	DIR *d = depth < DEPTH_MAX ? opendir(path) : NULL;
	struct dirent *e;
	int rc = 0;

	if (!d)
		return depth < DEPTH_MAX ? -errno : -ELOOP;
	while (!rc && (e = readdir(d)))
		rc = list_entry(l, path, e->d_name, depth);
	closedir(d);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_listing(struct listing *l)
{
	for (int i = 0; i < l->count; i++)
		free(l->paths[i]);
	free(l->paths);
}

static int list_folder(struct collecting *g, const char *folder, struct listing *l)
{
	int rc = list_dir(l, folder, 0);

	if (rc == -E2BIG)
		return collect_fail(g, rc, "%.150s holds more than %d pictures", folder,
				    (int)FILES_MAX);
	if (rc < 0)
		return collect_fail(g, rc, "%.150s cannot be read: %s", folder, strerror(-rc));
	if (l->count)
		qsort(l->paths, (size_t)l->count, sizeof(*l->paths), by_name);
	return 0;
}

/* A name from another system's archive may be no UTF-8. */
static char *shown(const char *path)
{
	char *out = strdup(path);

	if (out && !text_valid(out, strlen(out)))
		for (char *p = out; *p; p++)
			*p = (char)((unsigned char)*p < 0x80 ? *p : '?');
	return out;
}

static int take_lists(struct collecting *g, struct listing *photos, struct listing *old)
{
	struct collect *c = g->c;
	size_t skip = strlen(g->w->folder) + 1;

	g->file_count = photos->count + old->count;
	g->files = calloc((size_t)g->file_count + 1, sizeof(*g->files));
	c->photos = calloc((size_t)photos->count + 1, sizeof(*c->photos));
	if (!g->files || !c->photos)
		return -ENOMEM;
	c->count = photos->count;
	c->admission = old->count;
	c->other_files = photos->others;
	for (int i = 0; i < g->file_count; i++) {
		char **from = i < c->count ? &photos->paths[i] : &old->paths[i - c->count];

		g->files[i].path = *from;
		*from = NULL;
		if (i < c->count && !(c->photos[i].path = shown(g->files[i].path + skip)))
			return -ENOMEM;
	}
	return 0;
}

int collect_folder(struct collecting *g)
{
	struct listing photos = { 0 }, old = { 0 };
	int rc = list_folder(g, g->w->folder, &photos);

	if (!rc && g->w->admission)
		rc = list_folder(g, g->w->admission, &old);
	if (!rc && !photos.count)
		rc = collect_fail(g, -ENOENT, "%.150s holds no pictures", g->w->folder);
	if (!rc)
		rc = take_lists(g, &photos, &old);
	free_listing(&photos);
	free_listing(&old);
	return rc;
}

/* --- whose ------------------------------------------------------------------------------------- */

struct claim { /* a file's name as a key */
	char key[STEM_BYTES], bare[STEM_BYTES]; /* bare: without leading zeros */
	int photo, person; /* index, -1 none */
};

struct key { /* a person's */
	char text[64], bare[64];
	int person;
};

struct matching {
	struct key *keys;
	int key_count;
	struct claim *claims;
	int *owner; /* photo of each person, -1 none, -2 several */
};

static void strip_zeros(const char *text, char *out, size_t size)
{
	text_copy(out, size, text + strspn(text, "0"));
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct key *)a)->text, ((const struct key *)b)->text);
}

static void add_key(struct matching *m, int person, const char *text)
{
	struct key *k = &m->keys[m->key_count];

	if (!text[0])
		return;
	text_copy(k->text, sizeof(k->text), text);
	strip_zeros(text, k->bare, sizeof(k->bare));
	k->person = person;
	m->key_count++;
}

static int read_keys(struct collecting *g, struct matching *m)
{
	struct collect *c = g->c;

	for (int i = 0; i < c->person_count; i++) {
		char number[64] = "";

		if (g->w->key == COLLECT_SEQ) {
			text_copy(number, sizeof(number), c->people[i].number);
		} else if (g->w->key == COLLECT_STUDENT_NO) {
			text_copy(number, sizeof(number), c->people[i].student_no);
		} else {
			SCOPED_STMT sqlite3_stmt *st =
				sql_prepare(g->job.db, "SELECT id_no FROM person WHERE id = ?", "i",
					    c->people[i].id);
			char canonical[IDENTITY_MAX];

			if (!st || sqlite3_step(st) != SQLITE_ROW)
				return -EIO;
			identity_canonical(sql_text(st, 0), canonical);
			text_copy(number, sizeof(number), canonical);
		}
		add_key(m, i, number);
	}
	qsort(m->keys, (size_t)m->key_count, sizeof(*m->keys), by_key);
	return 0;
}

static const struct key *find_key(const struct matching *m, const char *text, int *people)
{
	const struct key *first;
	struct key want;

	*people = 0;
	if (strlen(text) >= sizeof(want.text) || !m->key_count)
		return NULL;
	strcpy(want.text, text);
	first = bsearch(&want, m->keys, (size_t)m->key_count, sizeof(*m->keys), by_key);
	if (!first)
		return NULL;
	while (first > m->keys && !strcmp(first[-1].text, text))
		first--;
	for (const struct key *k = first; k < m->keys + m->key_count && !strcmp(k->text, text); k++)
		++*people;
	return first;
}

/* The roster has this number in another width. */
static const struct key *find_bare(const struct matching *m, const char *bare)
{
	for (int i = 0; i < m->key_count && bare[0]; i++)
		if (!strcmp(m->keys[i].bare, bare))
			return &m->keys[i];
	return NULL;
}

static void stem_of(const char *path, char out[static STEM_BYTES])
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	snprintf(out, STEM_BYTES, "%.*s", dot ? (int)(dot - name) : (int)strlen(name), name);
}

static bool plain(const char *stem)
{
	for (const char *p = stem; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-()", *p))
			return false;
	return *stem;
}

static bool all_digits(const char *stem)
{
	return stem[strspn(stem, "0123456789")] == '\0' && *stem;
}

static bool looks_like_key(enum collect_key key, const char *stem)
{
	/* 0001 (1) and 0001-1 are copies and attempts, no numbers */
	return key == COLLECT_SEQ ? all_digits(stem) : plain(stem) && isalnum((unsigned char)*stem);
}

static void match_one(struct collecting *g, struct matching *m, int i)
{
	struct claim *claim = &m->claims[i];
	const struct key *k;
	char stem[STEM_BYTES], canonical[IDENTITY_MAX];
	int people;

	claim->photo = i;
	claim->person = -1;
	stem_of(g->files[i].path, stem);
	if (!looks_like_key(g->w->key, stem)) {
		collect_find(g, i, COLLECT_NAME, "%s", "");
		return;
	}
	if (g->w->key == COLLECT_ID_NO) {
		identity_canonical(stem, canonical);
		text_copy(stem, sizeof(stem), canonical);
	}
	text_copy(claim->key, sizeof(claim->key), stem);
	strip_zeros(stem, claim->bare, sizeof(claim->bare));
	k = find_key(m, stem, &people);
	if (people == 1)
		claim->person = k->person;
	else if (people > 1)
		collect_find(g, i, COLLECT_MANY, "%d", people);
	else if ((k = find_bare(m, claim->bare)))
		collect_find(g, i, COLLECT_WIDTH, "%s", g->w->key == COLLECT_ID_NO ? "" : k->text);
	else
		collect_find(g, i, COLLECT_NOBODY, "%s", "");
}

/* Of several files for one person none is the right one by guess; 1.jpg beside 0001.jpg is such. */
static void match_people(struct collecting *g, struct matching *m)
{
	struct collect *c = g->c;
	int count = c->count;

	for (int i = 0; i < count; i++) {
		const struct key *k = find_bare(m, m->claims[i].bare);
		int p = m->claims[i].person >= 0 ? m->claims[i].person : k ? k->person : -1;

		if (p >= 0)
			m->owner[p] = m->owner[p] == -1 ? i : -2;
	}
	for (int i = 0; i < count; i++) {
		int p = m->claims[i].person;

		if (p < 0)
			continue;
		c->photos[i].person = &c->people[p];
		if (m->owner[p] == -2)
			collect_find(g, i, COLLECT_TWICE, "%s", "");
	}
}

int collect_match(struct collecting *g)
{
	struct collect *c = g->c;
	SCOPED_FREE struct key *keys = calloc((size_t)c->person_count + 1, sizeof(*keys));
	SCOPED_FREE struct claim *claims = calloc((size_t)c->count + 1, sizeof(*claims));
	SCOPED_FREE int *owner = malloc(((size_t)c->person_count + 1) * sizeof(*owner));
	SCOPED_FREE bool *has = calloc((size_t)c->person_count + 1, sizeof(*has));
	struct matching m = { .keys = keys, .claims = claims, .owner = owner };
	int rc;

	if (!keys || !claims || !owner || !has)
		return -ENOMEM;
	for (int i = 0; i < c->person_count; i++)
		owner[i] = -1;
	rc = read_keys(g, &m);
	if (rc < 0)
		return collect_fail(g, rc, "the people's numbers cannot be read");
	if (!m.key_count)
		return collect_fail(g, -EINVAL,
				    "nobody on the roster has the number the files are named by; "
				    "--by 学号 or --by 身份证号 names another one");
	for (int i = 0; i < c->count; i++) {
		match_one(g, &m, i);
		if (!is_jpeg_name(c->photos[i].path))
			collect_find(g, i, COLLECT_TYPE, "%s", strrchr(c->photos[i].path, '.') + 1);
	}
	match_people(g, &m);
	for (int i = 0; i < c->count; i++)
		if (claims[i].person >= 0)
			has[claims[i].person] = true;
	for (int i = 0; i < c->person_count; i++)
		if (!has[i] &&
		    !sql_int(
			    g->job.db, 0,
			    "SELECT 1 FROM shot WHERE person = ?1 AND state = 'accepted' UNION ALL "
			    "SELECT 1 FROM person WHERE id = ?1 AND premarked LIMIT 1",
			    "i", c->people[i].id))
			c->missing[c->missing_count++] = &c->people[i];
	return 0;
}
