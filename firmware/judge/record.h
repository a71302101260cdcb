/*
 * What is kept of a verdict with every picture: raw values, the limits they were held against, which
 * engine and model saw the face, where the finished picture is. Thresholds can be fitted again from
 * it, and whoever was refused can be answered. Keys: firmware/check/README.md.
 */
#pragma once

#include "firmware/base/hash.h"
#include "firmware/judge/judge.h"

struct record_by { /* who judged */
	const struct preset *preset; /* with the job's settings */
	const char *engine, *model; /* of the faces: version; SHA-256 of the 68-point file */
	const char
		*finished; /* id of the preset whose finished picture the file itself is, delivered
				 byte for byte; NULL: the file is an original to be cut */
};

/** record_json() - free() it. Return: NULL without memory. */
char *record_json(const struct record_by *by, const struct check_result *r);

/** record_model() - SHA-256 of the file of weights at @path, "" when it cannot be read. 100 MB:
 * about 0.1 s. */
void record_model(const char *path, char out[static SHA256_HEX]);
