/* Work shared by forked processes. */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "tools/accuracy/accuracy.h"

static void *shared(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void work(struct judge *j, size_t count, crew_task task, void *arg, struct judged *all,
		 atomic_size_t *next)
{
	size_t i;

	while ((i = atomic_fetch_add(next, 1)) < count) {
		task(j, i, arg, &all[i].result);
		all[i].done = true;
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "\r%zu of %zu ", i + 1, count);
	}
}

struct judged *crew_run(struct judge *j, size_t count, int workers, crew_task task, void *arg)
{
	struct judged *all = shared(count * sizeof(*all) + 1);
	atomic_size_t *next = shared(sizeof(*next));
	int bad = 0;

	if (!all || !next)
		return NULL;
	fflush(NULL);
	for (int w = 0; w < workers; w++) {
		pid_t pid = fork();

		if (pid == 0) {
			work(j, count, task, arg, all, next);
			_exit(0);
		}
		bad |= pid < 0;
	}
	for (int status; wait(&status) > 0;)
		bad |= status != 0;
	munmap(next, sizeof(*next));
	if (isatty(STDERR_FILENO))
		fputs("\r                \r", stderr);
	if (!bad)
		return all;
	crew_free(all, count);
	return NULL;
}

void crew_free(struct judged *all, size_t count)
{
	if (all)
		munmap(all, count * sizeof(*all) + 1);
}

bool codes_have(const char *codes, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = codes; (at = strstr(at, word)); at += n)
		if ((at == codes || at[-1] == '|') && (!at[n] || at[n] == '|'))
			return true;
	return false;
}

enum check_level judged_level(const struct check_result *r, const char *codes)
{
	uint32_t level = CHECK_PASS;

	for (uint32_t i = 0; i < r->finding_count; i++) {
		const struct check_finding *f = &r->findings[i];

		if (f->level > level &&
		    codes_have(codes, check_code_word((enum check_code)f->code)))
			level = f->level;
	}
	return (enum check_level)level;
}

const char *judged_main(const struct check_result *r)
{
	if (!r->finding_count)
		return "-";
	return check_code_word(
		(enum check_code)r->findings[r->reason_count ? r->reasons[0] : 0].code);
}

double judged_measure(const struct check_result *r, const char *name)
{
	for (uint32_t i = 0; i < r->measure_count; i++)
		if (!strcmp(r->measures[i].name, name))
			return r->measures[i].value;
	return NAN;
}

void accuracy_judge(struct judge *j, const struct image *im, int quality, struct check_result *out)
{
	SCOPED_FREE uint8_t *jpeg = NULL;
	size_t bytes = im ? portrait_jpeg(im, quality, &jpeg) : 0;
	struct judge_outcome o;

	judge_picture(j, jpeg, bytes, &o);
	judge_moire(j, jpeg, bytes, &o);
	image_unref(o.crop);
	*out = o.result;
}
