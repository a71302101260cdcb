#include "firmware/kiosk/keymap.h"

#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

static const char *const words[KEY_ACTION_COUNT] = {
	[KEY_SHOOT] = "shoot",	 [KEY_RETAKE] = "retake",     [KEY_ACCEPT] = "accept",
	[KEY_CANCEL] = "cancel", [KEY_SWAP] = "swap",	      [KEY_MANUAL] = "manual",
	[KEY_TEST] = "test",	 [KEY_LANGUAGE] = "language", [KEY_PAUSE] = "pause",
	[KEY_HELP] = "help",
};

const char *key_action_word(enum key_action a)
{
	return words[a];
}

int key_action_find(const char *word)
{
	for (int i = 0; i < KEY_ACTION_COUNT; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

const char *key_label(const char *name, char out[static 16])
{
	static const struct {
		const char *name, *label;
	} special[] = {
		{ "kp_enter", "Enter" }, { "return", "Enter" },	 { "kp_plus", "+" },
		{ "kp_minus", "−" },	 { "kp_multiply", "×" }, { "kp_divide", "÷" },
		{ "kp_period", "." },	 { "backspace", "⌫" },	 { "escape", "Esc" },
		{ "numlock", "Num" },	 { "space", "␣" },	 { "tab", "Tab" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(special); i++)
		if (!strcmp(special[i].name, name))
			return text_copy(out, 16, special[i].label);
	if (!strncmp(name, "kp_", 3))
		name += 3;
	text_copy(out, 16, name);
	for (char *p = out; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return out;
}
