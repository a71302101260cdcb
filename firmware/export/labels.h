/*
 * Address labels: one for every 函授站 (or class, or any column), with what is in the parcel, on
 * sheets of labels as PDF. The address comes from a table of addresses, else it is the job's own.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

#include "firmware/base/config.h"
#include "firmware/export/people.h"

/* config/export/NAME.labels. Millimetres. */
struct label_spec {
	char id[32];
	double paper_w_mm, paper_h_mm, label_w_mm, label_h_mm;
	double left_mm, top_mm; /* of the first label */
	double step_x_mm, step_y_mm; /* from one to the next */
	int columns, rows;
	bool frame; /* for plain paper: a thin line around each, to cut along */
};

/** label_load() - Return: 0; errno of open; -EINVAL with file and line. */
int label_load(const char *path, struct label_spec *out, struct config_error *err);
/** label_path() - as sheet_path(), NAME.labels. */
int label_path(const char *name, char *out, size_t size);

struct label {
	char to[256], address[512], contact[512]; /* contact: name and telephone */
	char content[256], from[512];
};

struct label_wish {
	const char *by; /* header, NULL: 函授站 */
	const char *only; /* this one alone, NULL: all */
	const char *
		addresses; /* table 函授站, 邮寄地址, 联系人, 联系方式; NULL: the job's own for all */
	int copies; /* prints a person; -1: as the job says */
};

/** labels_make() - sorted by name; people without anything there go to the school itself. free(*out).
 * Return: how many; -EINVAL with @why: no such column, the table of addresses is wrong or has no
 * address for one of them; -ENOMEM. */
int labels_make(sqlite3 *db, const struct people *p, const struct label_wish *w, struct label **out,
		char why[static 256]);

/** labels_pdf() - behind @fd; @first: position on the first sheet, 0…, the ones before are used up.
 * Return: pages, negative errno. */
int labels_pdf(const struct label_spec *s, const struct label *all, int count, int first, int fd);
