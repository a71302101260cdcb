/* Pictures: the files they come from, and what the body has made of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "tools/virtual/camera/vcam.h"

/* Bytes of one JPEG file from outside, loaded once, shared by the objects made from it. */
struct source {
	char path[256];
	uint8_t *data;
	size_t bytes;
	int width_px, height_px;
	uint8_t *live; /* scaled for live view; NULL until first needed */
	size_t live_bytes;
	struct source *next;
};

/* A file on the card: @head (SOI and our own segments) followed by the source without its SOI. */
struct object {
	uint32_t handle;
	uint16_t format;
	char name[16];
	int folder;
	time_t taken;
	uint8_t *head;
	size_t head_bytes, bytes;
	long announce; /* its data set says so many bytes more */
	bool corrupt, bomb;
	const struct source *src;
};

/* picture.c */
const struct source *source_load(struct vcam *v, const char *path);
const struct source *source_plain(struct vcam *v);
int source_folder(struct vcam *v, const char *dir, const struct source **out, int max);
/** source_live() - the scaled frame of @s; NULL when it cannot be decoded. */
const uint8_t *source_live(const struct source *s, size_t *bytes);

/* head.c */
/** object_head() - SOI + EXIF + COM that make shot @counter unique; @pad_bytes more in APP15. */
uint8_t *object_head(struct vcam *v, unsigned int counter, time_t taken, size_t pad_bytes,
		     size_t *bytes);

/* card.c */
struct object *card_find(struct vcam *v, uint32_t handle);
/** card_add() - a new file from @src; NULL without memory. */
struct object *card_add(struct vcam *v, const struct source *src, bool raw);
/** ram_add() - the same, in the body's memory, @handle 0: the next one. */
struct object *ram_add(struct vcam *v, const struct source *src, bool raw, uint32_t handle);
void ram_drop(struct vcam *v, uint32_t handle);
int card_remove(struct vcam *v, uint32_t handle);
void object_read(const struct object *o, size_t offset, uint8_t *out, size_t bytes);
void card_clear(struct vcam *v);
