#define LOG_MODULE "fonts"
#include "firmware/base/fonts.h"

#include <fontconfig/fontconfig.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/log.h"

#ifdef __SANITIZE_ADDRESS__
/* fontconfig links its patterns by offsets, which the leak checker cannot follow; cairo 1.16 forgets
 * parts of a font subset when it finishes a PDF. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\nleak:libSDL2\nleak:libcairo\n";
}
#endif

static char *fonts_beside_program(char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size - 16);
	char *slash;

	if (n <= 0)
		return NULL;
	buf[n] = '\0';
	for (int up = 0; up < 2 && (slash = strrchr(buf, '/')); up++) {
		strcpy(slash, "/fonts.conf");
		if (!access(buf, R_OK))
			return buf;
		*slash = '\0';
	}
	return NULL;
}

static void load_fonts(void)
{
	char buf[512];
	const char *path = getenv("TAPSHOT_FONTS");
	FcConfig *config;

	if (!path)
		path = fonts_beside_program(buf, sizeof(buf));
	if (!path)
		path = "/usr/share/tapshot/fonts.conf";
	config = FcConfigCreate();
	if (!config || !FcConfigParseAndLoad(config, (const FcChar8 *)path, FcTrue) ||
	    !FcConfigBuildFonts(config) || !FcConfigSetCurrent(config))
		log_w("own font list not used, rare characters may be missing");
	if (config)
		FcConfigDestroy(config);
}

void fonts_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load_fonts);
}
