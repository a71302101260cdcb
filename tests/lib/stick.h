/* A stick as an image: formatted, mounted by exfat-fuse on a loop device, pulled, repaired. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stick {
	char dir[64]; /* of this stick */
	char image[96], at[96], device[32]; /* at: mount point */
	bool mounted;
};

/* How a stick behaves while mounted; see tests/preload/pulled.c. */
struct stick_fault {
	int64_t pull_after; /* bytes, -1 never */
	bool answers_errors; /* else the file system's program dies */
	bool at_once; /* every write reaches the device in its turn, else flushes do */
	int64_t fake_from; /* -1 none */
	unsigned int seed;
};

/** stick_why_not() - NULL, or why no stick can be mounted on this machine. */
const char *stick_why_not(void);
/** stick_make() - a new exFAT one. Return: 0 or -1. */
int stick_make(struct stick *s, int megabytes);
/** stick_mount() - @fault NULL: a good one. Return: 0 or -1. */
int stick_mount(struct stick *s, const struct stick_fault *fault);
/** stick_unmount() - or what is left after a pull: force. */
void stick_unmount(struct stick *s);
/** stick_repair() - as a person would on a PC. Return: the repairer's exit status. */
int stick_repair(struct stick *s);
void stick_drop(struct stick *s);

/** stick_sh() - a shell command. Return: exit status, -1 not run. */
int stick_sh(const char *fmt, ...);
