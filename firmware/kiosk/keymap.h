/* The photographer's ten keys: what each does and which key of the keyboard it is. */
#pragma once

#include <stddef.h>

enum key_action {
	KEY_SHOOT,
	KEY_RETAKE,
	KEY_ACCEPT,
	KEY_CANCEL,
	KEY_SWAP,
	KEY_MANUAL,
	KEY_TEST,
	KEY_LANGUAGE,
	KEY_PAUSE,
	KEY_HELP,
	KEY_ACTION_COUNT,
};

/** key_action_word() - "shoot" … as in config (`key.shoot`), control socket and catalogue. */
const char *key_action_word(enum key_action a);

/** key_action_find() - the action called @word, or -1. */
int key_action_find(const char *word);

/** key_label() - what stands on the key called @name by the display driver: "kp_enter" → "Enter". */
const char *key_label(const char *name, char out[static 16]);
