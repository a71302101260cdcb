/* Live-view frames on their way to the kiosk: decoded here, shared as sealed memfds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** frame_wanted() - has the kiosk taken what was sent on @sock? Otherwise the next one is left out. */
bool frame_wanted(int sock);
/** frame_send() - one JPEG as CAMERA_FRAME; dropped when it is damaged or larger than
 * CAMERA_FRAME_PIXELS_MAX. */
void frame_send(int sock, const uint8_t *jpeg, size_t bytes);
