/*
 * The worker protocol: what a worker gone mad may write into its socket, through a real socket pair
 * and the receiver's checks. Whatever passes them has strings that end, enums in range, pictures that
 * can be looked at; and no descriptor is left behind.
 *
 * Input: messages of 4 bytes + payload: kind (see below), descriptors, length as u16. A framed one gets a
 * right header around type, id and body; a raw one is sent as it is.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/camera/camera_worker.h"
#include "drivers/reader/reader_worker.h"
#include "firmware/base/bytes.h"
#include "firmware/base/image.h"
#include "firmware/base/text.h"
#include "firmware/check/check.h"
#include "firmware/judge/judge_wire.h"

enum { RAW = 1, MESSAGE_HEAD = 4, FDS_SENT_MAX = 3, PIXELS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint32_t sink; /* reading the bytes is the test */

static void must(bool good)
{
	if (!good)
		abort();
}

#define ENDED(field) must(memchr(field, 0, sizeof(field)) != NULL)

/* --- what a worker sends --------------------------------------------------------------------- */

/* A sealed picture, one without its seals, a file, nothing that can be mapped. */
static int descriptor(int kind)
{
	struct image *im;
	int fd;

	if (kind == 1)
		return memfd_create("bare", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (kind == 2)
		return open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	if (kind == 3)
		return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	im = image_new(PIXELS, PIXELS);
	fd = image_share(im);
	image_unref(im);
	return fd;
}

static void send_raw(int sock, const void *bytes, size_t length, int *fds, int count)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS_SENT_MAX * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)bytes, length };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (count) {
		struct cmsghdr *c = (struct cmsghdr *)control;

		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, (size_t)count * sizeof(int));
	}
	if (sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
}

static void send_one(int sock, const uint8_t *head, const uint8_t *payload, size_t length)
{
	int fds[FDS_SENT_MAX], count = (head[1] & 15) % (FDS_SENT_MAX + 1);

	for (int i = 0; i < count; i++)
		fds[i] = descriptor(head[1] >> (4 + i) & 3);
	if (head[0] & RAW || length < 6)
		send_raw(sock, payload, length, fds, count);
	else
		wire_send(sock, get_le16(payload), get_le32(payload + 2), payload + 6, length - 6,
			  fds, count < WIRE_FDS_MAX ? count : WIRE_FDS_MAX);
	for (int i = 0; i < count; i++)
		close(fds[i]);
}

/* --- what the kiosk does with it --------------------------------------------------------------- */

static void look_at(struct wire_msg *m, int32_t width_px, int32_t height_px)
{
	struct image *im = NULL;
	int fd = wire_take_fd(m, 0);

	if (fd < 0 || image_adopt(fd, width_px, height_px, &im) < 0)
		return;
	sink ^= image_row(im, im->height_px - 1)[im->width_px - 1];
	image_unref(im);
}

static void object(const struct camera_object *o)
{
	ENDED(o->folder);
	ENDED(o->name);
	ENDED(o->raw_name);
	must(o->pair <= PAIR_PARTIAL);
}

static void camera(struct wire_msg *m)
{
	const struct camera_object *o = wire_body(m, sizeof(*o));
	const struct camera_done *d = wire_body(m, sizeof(*d));
	const struct camera_status *s = wire_body(m, sizeof(*s));
	const struct camera_frame *f = wire_body(m, sizeof(*f));

	if (m->type == CAMERA_OBJECT || m->type == CAMERA_STRAY)
		object(o);
	if (m->type == CAMERA_DONE) {
		must(d->cause < CAMERA_CAUSE_COUNT);
		object(&d->object);
	}
	if (m->type == CAMERA_ONLINE) {
		ENDED(s->model);
		ENDED(s->serial);
	}
	if (m->type == CAMERA_FRAME)
		look_at(m, f->width_px, f->height_px);
}

static void reader(const struct wire_msg *m)
{
	const struct reader_card *c = wire_body(m, sizeof(*c));
	const struct reader_online *o = wire_body(m, sizeof(*o));

	if (m->type == READER_EVENT_CARD) {
		must(c->card.type < CARD_TYPE_COUNT);
		ENDED(c->card.name);
		ENDED(c->card.number);
		ENDED(c->card.birth);
		must(text_valid(c->card.name, strlen(c->card.name)));
	}
	if (m->type == READER_EVENT_ONLINE)
		ENDED(o->identity);
}

static void judge(struct wire_msg *m)
{
	const struct judge_verdict *v = wire_body(m, sizeof(*v));

	if (m->type != JUDGE_VERDICT || !v || !check_result_valid(&v->result))
		return;
	for (uint32_t i = 0; i < v->result.finding_count; i++)
		must(check_code_word((enum check_code)v->result.findings[i].code) != NULL);
	for (uint32_t i = 0; i < v->result.measure_count; i++)
		ENDED(v->result.measures[i].name);
	look_at(m, v->crop_width_px, v->crop_height_px);
}

static void receive(int sock, struct wire_msg *m)
{
	if (wire_recv(sock, 0, m) < 0) {
		must(m->fd_count == 0);
		return;
	}
	must(m->length <= WIRE_BODY_MAX && m->fd_count <= WIRE_FDS_MAX);
	judge(m);
	if (reader_msg_ok(m))
		reader(m);
	else if (camera_msg_ok(m))
		camera(m);
	wire_close_fds(m);
}

static int lowest_free(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_msg *m = malloc(sizeof(*m));
	int ends[2], before = lowest_free();

	must(m && wire_pair(ends) == 0);
	while (size >= MESSAGE_HEAD) {
		size_t length = get_le16(data + 2);

		if (length > size - MESSAGE_HEAD)
			length = size - MESSAGE_HEAD;
		send_one(ends[1], data, data + MESSAGE_HEAD, length);
		receive(ends[0], m);
		data += MESSAGE_HEAD + length;
		size -= MESSAGE_HEAD + length;
	}
	close(ends[0]);
	close(ends[1]);
	free(m);
	must(lowest_free() == before);
	return 0;
}
