/* A folder of finished pictures as a school hands it in, made from drawn people. */
#pragma once

#include "firmware/office/collect.h"
#include "tests/lib/bad_jpeg.h"

enum { COLLECTED_PEOPLE = 5 };

struct collected {
	char dir[64], folder[80], roster[80], old[80];
};

/** collected_init() - new folders below /tmp, a roster of @people with 拍摄序号 1…; aborts. */
void collected_init(struct collected *c, int people);
void collected_drop(struct collected *c);

/** collected_picture() - drawn person @which (0…4) as a finished chsi-480 picture, the same bytes each
 * time; with EXIF of today. free(out->data). */
void collected_picture(int which, struct bad_jpeg *out);
/** collected_exif() - a segment of EXIF behind the start: date "2026:03:01 10:00:00" and software,
 * "" none. */
void collected_exif(struct bad_jpeg *b, const char *taken, const char *software);
/** collected_put() - write @b to @folder/@name; folders in @name are made. */
void collected_put(const char *folder, const char *name, const struct bad_jpeg *b);
/** collected_put_person() - picture @which, with a comment that makes its bytes its own ("" none). */
void collected_put_person(const char *folder, const char *name, int which, const char *mark);

/** collected_run() - collect with chsi-480 into job J of @c's data; aborts when it cannot. */
struct collect *collected_run(const struct collected *c, struct collect_wish *w);

const struct collect_photo *collected_photo(const struct collect *r, const char *path);
bool collected_has(const struct collect *r, const char *path, enum collect_code code);
