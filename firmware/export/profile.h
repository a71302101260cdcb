/*
 * An export profile, config/export/NAME.conf: which trees of pictures, which lists, which print
 * sheets, sealed or not. Several trees come from one decode of each original.
 *
 *   tree1.name = 照片/{拍摄序号:04d}.jpg      path template (template.h); `/` makes folders
 *   tree1.walk_in = 照片/现场补录/{身份证号}.jpg   instead, for people who are not of the roster: they
 *                                             have no class and no 学号
 *   tree1.preset = xinhua-960 | original      what the file is; original: byte-exact
 *   tree1.split = series                      none | series | station | class | job: a folder of its
 *                                             own; series: only where there are several; job: as
 *                                             the job's field `split` says
 *   list1.file = 名单.xlsx                    .xlsx, .csv (UTF-8 BOM), .gb.csv (GB18030), .dbf
 *   list1.rows = captured                     lists.h
 *   list1.columns = 拍摄序号, 学历层次, …      empty: the list's own
 *   seal = yes | no                           AES-256 ZIP parts by class (needs the job's passphrase)
 *   final = yes                               locks its people once verified
 *   originals = after | no                    originals as a last phase of their own
 *   manifest = yes | no                       manifest, signature, 核对单 and so on; no: sums alone
 *   archive = yes                             job.db and every attempt, for merge and errata
 *   sheet.…                                   print sheets (sheets.h)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "firmware/base/config.h"

enum { PROFILE_TREES_MAX = 4, PROFILE_LISTS_MAX = 16, PROFILE_TEXT_MAX = 256 };

enum profile_split { SPLIT_NONE, SPLIT_SERIES, SPLIT_STATION, SPLIT_CLASS, SPLIT_JOB };

enum profile_originals { ORIGINALS_NO, ORIGINALS_AFTER };

struct profile_tree {
	char name[PROFILE_TEXT_MAX], walk_in[PROFILE_TEXT_MAX], preset[32];
	int split; /* enum profile_split */
};

struct profile_list {
	char file[PROFILE_TEXT_MAX], rows[32], columns[PROFILE_TEXT_MAX * 2];
	int split;
};

struct profile {
	char id[32], title[PROFILE_TEXT_MAX];
	int version;
	char kind[8]; /* ENROL, GRAD, any: jobs it is for */
	struct profile_tree trees[PROFILE_TREES_MAX];
	struct profile_list lists[PROFILE_LISTS_MAX];
	int tree_count, list_count;
	bool seal, final, archive, manifest, single; /* single: 散拍, one person a package */
	int originals; /* enum profile_originals */
	char sheet[32]; /* print sheet description, config/export/NAME.sheet; "" none */
};

/** profile_load() - file @path. Return: 0; errno of open; -EINVAL with file and line in @err. */
int profile_load(const char *path, struct profile *out, struct config_error *err);
/** profile_path() - file of profile @name: TAPSHOT_EXPORT, config/export beside the build tree,
 * /usr/share/tapshot/export; a name with a slash is a path itself. Return: 0 or -ENOENT. */
int profile_path(const char *name, char *out, size_t size);
