#include "firmware/kiosk/kiosk_config.h"

#include <stddef.h>

#include "firmware/base/cleanup.h"

const char *const kiosk_display_drivers[] = { "offscreen", "window", NULL };
static const char *const layouts[] = { "split", "student", "operator", "two", NULL };
static const char *const targets[] = { "card", "memory", NULL };
static const char *const languages[] = { "zh", "en", NULL };

/* clang-format off */
#define AT(field)            offsetof(struct kiosk_config, field)
#define STRING(name, field, fallback)                                                               \
	{ name, CONFIG_STRING, AT(field), sizeof(((struct kiosk_config *)0)->field), 0, 0, NULL,     \
	  fallback }
#define INT(name, field, low, high, fallback)                                                       \
	{ name, CONFIG_INT, AT(field), 0, low, high, NULL, fallback }
#define BOOL(name, field, fallback)            { name, CONFIG_BOOL, AT(field), 0, 0, 0, NULL, fallback }
#define CHOICE(name, field, choices, fallback) { name, CONFIG_CHOICE, AT(field), 0, 0, 0, choices, fallback }
#define KEY(word, action, fallback)                                                                 \
	{ "key." word, CONFIG_STRING, AT(keys) + (action)*24, 24, 0, 0, NULL, fallback }

/* The defaults fit a USB numeric keypad: Enter is the trigger. */
static const struct config_key keys[] = {
	STRING("data", data, ""),
	STRING("job", job, ""),
	STRING("kiosk.id", kiosk_id, "K1"),
	STRING("kiosk.school", school, ""),
	STRING("reader.port", reader_port, ""),
	STRING("lane.port", lane_port, ""),
	STRING("camera.port", camera_port, ""),
	STRING("camera.spare", camera_spare, "auto"),
	CHOICE("camera.target", camera_target, targets, "card"),
	INT("camera.shot_deadline_ms", camera_shot_deadline_ms, 2000, 20000, "10000"),
	INT("camera.battery_min_pct", camera_battery_min_pct, 0, 50, "5"),
	CHOICE("display.driver", display_driver, kiosk_display_drivers, "offscreen"),
	INT("display.width", display_width_px, 480, 3840, "1024"),
	INT("display.height", display_height_px, 480, 3840, "600"),
	CHOICE("display.layout", display_layout, layouts, "split"),
	BOOL("display.sound", display_sound, "yes"),
	CHOICE("display.language", language, languages, "zh"),
	STRING("judge.preset", preset, "chsi-480"),
	STRING("judge.landmarks", landmarks, ""),
	INT("framing.limit_s", framing_limit_s, 10, 3600, "90"),
	BOOL("framing.hints", framing_hints, "yes"),
	BOOL("framing.flash", framing_flash, "no"),
	INT("found.show_ms", found_ms, 0, 10000, "700"),
	INT("accept.after_ms", accept_after_ms, 500, 30000, "2000"),
	INT("store.reserve_mb", store_reserve_mb, 0, 100000, "200"),
	INT("number.first", number_first, 0, 9999, "0"),
	INT("number.last", number_last, 0, 9999, "0"),
	KEY("shoot", KEY_SHOOT, "kp_enter"),
	KEY("retake", KEY_RETAKE, "kp_plus"),
	KEY("accept", KEY_ACCEPT, "kp_multiply"),
	KEY("cancel", KEY_CANCEL, "kp_minus"),
	KEY("swap", KEY_SWAP, "kp_divide"),
	KEY("manual", KEY_MANUAL, "kp_7"),
	KEY("test", KEY_TEST, "kp_8"),
	KEY("language", KEY_LANGUAGE, "kp_9"),
	KEY("pause", KEY_PAUSE, "kp_0"),
	KEY("help", KEY_HELP, "kp_period"),
};
/* clang-format on */

int kiosk_config_load(const char *path, struct kiosk_config *out, struct config_error *err)
{
	config_defaults(keys, ARRAY_SIZE(keys), out);
	return path ? config_load(path, keys, ARRAY_SIZE(keys), out, err) : 0;
}
