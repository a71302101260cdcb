/* Tones, made by calculation, no files. One contract: SDL audio, or silent where there is none. */
#pragma once

#include <stdbool.h>

enum sound {
	SOUND_CARD_READ, /* short, rising: the card was read */
	SOUND_PASS, /* two clear tones up */
	SOUND_FAIL, /* two low tones: once more */
	SOUND_NOT_ON_LIST, /* three equal low tones */
	SOUND_EARLY_TAP, /* one soft double blip: registered, please wait */
	SOUND_TAKE_CARD, /* repeated high blip until the card is taken */
	SOUND_SHUTTER,
	SOUND_FAULT,
	SOUND_COUNT,
};

/** sound_open() - no audio device is not an error: sound_play() is then silent.
 * Return: true when tones can be heard. */
bool sound_open(void);
/** sound_play() - start a tone; never blocks. */
void sound_play(enum sound s);
void sound_close(void);
