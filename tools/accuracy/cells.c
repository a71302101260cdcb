/* The balanced set. Levels are words of portrait_scene_set(); lengths there are in IED, so a sigma
 * of 1.2 px at IED 112 is 0.0107 and a 5-px smear 0.0446. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "tools/accuracy/accuracy.h"

const uint32_t accuracy_tones[TONES] = {
	0xf4d8c6, 0xe3b596, 0xc68e66, 0x9a6a48, 0x6b4430, 0x46291c
};

#define TURNS  "yaw_deg=22|yaw_deg=-22|yaw_deg=26|yaw_deg=-26|yaw_deg=32|yaw_deg=-32"
#define SIGMAS "blur=0.0107|blur=0.0107|blur=0.0143|blur=0.0196|blur=0.027"
#define SMEARS                                                                                     \
	"motion=0.0446,motion_deg=0|motion=0.0446,motion_deg=45|motion=0.0446,motion_deg=90|"      \
	"motion=0.0625,motion_deg=0|motion=0.0625,motion_deg=135|motion=0.0625,motion_deg=90"
#define HALVES "left_ev=-1|left_ev=1,ev=-1|left_ev=-1.3|left_ev=1.3,ev=-1.3|left_ev=-1.8"
#define BARRED                                                                                     \
	"clothes=0x2a52be|clothes=0x64a8e8|clothes=0x4fa0dc|clothes=0x1f8f3f|clothes=0x1d5a2c|"    \
	"clothes=0x8cc83c|clothes=0xf2d33c|clothes=0xcaa02c|clothes=0x6a2c8c|clothes=0x9c7cd4"
#define ALLOWED                                                                                    \
	"clothes=0xf4f4f4|clothes=0x1a1a1c|clothes=0x808284|clothes=0xb42a2a|clothes=0x6a4630|"    \
	"clothes=0xe89ab0|clothes=0xe0782c|clothes=0xdcc8a8|clothes=0x1c2440"
#define BACKDROPS                                                                                  \
	"backdrop=0xffffff|backdrop=0xf0f0f0|slope_ev=0.15|backdrop=0x3480cd|"                     \
	"slope_ev=-0.15,folds=0.01|backdrop=0x4f9fe0"
#define STEADY "roll_deg=2|roll_deg=-2|yaw_deg=5|yaw_deg=-5|pitch_deg=4|pitch_deg=-4"
#define LIGHTS "ev=0.2|ev=-0.4|left_ev=0.12|left_ev=-0.12|top=0.15"
#define OVER   "skin=0xf4d8c6,ev=2|skin=0xe3b596,ev=2.4|skin=0xc68e66,ev=2.8"
#define PLACES "zoom=0.85|zoom=1.1|shift_u=0.3|shift_u=-0.3|shift_v=0.3|shift_v=-0.2"
#define CUTS   "shift_v=-2.1|shift_v=-2.6|shift_v=-3.3,zoom=1.1|zoom=1.5,shift_v=-0.9"

/* clang-format off */
const struct cell accuracy_cells[] = {
	{ "good",            CELL_GOOD,  "", "", "", 70, 6 },
	{ "good pose",       CELL_GOOD,  "", "", STEADY, 48, 3 },
	{ "good light",      CELL_GOOD,  "", "", LIGHTS, 40, 3 },
	{ "good place",      CELL_GOOD,  "", "", PLACES, 30, 2 },
	{ "good backdrop",   CELL_GOOD,  "", "", BACKDROPS, 36, 3 },
	{ "good clothes",    CELL_GOOD,  "", "", ALLOWED, 45, 3 },
	{ "good glasses",    CELL_GOOD,  "", "glasses=0.03", "", 24, 2 },
	{ "good small eyes", CELL_GOOD,  "", "", "eyes=0.6|eyes=0.7", 24, 2 },
	{ "good focus",      CELL_GOOD,  "", "", "blur=0.0036|noise=2|noise=4", 24, 2 },

	{ "closed eyes",     CELL_GROSS, "eyes_closed", "eyes=0", "", 50, 3 },
	{ "turned > 20",     CELL_GROSS, "turned|no_face", "", TURNS, 50, 3 },
	{ "blurred",         CELL_GROSS, "blurred|moved", "", SIGMAS, 50, 3 },
	{ "half-lit >= 1",   CELL_GROSS, "half_lit", "", HALVES, 50, 3 },
	{ "nobody",          CELL_GROSS, "no_face", "person=-1", "|object=door|object=pole|backdrop=0xf0f0f0", 8, 1 },
	{ "two people",      CELL_GROSS, "many_faces", "shift_u=-1.15", "second=1|second=3|second=4|second=6|second=8", 50, 2 },
	{ "cut-off head",    CELL_GROSS, "cut_off|head_high|face_large|no_face", "", CUTS, 48, 2 },
	{ "barred clothes",  CELL_GROSS, "clothes_barred|clothes_backdrop", "", BARRED, 50, 3 },

	{ "moved",           CELL_FAULT, "moved|blurred", "", SMEARS, 30, 3 },
	{ "tilted",          CELL_FAULT, "tilted", "", "roll_deg=10|roll_deg=-10|roll_deg=14", 24, 2 },
	{ "turned 17",       CELL_WARN,  "turned", "", "yaw_deg=17|yaw_deg=-17", 24, 2 },
	{ "nodding",         CELL_FAULT, "nodding|no_face", "", "pitch_deg=22|pitch_deg=-22", 24, 2 },
	{ "mouth open",      CELL_FAULT, "mouth_open", "", "mouth=0.6|mouth=1", 24, 2 },
	{ "teeth",           CELL_FAULT, "mouth_open", "teeth=1", "", 20, 2 },
	{ "overexposed",     CELL_FAULT, "overexposed", "", OVER, 24, 2 },
	{ "backdrop uneven", CELL_FAULT, "backdrop_uneven|backdrop_shadow|backdrop_object", "", "slope_ev=1.2|slope_ev=-1.5|folds=0.14", 20, 2 },
	{ "backdrop object", CELL_FAULT, "backdrop_object|backdrop_uneven", "", "object=door|object=person|object=pole", 24, 3 },
	{ "backdrop colour", CELL_FAULT, "backdrop_colour", "", "backdrop=0x3c9a50|backdrop=0xa83838|backdrop=0x707274|backdrop=0xd8b890", 20, 2 },
	{ "top = backdrop",  CELL_FAULT, "clothes_backdrop|clothes_barred", "", "clothes=0x64c5ff|clothes=0x5cb8f4|clothes=0xf4f4f4,backdrop=0xffffff", 20, 2 },
	{ "small",           CELL_FAULT, "face_small", "zoom=0.33", "", 10, 1 },
	{ "large",           CELL_FAULT, "face_large|cut_off", "zoom=1.75", "shift_v=0.3", 10, 1 },
	{ "high",            CELL_FAULT, "head_high|cut_off", "shift_v=-1.4", "", 10, 1 },
	{ "low",             CELL_FAULT, "head_low", "shift_v=3.2", "", 10, 1 },
	{ "off centre",      CELL_FAULT, "off_centre|cut_off", "", "shift_u=1.6|shift_u=-1.6", 10, 1 },

	{ "underexposed",    CELL_WARN,  "underexposed", "ev=-3.5", "", 16, 2 },
	{ "narrow eyes",     CELL_WARN,  "eyes_narrow|eyes_closed", "", "eyes=0.2|eyes=0.3", 16, 2 },
	{ "gaze",            CELL_WARN,  "gaze", "", "gaze=0.25|gaze=-0.25", 16, 2 },
	{ "glare",           CELL_WARN,  "glare", "glasses=0.03,glare=0.22", "", 12, 1 },
	{ "tinted",          CELL_WARN,  "tinted|eyes_closed|no_face", "glasses=0.03", "tint=0.8|tint=0.92", 12, 1 },
	{ "red eye",         CELL_WARN,  "red_eye", "red_eye=1", "", 12, 1 },
	{ "shoulders",       CELL_WARN,  "shoulders", "", "lean_deg=9|lean_deg=-9", 12, 1 },
	{ "torso",           CELL_WARN,  "torso|shoulders", "", "torso=0.32|torso=-0.32", 12, 1 },
	{ "moire",           CELL_WARN,  "moire", "moire=0.04", "", 12, 1 },
	{ "top light",       CELL_WARN,  "top_light|face_shadow", "top=0.85", "", 12, 1 },
	{ "shine",           CELL_WARN,  "shine|overexposed", "shine=1", "", 12, 1 },
	{ "face shadow",     CELL_WARN,  "face_shadow|half_lit", "shadow_ev=1.8", "", 12, 1 },
	{ "backdrop shadow", CELL_WARN,  "backdrop_shadow|backdrop_uneven|backdrop_object", "backdrop_shadow_ev=0.8", "", 12, 1 },
	{ "back light",      CELL_WARN,  "back_light|underexposed", "backdrop=0xf4f4f4,sitter_ev=-2.6", "", 12, 1 },
	{ "colour cast",     CELL_WARN,  "colour_cast|backdrop_colour", "", "blue_ev=-1.6,red_ev=0.4|blue_ev=0.6,red_ev=-0.9", 12, 1 },
};
/* clang-format on */
const size_t accuracy_cell_count = ARRAY_SIZE(accuracy_cells);

enum { CELL_MAX = 120 }; /* whole rounds of people and of tones */

struct dice {
	uint32_t state;
};

static unsigned int roll(struct dice *d, unsigned int below)
{
	d->state = d->state * 1664525u + 1013904223u;
	return (d->state >> 10) % below;
}

/* 0 … @n − 1 again and again, each round in another order: balanced, and independent of levels. */
static void rounds(int *out, int count, int n, struct dice *d)
{
	for (int i = 0; i < count; i++) {
		int first = i - i % n;

		out[i] = i % n;
		if (i > first) {
			int other = first + (int)roll(d, (unsigned int)(i - first + 1));
			int was = out[other];

			out[other] = out[i];
			out[i] = was;
		}
	}
}

static uint32_t hash_of(const char *text)
{
	uint32_t h = 2166136261u;

	for (; *text; text++)
		h = (h ^ (uint8_t)*text) * 16777619u;
	return h;
}

/* Level @i of "a|b|c", round and round. */
static void level_at(const char *levels, int i, char out[160])
{
	int n = 1;
	const char *at = levels;

	for (const char *p = levels; *p; p++)
		n += *p == '|';
	for (int skip = i % n; skip > 0; skip--)
		at = strchr(at, '|') + 1;
	snprintf(out, 160, "%.*s", (int)strcspn(at, "|"), at);
}

static int draw_cell(size_t at, bool small, double share, struct drawn *out)
{
	const struct cell *c = &accuracy_cells[at];
	int people[CELL_MAX], tones[CELL_MAX],
		count = small ? c->small_count : (int)ceil(share * c->count);
	struct dice d = { hash_of(c->name) };
	char level[160];

	rounds(people, CELL_MAX, (int)portrait_person_count, &d);
	rounds(tones, CELL_MAX, TONES, &d);
	for (int i = 0; i < count; i++) {
		struct portrait_scene s = portrait_plain(people[i]);

		s.skin = accuracy_tones[tones[i]];
		s.vary = 1 + roll(&d, 1000);
		s.name = c->name;
		level_at(c->levels, i, level);
		if (portrait_scene_set(&s, c->common, NULL) < 0 ||
		    portrait_scene_set(&s, level, NULL) < 0) {
			fprintf(stderr, "accuracy: cell %s: %s\n", c->name, level);
			return -1;
		}
		out[i] = (struct drawn){ at, tones[i], s };
	}
	return count;
}

size_t drawn_list(bool small, double share, struct drawn **out)
{
	size_t n = 0;

	*out = calloc(accuracy_cell_count * CELL_MAX, sizeof(**out));
	for (size_t i = 0; *out && i < accuracy_cell_count; i++) {
		int count = draw_cell(i, small, share, *out + n);

		if (count < 0)
			return 0;
		n += (size_t)count;
	}
	return *out ? n : 0;
}
