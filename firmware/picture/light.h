/* Inside of the room: from a camera's bytes to linear light with sRGB primaries. */
#pragma once

#include "firmware/base/jpeg.h"
#include "firmware/picture/linear.h"

/** light_table() - 256 values, byte to light of that colour space. */
const uint16_t *light_table(enum jpeg_colour colour);

/** light_to_srgb() - primaries of @count pixels; what lies outside sRGB is clipped. */
void light_to_srgb(enum jpeg_colour colour, uint16_t *px, size_t count);
