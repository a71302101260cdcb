/* Sticks: what their first bytes say, folders that come and go, the mount helper's words. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/disk/disk.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "tests/lib/stick.h"

static char dir[64];

static int make(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/tapshot-disk-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int drop(void **state)
{
	(void)state;
	return stick_sh("rm -rf %s", dir);
}

/* --- types ----------------------------------------------------------------------------------- */

static enum disk_type type_of_image(void)
{
	char path[96];
	SCOPED_FD int fd = -1;

	snprintf(path, sizeof(path), "%s/image", dir);
	fd = open(path, O_RDONLY);
	return disk_type_at(fd);
}

static void formatted_images_are_known(void **state)
{
	static const struct {
		const char *make;
		enum disk_type type;
	} ways[] = {
		{ "truncate -s 1M image; mkfs.vfat image", DISK_FAT },
		{ "truncate -s 32M image; mkfs.vfat -F 16 image", DISK_FAT },
		{ "truncate -s 64M image; mkfs.vfat -F 32 image", DISK_FAT32 },
		{ "truncate -s 8M image; mkfs.exfat image", DISK_EXFAT },
		{ "truncate -s 8M image; mkfs.ext4 -F image", DISK_EXT },
		{ "truncate -s 1M image", DISK_NONE },
		{ "head -c 1M /dev/zero | tr '\\0' '\\377' >image", DISK_NONE },
		{ "head -c 1M /dev/urandom >image", DISK_UNKNOWN },
		{ "head -c 100 /dev/zero >image", DISK_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		if (stick_sh("cd %s && rm -f image && { %s; } >/dev/null 2>&1", dir, ways[i].make))
			fail_msg("cannot run: %s", ways[i].make);
		if (type_of_image() != ways[i].type)
			fail_msg("%s: %s", ways[i].make, disk_type_word(type_of_image()));
	}
}

static void signs_at_their_places_are_known(void **state)
{
	static const struct {
		off_t at;
		const char *sign;
		enum disk_type type;
	} signs[] = {
		{ 0, "LUKS\xba\xbe", DISK_ENCRYPTED },
		{ 3, "-FVE-FS-", DISK_ENCRYPTED },
		{ 424, "\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01",
		  DISK_ENCRYPTED },
		{ 3, "NTFS    ", DISK_NTFS },
		{ 32769, "CD001", DISK_ISO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		SCOPED_FD int fd = memfd_create("image", MFD_CLOEXEC);

		assert_int_equal(ftruncate(fd, 1 << 20), 0);
		assert_int_equal(pwrite(fd, signs[i].sign, strlen(signs[i].sign), signs[i].at),
				 strlen(signs[i].sign));
		assert_int_equal(disk_type_at(fd), signs[i].type);
	}
}

static void every_word_has_its_sentence(void **state)
{
	char id[64];

	(void)state;
	for (int l = 0; l < LANG_COUNT; l++) {
		for (int i = 0; i < DISK_TYPE_COUNT; i++) {
			snprintf(id, sizeof(id), "disk.type.%s", disk_type_word((enum disk_type)i));
			assert_string_not_equal(text_get((enum lang)l, id), id);
		}
		for (int i = 1; i < DISK_CAUSE_COUNT; i++) {
			snprintf(id, sizeof(id), "disk.cause.%s",
				 disk_cause_word((enum disk_cause)i));
			assert_string_not_equal(text_get((enum lang)l, id), id);
		}
	}
}

/* --- plain ----------------------------------------------------------------------------------- */

static bool woken(const struct disk_ops *ops, void *priv)
{
	struct pollfd p = { .fd = ops->fd(priv), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void folders_come_and_go(void **state)
{
	const struct disk_ops *ops = disk_find("plain");
	struct disk_info found[4];
	void *priv;

	(void)state;
	assert_int_equal(ops->open(&priv, dir), 0);
	assert_int_equal(ops->list(priv, found, 4), 0);
	assert_false(woken(ops, priv));
	stick_sh("mkdir %s/KINGSTON %s/.hidden; touch %s/file", dir, dir, dir);
	assert_true(woken(ops, priv));
	assert_int_equal(ops->list(priv, found, 4), 1);
	assert_false(woken(ops, priv));
	assert_string_equal(found[0].label, "KINGSTON");
	assert_int_equal(ops->mount(priv, &found[0]), DISK_OK);
	assert_true(found[0].free_bytes > 0);
	assert_int_equal(ops->unmount(priv, &found[0]), DISK_OK);
	stick_sh("rmdir %s/KINGSTON", dir);
	assert_true(woken(ops, priv));
	assert_int_equal(ops->list(priv, found, 4), 0);
	assert_int_equal(ops->unmount(priv, &found[0]), DISK_GONE);
	ops->close(priv);
}

static void a_mount_below_a_folder_is_the_stick(void **state)
{
	const struct disk_ops *ops = disk_find("plain");
	struct disk_info found[4];
	struct stick s;
	void *priv;

	(void)state;
	if (stick_why_not()) {
		print_message("%s\n", stick_why_not());
		skip();
	}
	assert_int_equal(ops->open(&priv, dir), 0);
	assert_int_equal(stick_make(&s, 16), 0);
	stick_sh("mkdir -p %s/user/STICK; ln -s %s/image %s/x", dir, s.dir, dir);
	ops->list(priv, found, 4);
	snprintf(s.at, sizeof(s.at), "%s/user/STICK", dir);
	assert_int_equal(stick_mount(&s, NULL), 0);
	assert_true(woken(ops, priv));
	assert_int_equal(ops->list(priv, found, 4), 1);
	assert_string_equal(found[0].label, "STICK");
	assert_int_equal(found[0].type, DISK_EXFAT);
	assert_true(found[0].size_bytes > 10 << 20);
	assert_int_equal(ops->mount(priv, &found[0]), DISK_OK);
	stick_sh("mount -o remount,ro %s", s.at);
	assert_int_equal(ops->mount(priv, &found[0]), DISK_WRITE_PROTECTED);
	stick_drop(&s);
	assert_true(woken(ops, priv));
	ops->close(priv);
}

/* --- helper ---------------------------------------------------------------------------------- */

struct script {
	const char *asked, *answer; /* answer NULL: closes without a word */
};

/* A helper of the board, for one question. */
static pid_t serve(const struct script *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char line[300] = "";
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), c;
	pid_t pid;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/helper", dir);
	unlink(a.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	pid = fork();
	if (pid) {
		close(fd);
		return pid;
	}
	alarm(20);
	c = accept(fd, NULL, NULL);
	if (read(c, line, sizeof(line) - 1) <= 0 || strcmp(line, s->asked) != 0)
		_exit(1);
	if (s->answer)
		(void)!write(c, s->answer, strlen(s->answer));
	_exit(0);
}

static enum disk_cause ask(const struct script *s, struct disk_info *info, bool mount)
{
	const struct disk_ops *ops = disk_find("helper");
	enum disk_cause cause;
	char where[96];
	pid_t pid = serve(s);
	void *priv;
	int status;

	snprintf(where, sizeof(where), "%s/helper", dir);
	assert_int_equal(ops->open(&priv, where), 0);
	cause = mount ? ops->mount(priv, info) : ops->unmount(priv, info);
	ops->close(priv);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return cause;
}

static void the_helpers_answers_are_understood(void **state)
{
	static const struct {
		const char *answer;
		enum disk_cause cause;
	} answers[] = {
		{ "error busy\n", DISK_BUSY },
		{ "error gone\n", DISK_GONE },
		{ "error dirty\n", DISK_DIRTY },
		{ "error nonsense\n", DISK_REFUSED },
		{ "ok\n", DISK_IO },
		{ "ok relative\n", DISK_IO },
		{ "ok /not/there\n", DISK_GONE },
		{ "okay\n", DISK_IO },
		{ "ok /without/end", DISK_IO },
		{ NULL, DISK_IO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct script s = { "mount sda1\n", answers[i].answer };
		struct disk_info info = { .id = "sda1", .type = DISK_EXFAT };

		if (ask(&s, &info, true) != answers[i].cause)
			fail_msg("answer %zu", i);
	}
}

static void unmounting_waits_for_the_answer(void **state)
{
	struct script s = { "unmount sda1\n", "ok\n" };
	struct disk_info info = { .id = "sda1" };

	(void)state;
	assert_int_equal(ask(&s, &info, false), DISK_OK);
}

static void a_mount_that_may_run_programs_is_refused(void **state)
{
	struct disk_info info = { .id = "sdb", .type = DISK_EXFAT };
	char answer[100];
	struct script s = { "mount sdb\n", answer };

	(void)state;
	if (geteuid() != 0 || stick_sh("mount -t tmpfs none %s 2>/dev/null", dir)) {
		print_message("only root mounts\n");
		skip();
	}
	snprintf(answer, sizeof(answer), "ok %s\n", dir);
	assert_int_equal(ask(&s, &info, true), DISK_REFUSED);
	assert_string_equal(info.path, "");
	info.type = DISK_EXFAT;
	assert_int_equal(stick_sh("mount -o remount,nosuid,nodev,noexec %s", dir), 0);
	assert_int_equal(ask(&s, &info, true), DISK_OK);
	assert_string_equal(info.path, dir);
	assert_int_equal(stick_sh("umount -l %s", dir), 0);
}

static void what_is_only_named_is_not_mounted(void **state)
{
	const struct disk_ops *ops = disk_find("helper");
	struct disk_info info = { .id = "sda1", .type = DISK_NTFS };
	struct disk_info evil = { .id = "sda1\nmount sdb", .type = DISK_EXFAT };
	void *priv;

	(void)state;
	assert_int_equal(ops->open(&priv, "/nowhere"), 0);
	assert_int_equal(ops->mount(priv, &info), DISK_NOT_USABLE);
	assert_int_equal(ops->mount(priv, &evil), DISK_REFUSED);
	assert_true(ops->list(priv, &info, 1) >= 0);
	ops->close(priv);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(formatted_images_are_known),		T(signs_at_their_places_are_known),
		T(every_word_has_its_sentence),		T(folders_come_and_go),
		T(a_mount_below_a_folder_is_the_stick), T(the_helpers_answers_are_understood),
		T(unmounting_waits_for_the_answer),	T(a_mount_that_may_run_programs_is_refused),
		T(what_is_only_named_is_not_mounted),
	};

	text_init(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
