/* `tapshot worker KIND`: what the kiosk re-executes itself as; the protocol is on descriptor 3. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "drivers/reader/reader_worker.h"
#include "drivers/camera/camera_worker.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/worker.h"
#include "firmware/cmd/cmd.h"
#include "firmware/judge/judge_wire.h"

static const struct {
	const char *kind;
	int (*run)(int sock);
} kinds[] = {
	{ "reader", reader_worker_run },
	{ "judge", judge_worker_run },
	{ "hints", judge_hints_run },
	{ "camera", camera_worker_run },
};

int cmd_worker(int argc, char **argv)
{
	/* A worker never outlives its kiosk: the next kiosk's worker needs the device for itself. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(argv[1], kinds[i].kind))
			return kinds[i].run(WORKER_FD);
	fprintf(stderr, "tapshot worker: started by the kiosk only\n");
	return EXIT_USAGE;
}
