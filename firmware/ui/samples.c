#include "firmware/ui/samples.h"

#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/ui/draw.h"

enum { SHEET_COLUMNS = 4, SHEET_GAP_PX = 12 };

enum extra {
	PERSON = 1,
	PICTURE = 2, /* the judged crop */
	LIVE = 4,
	LINES = 8,
	LONG_NAME = 16,
	RARE_NAME = 32,
	TAKE_CARD = 64,
	NEXT = 128,
	CHOICES = 256,
	MANY = 512,
	FINE = 1024,
	HINT = 2048,
	TICKS = 4096,
	ALSO = 8192,
};

static const struct sample {
	const char *name;
	enum screen screen;
	unsigned int has;
	int verdict, arrow;
	const char *prompt, *cure, *notice, *banner;
} samples[] = {
	{ "idle", SCREEN_IDLE, 0, -1, 0, "prompt.idle", "cure.idle", "", "" },
	{ "idle-take-card", SCREEN_IDLE, TAKE_CARD, -1, 0, "prompt.idle", "", "", "" },
	{ "idle-no-camera", SCREEN_IDLE, NEXT, -1, 0, "prompt.idle", "cure.fault.camera_gone", "",
	  "fault.camera_gone" },
	{ "found", SCREEN_FOUND, PERSON, -1, 0, "prompt.found", "cure.found", "", "" },
	{ "found-long-name", SCREEN_FOUND, PERSON | LONG_NAME, -1, 0, "prompt.found", "cure.found",
	  "", "" },
	{ "found-rare-name", SCREEN_FOUND, PERSON | RARE_NAME | LIVE, -1, 0, "prompt.found",
	  "cure.found", "", "" },
	{ "framing", SCREEN_FRAMING, PERSON | LIVE, -1, 0, "prompt.framing", "cure.framing", "",
	  "" },
	{ "framing-fine", SCREEN_FRAMING, PERSON | LIVE | FINE, -1, 0, "prompt.framing",
	  "cure.framing", "", "" },
	{ "framing-left", SCREEN_FRAMING, PERSON | LIVE | HINT, -1, 1, "hint.off_centre_left",
	  "cure.hint.off_centre", "", "" },
	{ "framing-clothes", SCREEN_FRAMING, PERSON | LIVE | HINT, -1, 0, "hint.clothes_backdrop",
	  "cure.hint.clothes_backdrop", "", "" },
	{ "framing-operator-only", SCREEN_FRAMING, PERSON | LIVE | FINE, -1, 0, "prompt.framing",
	  "cure.hint.backdrop_uneven", "", "" },
	{ "framing-up-early-tap", SCREEN_FRAMING, PERSON | LIVE | NEXT, -1, 3, "prompt.framing",
	  "cure.framing", "notice.early_tap", "" },
	{ "shooting", SCREEN_SHOOTING, PERSON | LIVE, -1, 0, "prompt.shooting", "", "", "" },
	{ "judging", SCREEN_JUDGING, PERSON | PICTURE, -1, 0, "prompt.judging", "cure.judging", "",
	  "" },
	{ "passed", SCREEN_PASSED, PERSON | PICTURE | LINES | TICKS, 0, 0, "prompt.passed",
	  "cure.passed", "", "" },
	{ "passed-warning", SCREEN_PASSED, PERSON | PICTURE | LINES | TICKS, 1, 0, "prompt.passed",
	  "cure.half_lit_left", "", "" },
	{ "passed-take-card", SCREEN_PASSED, PERSON | PICTURE | LINES | TAKE_CARD | NEXT | TICKS, 1,
	  0, "prompt.passed", "cure.passed", "", "" },
	{ "asked", SCREEN_ASKED, PERSON | PICTURE | LINES | TICKS, 1, 0, "prompt.asked",
	  "cure.asked", "", "" },
	{ "failed", SCREEN_FAILED, PERSON | PICTURE | LINES, 2, 0, "reason.eyes_closed",
	  "cure.eyes_closed", "", "" },
	{ "failed-two-reasons", SCREEN_FAILED, PERSON | PICTURE | LINES | ALSO, 2, 2,
	  "reason.tilted_right", "cure.tilted", "", "" },
	{ "not-on-list", SCREEN_NOT_ON_LIST, 0, -1, 0, "prompt.not_on_list", "cure.walk_in", "",
	  "" },
	{ "not-on-list-no-pin", SCREEN_NOT_ON_LIST, 0, -1, 0, "prompt.not_on_list",
	  "cure.walk_in_no_pin", "", "" },
	{ "already-captured", SCREEN_ALREADY_CAPTURED, PERSON | PICTURE, -1, 0,
	  "prompt.already_captured", "cure.already_captured", "", "" },
	{ "left-open", SCREEN_LEFT_OPEN, PERSON | PICTURE, -1, 0, "prompt.left_open",
	  "cure.left_open", "", "" },
	{ "fault-camera", SCREEN_FAULT, PERSON, -1, 0, "prompt.fault", "cure.fault.camera_gone", "",
	  "fault.camera_gone" },
	{ "fault-store", SCREEN_FAULT, 0, -1, 0, "prompt.fault", "cure.fault.store_full", "",
	  "fault.store_full" },
	{ "paused", SCREEN_PAUSED, 0, -1, 0, "prompt.paused", "cure.paused", "", "" },
	{ "manual-id", SCREEN_MANUAL, 0, -1, 0, "prompt.manual", "cure.manual", "", "" },
	{ "manual-passport", SCREEN_MANUAL, 0, -1, 0, "prompt.manual", "cure.manual", "", "" },
	{ "pin", SCREEN_PIN, 0, -1, 0, "prompt.pin", "cure.pin", "", "" },
	{ "pin-wrong", SCREEN_PIN, 0, -1, 0, "prompt.pin", "cure.pin", "", "" },
	{ "test", SCREEN_TEST, PICTURE | LINES, 1, 0, "prompt.test", "cure.test",
	  "notice.test_shot", "" },
	{ "help", SCREEN_HELP, 0, -1, 0, "prompt.help", "cure.help", "", "" },
	{ "choose", SCREEN_CHOOSE, CHOICES, -1, 0, "prompt.choose", "cure.choose", "", "" },
	{ "choose-four", SCREEN_CHOOSE, CHOICES | MANY, -1, 0, "prompt.choose", "cure.choose", "",
	  "" },
};

int sample_count(void)
{
	return (int)ARRAY_SIZE(samples);
}

const char *sample_name(int i)
{
	return samples[i].name;
}

/* A quiet figure in front of a light blue wall: stands for camera pictures. */
static struct image *figure(int width_px, int height_px, double lean)
{
	struct image *im = image_new(width_px, height_px);
	cairo_surface_t *s;
	cairo_t *cr;

	if (!im)
		return NULL;
	s = cairo_image_surface_create_for_data((unsigned char *)im->px, CAIRO_FORMAT_RGB24,
						width_px, height_px, im->stride_bytes);
	cr = cairo_create(s);
	cairo_set_source_rgb(cr, 0.55, 0.8, 0.95);
	cairo_paint(cr);
	cairo_translate(cr, width_px / 2.0 + lean * height_px, 0);
	cairo_scale(cr, height_px / 640.0, height_px / 640.0);
	cairo_set_source_rgb(cr, 0.2, 0.24, 0.32); /* jacket */
	cairo_move_to(cr, -206, 640);
	cairo_curve_to(cr, -200, 530, -130, 515, -62, 488);
	cairo_line_to(cr, 62, 488);
	cairo_curve_to(cr, 130, 515, 200, 530, 206, 640);
	cairo_fill(cr);
	cairo_set_source_rgb(cr, 0.8, 0.62, 0.5); /* neck */
	cairo_rectangle(cr, -42, 380, 84, 118);
	cairo_fill(cr);
	for (int i = 0; i < 2; i++) { /* hair behind, face before */
		cairo_save(cr);
		cairo_translate(cr, 0, i ? 268 : 232);
		cairo_scale(cr, i ? 104 : 118, i ? 146 : 150);
		cairo_arc(cr, 0, 0, 1, 0, 2 * G_PI);
		cairo_restore(cr);
		cairo_set_source_rgb(cr, i ? 0.87 : 0.13, i ? 0.7 : 0.11, i ? 0.58 : 0.1);
		cairo_fill(cr);
	}
	cairo_destroy(cr);
	cairo_surface_destroy(s);
	return im;
}

static void fill_person(const struct sample *p, struct scene *s)
{
	const char *name = "王小明";

	if (p->has & LONG_NAME)
		name = "阿卜杜热合曼·买买提吐尔逊·玉素甫江 Abdurahman Memettursun Yusupjan";
	else if (p->has & RARE_NAME)
		name = "䶮𠮷𬱖";
	if (p->screen == SCREEN_NOT_ON_LIST || p->screen == SCREEN_PIN)
		strcpy(s->masked_id, "3701**********123X");
	if (!(p->has & PERSON))
		return;
	text_copy(s->name, sizeof(s->name), name);
	strcpy(s->masked_id, "1101**********1237");
	strcpy(s->student_no, "202401990123");
	strcpy(s->class_name, "机械设计制造及其自动化 2024-3 班");
	strcpy(s->level, "本科");
	strcpy(s->number, "0128");
	strcpy(s->visit_id, "K1-000131");
	s->attempt = p->verdict < 0 ? 0 : p->verdict == 2 ? 1 : 2;
}

static void fill_lines(const struct sample *p, struct scene *s)
{
	static const struct {
		const char *name, *numbers;
	} measures[SCENE_LINES_MAX] = {
		{ "measure.roll_deg", "1.2° ≤ 8°" },
		{ "measure.half_ev", "0.12 EV ≤ 0.5 EV" },
		{ "measure.crown_px", "86 (50–110)" },
		{ "measure.eye_line_px", "248 (200–300)" },
		{ "measure.face_width_px", "221 (180–300)" },
		{ "measure.sharpness", "0.74 ≥ 0.30" },
		{ "measure.face_light", "0.31 ≥ 0.07" },
		{ "measure.eye_ratio", "0.31 ≥ 0.12" },
	};

	if (!(p->has & LINES))
		return;
	for (int i = 0; i < SCENE_LINES_MAX; i++) {
		bool fails = p->verdict == 2 && i == 0;
		bool warns = (p->verdict == 2 && i == 1) || (p->verdict == 1 && i == 0);

		s->lines[i].level = fails ? 2 : warns;
		snprintf(s->lines[i].text, sizeof(s->lines[i].text), "%s %s",
			 text_get(s->staff_lang, fails	 ? "measure.eye_ratio"
						 : warns ? "measure.half_ev"
							 : measures[i].name),
			 fails	 ? "0.09 < 0.12"
			 : warns ? "0.62 EV > 0.5 EV"
				 : measures[i].numbers);
	}
	s->line_count = p->verdict == 2 ? 7 : SCENE_LINES_MAX;
}

/* What the operator looks at, and a second reason. */
static void fill_words(const struct sample *p, struct scene *s)
{
	static const char *const ticks[] = { "tick.right_person", "tick.ears_brows",
					     "tick.headwear",	  "tick.mask",
					     "tick.jewellery",	  "tick.contact_lenses",
					     "tick.make_up",	  "tick.collar",
					     "tick.recapture" };

	for (size_t i = 0; p->has & TICKS && i < ARRAY_SIZE(ticks); i++) {
		strcat(s->ticks, i ? text_get(s->staff_lang, "label.tick_gap") : "");
		strcat(s->ticks, text_get(s->staff_lang, ticks[i]));
	}
	if (p->has & ALSO) {
		strcpy(s->also_id, "reason.mouth_open");
		strcpy(s->also_cure_id, "cure.mouth_open");
	}
}

static void fill_choices(const struct sample *p, struct scene *s)
{
	static const struct scene_choice people[SCENE_CHOICES_MAX] = {
		{ "王小明", "202401990123", "机械设计制造及其自动化 2024-3 班", "本科", "0128",
		  true },
		{ "王小明", "202401990877", "会计学 2024-1 班", "专升本", "0412", false },
		{ "阿卜杜热合曼·买买提吐尔逊·玉素甫江", "202401990031", "法学 2024-2 班", "本科",
		  "", false },
		{ "王晓明", "202401990555", "工商管理 2024-1 班", "专科", "", true },
	};

	if (!(p->has & CHOICES))
		return;
	strcpy(s->masked_id, "1101**********1237");
	s->choice_count = p->has & MANY ? SCENE_CHOICES_MAX : 2;
	memcpy(s->choices, people, (size_t)s->choice_count * sizeof(people[0]));
}

static void fill_entry(const struct sample *p, struct scene *s)
{
	bool passport = !strcmp(p->name, "manual-passport");

	if (p->screen == SCREEN_PIN) {
		bool wrong = !strcmp(p->name, "pin-wrong");

		strcpy(s->entry, wrong ? "" : "****");
		strcpy(s->entry_kind_id, "kind.pin");
		strcpy(s->entry_hint_id, wrong ? "entry.pin_wrong" : "entry.pin");
	}
	if (p->screen != SCREEN_MANUAL)
		return;
	strcpy(s->entry, passport ? "E12345678" : "110199200501011239");
	strcpy(s->entry_kind_id, passport ? "kind.passport" : "kind.citizen_18");
	strcpy(s->entry_hint_id, passport ? "entry.fine" : "entry.bad_check");
}

static void fill_keys(const struct sample *p, struct scene *s)
{
	static const struct {
		const char *label, *action;
		unsigned int where; /* bit per screen in which it can be used */
	} keys[SCENE_KEYS_MAX] = {
		{ "Enter", "key.shoot", 1u << SCREEN_FRAMING | 1u << SCREEN_FAILED },
		{ "+", "key.retake",
		  1u << SCREEN_FAILED | 1u << SCREEN_PASSED | 1u << SCREEN_ALREADY_CAPTURED |
			  1u << SCREEN_ASKED },
		{ "1", "key.accept",
		  1u << SCREEN_FAILED | 1u << SCREEN_LEFT_OPEN | 1u << SCREEN_ASKED },
		{ "−", "key.cancel", ~(1u << SCREEN_IDLE) },
		{ "2", "key.swap",
		  1u << SCREEN_FRAMING | 1u << SCREEN_FOUND | 1u << SCREEN_FAILED },
		{ "3", "key.manual", 1u << SCREEN_IDLE | 1u << SCREEN_NOT_ON_LIST },
		{ "4", "key.test", 1u << SCREEN_IDLE },
		{ "*", "key.language", ~0u },
		{ "/", "key.pause", 1u << SCREEN_IDLE | 1u << SCREEN_PAUSED },
		{ "0", "key.help", ~0u },
	};

	s->key_count = SCENE_KEYS_MAX;
	for (int i = 0; i < SCENE_KEYS_MAX; i++) {
		text_copy(s->keys[i].label, sizeof(s->keys[i].label), keys[i].label);
		text_copy(s->keys[i].action, sizeof(s->keys[i].action), keys[i].action);
		s->keys[i].enabled = keys[i].where & 1u << p->screen;
	}
	if (p->screen == SCREEN_NOT_ON_LIST || p->screen == SCREEN_PIN) {
		strcpy(s->keys[2].action, "key.walk_in");
		s->keys[2].enabled = !strcmp(p->cure, "cure.walk_in");
	}
	if (p->screen == SCREEN_MANUAL || p->screen == SCREEN_PIN) {
		strcpy(s->keys[0].action, "key.confirm");
		s->keys[0].enabled = true;
	}
}

static void fill_devices(const struct sample *p, struct scene *s)
{
	bool gone = strstr(p->banner, "camera"), full = strstr(p->banner, "store");

	s->reader = DEVICE_OK;
	s->lane = p->has & NEXT ? DEVICE_OK : DEVICE_NONE;
	s->camera = gone ? DEVICE_OFFLINE : p->verdict == 1 ? DEVICE_WARN : DEVICE_OK;
	s->disk = full ? DEVICE_WARN : DEVICE_OK;
	s->battery_pct = p->verdict == 1 ? 24 : 82;
	s->shots_left = 1460;
	if (!(p->has & NEXT))
		return;
	strcpy(s->next_masked[0], "1101**********0421");
	strcpy(s->next_masked[1], "3701**********123X");
	s->next_count = 2;
}

void sample_scene(int i, enum lang lang, struct scene *s)
{
	const struct sample *p = &samples[i];

	memset(s, 0, sizeof(*s));
	s->screen = p->screen;
	s->lang = s->staff_lang = lang;
	text_copy(s->prompt_id, sizeof(s->prompt_id), p->prompt);
	text_copy(s->cure_id, sizeof(s->cure_id), p->cure);
	text_copy(s->notice_id, sizeof(s->notice_id), p->notice);
	text_copy(s->banner_id, sizeof(s->banner_id), p->banner);
	s->arrow = p->arrow;
	s->outline = p->has & FINE ? OUTLINE_FINE : p->has & HINT ? OUTLINE_AMBER : OUTLINE_PLAIN;
	s->verdict = p->verdict;
	s->take_card = p->has & TAKE_CARD;
	strcpy(s->school, "某某大学继续教育学院");
	strcpy(s->job, "2026 级新生");
	strcpy(s->kiosk, "K1");
	strcpy(s->fingerprint, "5F3A 91C0 27BE 04D8 C316 7A9E");
	strcpy(s->clock_text, "09:41");
	s->people = 320;
	s->captured = 127;
	s->numbers_left = 873;
	fill_person(p, s);
	fill_lines(p, s);
	fill_words(p, s);
	fill_entry(p, s);
	fill_choices(p, s);
	fill_keys(p, s);
	fill_devices(p, s);
	if (p->has & LIVE)
		s->live = figure(640, 424, p->arrow == 1 ? -0.1 : 0);
	if (p->has & PICTURE)
		s->shot = figure(480, 640, 0);
}

void sample_release(struct scene *s)
{
	image_unref(s->live);
	image_unref(s->shot);
	s->live = s->shot = NULL;
}

/* --- contact sheet
 * -------------------------------------------------------------------------------- */

static double sheet_scale(int width_px)
{
	return 480.0 / width_px;
}

struct image *sample_sheet_new(int width_px, int height_px)
{
	double k = sheet_scale(width_px);
	int rows = (sample_count() + SHEET_COLUMNS - 1) / SHEET_COLUMNS;
	struct image *im = image_new(SHEET_COLUMNS * (480 + SHEET_GAP_PX) + SHEET_GAP_PX,
				     rows * ((int)(height_px * k) + SHEET_GAP_PX) + SHEET_GAP_PX);

	for (int y = 0; im && y < im->height_px; y++)
		for (int x = 0; x < im->width_px; x++)
			image_row(im, y)[x] = 0x5a6570;
	return im;
}

void sample_sheet_put(struct image *sheet, const struct image *screen, int i)
{
	double k = sheet_scale(screen->width_px), h = (int)(screen->height_px * k);
	cairo_surface_t *s = cairo_image_surface_create_for_data(
		(unsigned char *)sheet->px, CAIRO_FORMAT_RGB24, sheet->width_px, sheet->height_px,
		sheet->stride_bytes);
	struct canvas c = { .cr = cairo_create(s) };

	draw_image(&c, screen,
		   (struct rect){ SHEET_GAP_PX + (i % SHEET_COLUMNS) * (480 + SHEET_GAP_PX),
				  SHEET_GAP_PX + (i / SHEET_COLUMNS) * (h + SHEET_GAP_PX), 480, h },
		   false);
	cairo_destroy(c.cr);
	cairo_surface_destroy(s);
}
