/* A page of pixels as a JPEG for a photo lab. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** page_jpeg() - baseline JFIF of XRGB8888 pixels, sRGB, no colour halved, @dpi both ways; free(*out)
 * Return: 0, -ENOMEM. */
int page_jpeg(const uint32_t *px, int width_px, int height_px, int stride_bytes, int dpi,
	      void **out, size_t *bytes);
