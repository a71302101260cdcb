/*
 * A job as it stands after a day of shooting, made in seconds: invented people, and for those who
 * came visits, pictures and the ledger as the kiosk writes them. Nothing is synced: for tests only.
 * The same seed gives the same people whichever kiosk is asked for, so that several kiosks share a
 * roster.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct school_wish {
	const char *job, *kiosk; /* NULL: "TEST", "K1" */
	const char *series; /* of the shooting numbers; NULL: "1" */
	const char *preset; /* the kiosk's; NULL: "chsi-480" */
	int people; /* on the roster */
	int person_from, person_to; /* who comes to this kiosk (1…); 0, 0: everybody */
	int first, last; /* the kiosk's block; 0: from 1; 0: as many as come */
	uint64_t seed;
	bool roster_numbers; /* person i has number i by the roster (origin 'roster') */
	int pictures,
		width_px; /* distinct ones, 1…10; their width, height is 3/2 of it; 0: 3, 1080 */
	/* Every n-th person …; 0: as written here, -1: nobody. */
	int missing_every; /* does not come: 25 */
	int attempts_every; /* needs one to three more shots: 8 */
	int void_every; /* sat down with another's card, then comes again: 97 */
	int again_every; /* comes a second time, the new picture supersedes: 61 */
	int anyway_every; /* is accepted although the check says no: 83 */
	int typed_every; /* types the number: 47 */
	int walk_in_every; /* brings somebody who is not on the roster: 211 */
};

/** school_make() - Return: 0; -EEXIST the job has people already; negative errno. */
int school_make(const char *data_dir, const struct school_wish *w);

struct school_person {
	char name[128], sex[8], student_no[24], id_no[24], doc_type[16], exam_no[24], level[24];
	char category[24], class_name[48], station[48], branch[48], major[48], major_code[16];
	char grade[8], birth[16], paid[8]; /* paid: "yes", "no", "" */
};

/** school_person() - person @i (1…49999) of the school @seed. */
void school_person(uint64_t seed, int i, struct school_person *out);
/** school_roster() - people @from…@to as CSV (UTF-8 with BOM), the nine columns of the notice and
 * more; 拍摄序号 is the person's i when @numbers. Return: 0 or negative errno. */
int school_roster(const char *path, uint64_t seed, int from, int to, bool numbers);
/** school_picture() - a drawn person @which (0…9; 10…13: closed eyes, turned, tilted, dark) as JPEG
 * with @mark in a comment, so that no two files are the same. free(*out). Return: bytes, 0. */
size_t school_picture(int which, int width_px, int quality, const char *mark, uint8_t **out);
