/* kiosk.conf: every key, its range and its default (config/kiosk.conf shows them all). */
#pragma once

#include <stdbool.h>

#include "firmware/base/config.h"
#include "firmware/kiosk/keymap.h"

struct kiosk_config {
	char data[256], job[64];
	char kiosk_id[16], school[96];
	char reader_port[128], lane_port[128]; /* "" none; "serial:PATH", "usb", "usb:1-1.2" */
	char camera_port[128]; /* "" none; "ptpip:HOST:PORT:PORT"; "usb:" */
	char camera_spare
		[128]; /* a port as above; "none"; "auto": with "usb:" a second body there */
	int camera_target; /* 0 card, 1 the body's memory: no second copy */
	int camera_shot_deadline_ms, camera_battery_min_pct;
	int display_driver; /* index into kiosk_display_drivers */
	int display_width_px, display_height_px;
	int display_layout; /* enum ui_layout */
	bool display_sound;
	int language; /* enum lang of the student's view */
	char preset[256], landmarks[256]; /* files; "" = the shipped ones */
	int framing_limit_s, found_ms, accept_after_ms;
	bool framing_hints, framing_flash;
	int store_reserve_mb;
	int number_first, number_last; /* 0: as stored with the job */
	char keys[KEY_ACTION_COUNT][24];
};

extern const char *const kiosk_display_drivers[];

/** kiosk_config_load() - defaults, then @path (NULL: defaults only). Return: as config_load(). */
int kiosk_config_load(const char *path, struct kiosk_config *out, struct config_error *err);
