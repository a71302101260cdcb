#include "drivers/sound/sound.h"

#include <SDL.h>
#include <math.h>
#include <stdlib.h>

enum { RATE_HZ = 44100, NOTES_MAX = 6, NOISE_HZ = -1 };

/* hz 0 is a rest, −1 noise */
struct note {
	int hz, ms;
};

static const struct note tunes[SOUND_COUNT][NOTES_MAX] = {
	[SOUND_CARD_READ] = { { 784, 70 }, { 1047, 90 } },
	[SOUND_PASS] = { { 880, 140 }, { 0, 30 }, { 1319, 300 } },
	[SOUND_FAIL] = { { 330, 200 }, { 0, 60 }, { 262, 320 } },
	[SOUND_NOT_ON_LIST] = { { 294, 160 }, { 0, 90 }, { 294, 160 }, { 0, 90 }, { 294, 160 } },
	[SOUND_EARLY_TAP] = { { 659, 60 }, { 0, 60 }, { 659, 60 } },
	[SOUND_TAKE_CARD] = { { 1568, 70 }, { 0, 70 }, { 1568, 70 } },
	[SOUND_SHUTTER] = { { NOISE_HZ, 18 }, { 0, 45 }, { NOISE_HZ, 22 } },
	[SOUND_FAULT] = { { 220, 260 }, { 0, 80 }, { 220, 420 } },
};

static struct {
	SDL_AudioDeviceID device;
	/* under the device's lock */
	const struct note *tune;
	int note, at; /* at: samples played of this note */
	Uint32 noise;
} player;

static float sample_of(const struct note *n, int at, int length)
{
	/* 6 ms ramps: no click at the ends */
	int ramp = RATE_HZ * 6 / 1000, left = length - at;
	float edge = (float)(at < left ? at : left) / (float)ramp, wave;

	if (n->hz == NOISE_HZ) {
		player.noise = player.noise * 1664525u + 1013904223u;
		wave = (float)(player.noise >> 16) / 32768.0f - 1.0f;
	} else {
		double turn = 2 * M_PI * n->hz * at / RATE_HZ;

		wave = (float)(sin(turn) + 0.25 * sin(2 * turn)) * 0.8f;
	}
	return n->hz ? wave * (edge < 1 ? edge : 1) * 0.35f : 0;
}

static float next_sample(void)
{
	const struct note *n;
	int length;
	float v;

	if (!player.tune || player.note == NOTES_MAX || !player.tune[player.note].ms) {
		player.tune = NULL;
		return 0;
	}
	n = &player.tune[player.note];
	length = RATE_HZ * n->ms / 1000;
	v = sample_of(n, player.at, length);
	if (++player.at >= length) {
		player.at = 0;
		player.note++;
	}
	return v;
}

static void fill(void *ctx, Uint8 *stream, int bytes)
{
	float *out = (float *)(void *)stream;

	(void)ctx;
	for (int i = 0; i < bytes / (int)sizeof(float); i++)
		out[i] = next_sample();
}

bool sound_open(void)
{
	SDL_AudioSpec want = { .freq = RATE_HZ,
			       .format = AUDIO_F32SYS,
			       .channels = 1,
			       .samples = 1024,
			       .callback = fill };

	if (SDL_InitSubSystem(SDL_INIT_AUDIO) < 0)
		return false;
	player.tune = NULL;
	player.device = SDL_OpenAudioDevice(NULL, 0, &want, NULL, 0);
	if (!player.device) {
		SDL_QuitSubSystem(SDL_INIT_AUDIO);
		return false;
	}
	SDL_PauseAudioDevice(player.device, 0);
	return true;
}

void sound_play(enum sound s)
{
	if (!player.device || (unsigned int)s >= SOUND_COUNT)
		return;
	SDL_LockAudioDevice(player.device);
	player.tune = tunes[s];
	player.note = player.at = 0;
	SDL_UnlockAudioDevice(player.device);
}

void sound_close(void)
{
	if (!player.device)
		return;
	SDL_CloseAudioDevice(player.device);
	player.device = 0;
	SDL_QuitSubSystem(SDL_INIT_AUDIO);
}
