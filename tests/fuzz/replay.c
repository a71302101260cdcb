/* Without libFuzzer: run a fuzz target over the files and folders named on the command line. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replayed;

static void one_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t n;

	if (!f || fstat(fileno(f), &st) < 0) {
		perror(path);
		exit(1);
	}
	data = malloc(st.st_size ? (size_t)st.st_size
				 : 1); /* exact size: ASan sees one byte over */
	n = fread(data, 1, (size_t)st.st_size, f);
	LLVMFuzzerTestOneInput(data, n);
	replayed++;
	free(data);
	fclose(f);
}

static void folder(const char *path)
{
	char name[4096];
	struct dirent *e;
	DIR *d = opendir(path);

	if (!d) {
		perror(path);
		exit(1);
	}
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		one_file(name);
	}
	closedir(d);
}

int main(int argc, char **argv)
{
	struct stat st;

	for (int i = 1; i < argc; i++) {
		if (!stat(argv[i], &st) && S_ISDIR(st.st_mode))
			folder(argv[i]);
		else
			one_file(argv[i]);
	}
	printf("%d inputs replayed\n", replayed);
	return replayed ? 0 : 1;
}
