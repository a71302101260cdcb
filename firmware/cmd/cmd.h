/* Commands of `tapshot`. One file per command; the table is in firmware/main.c. */
#pragma once

#include <stddef.h>

/* Exit status: 0 done, 1 the answer is no (check failed, rows refused), 2 could not be done,
 * 64 wrong usage. */
enum { EXIT_NO = 1, EXIT_CANNOT = 2, EXIT_USAGE = 64 };

/* Options every command knows; cmd_common() takes them out of argv. */
struct cmd_common {
	const char *data; /* --data DIR; default: config's `data`, TAPSHOT_DATA, /var/lib/tapshot */
	const char *config; /* --config FILE; NULL none */
	const char *job; /* --job JOB; NULL: the only one */
	int data_given; /* --data stood on the command line */
	int json; /* --json */
	int help; /* -h, --help */
};

/** cmd_common() - parse and remove the common options wherever they stand.
 * Return: the new argc, or -1 after printing what is wrong. */
int cmd_common(int argc, char **argv, struct cmd_common *c);

/** cmd_pick_job() - @c->job or the only job under @c->data; prints why not.
 * Return: 0 or -1. @out at least 64 bytes. */
int cmd_pick_job(const struct cmd_common *c, char out[static 64]);

/** cmd_job_settings() - path of the job's own settings, "" without --job; the file need not exist.
 * Return: 0, or -1 after saying that there is no such job. */
int cmd_job_settings(const struct cmd_common *c, char *out, size_t size);

/** cmd_bring_in() - archive packages into @job, made when absent: what is in already stays.
 * Return: 0, or EXIT_CANNOT after saying why. */
int cmd_bring_in(const char *data, const char *job, const char *const *from, int count);

int cmd_kiosk(int argc, char **argv);
int cmd_roster(int argc, char **argv);
int cmd_pin(int argc, char **argv);
int cmd_shots(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_cut(int argc, char **argv);
int cmd_job(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_print(int argc, char **argv);
int cmd_reader(int argc, char **argv);
int cmd_camera(int argc, char **argv);
int cmd_disk(int argc, char **argv);
int cmd_screens(int argc, char **argv);
int cmd_worker(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_key(int argc, char **argv);

/* `tapshot job passphrase`, of cmd_job(). */
int cmd_job_passphrase(const struct cmd_common *c);
int cmd_merge(int argc, char **argv);
int cmd_erase(int argc, char **argv);
int cmd_errata(int argc, char **argv);
int cmd_collect(int argc, char **argv);
/** cmd_job_block() - `tapshot job block`, from argv[0] = "block" on. */
int cmd_job_block(int argc, char **argv, struct cmd_common *c);
/** cmd_package_passphrase() - of sealed archives: the first line of @file, else what @job has, else "".
 * Return: 0, or -1 after saying why. @out: SEAL_PASSPHRASE_MAX + 1 bytes; wipe it. */
int cmd_package_passphrase(const struct cmd_common *c, const char *job, const char *file, char *out);
