// SPDX-License-Identifier: GPL-2.0
/* Requests and answers; see serve.h. Nothing here ever waits for a client. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "say.h"
#include "serve.h"
#include "watch.h"

#define PATIENCE_MS	2000	/* for a client that does not ask or does not read */
#define FOLLOWERS	(SERVE_CLIENTS / 2)	/* who keep a place for as long as they like */

enum answering { ASKED_NOTHING, LOG, STATUS, STATE };

static struct client {
	int fd;			/* -1: free */
	enum answering what;
	bool follow;		/* stays for what is yet to come */
	bool last;		/* we end with this answer */
	uint64_t next;		/* line of the log */
	unsigned int volume;	/* index of the next one */
	uint64_t since;		/* when something was sent, or it came */
} clients[SERVE_CLIENTS];

static const struct serve_ops *ops;
static int listener = -1;
static char packet[SERVE_PACKET];

static socklen_t address(struct sockaddr_un *a)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	memcpy(a->sun_path + 1, SERVE_NAME, strlen(SERVE_NAME));
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(SERVE_NAME));
}

int serve_open(void)
{
	struct sockaddr_un a;
	socklen_t len = address(&a);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int ret;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&a, len) && !listen(fd, SERVE_CLIENTS))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

int serve_connect(void)
{
	struct sockaddr_un a;
	socklen_t len = address(&a);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&a, len))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

void serve_init(int listen_fd, const struct serve_ops *o)
{
	listener = listen_fd;
	ops = o;
	for (unsigned int i = 0; i < SERVE_CLIENTS; i++)
		clients[i].fd = -1;
}

/* ---- answers ---- */

static void end(struct client *c)
{
	close(c->fd);
	c->fd = -1;
}

static void log_line(struct line *l, const struct ring_line *r)
{
	line_num(l, r->number);
	line_str(l, " ");
	line_num(l, r->ms);
	line_str(l, " ");
	line_num(l, r->level);
	line_str(l, " ");
	line_str(l, r->text);
}

/* NAME linear, or NAME LETTERS ACTION DONE/TOTAL DISK,DISK... suspended=0|1 */
static void status_line(struct line *l, const struct volume *v)
{
	line_volume(l, v->name);
	if (!v->mirror) {
		line_str(l, " linear");
		return;
	}
	line_str(l, " ");
	line_str(l, v->status.letters);
	line_str(l, " ");
	line_str(l, v->status.action);
	line_str(l, " ");
	line_num(l, v->status.done);
	line_str(l, "/");
	line_num(l, v->status.total);
	for (unsigned int i = 0; i < v->status.nslots; i++) {
		line_str(l, i ? "," : " ");
		line_str(l, v->pv[i][0] ? v->pv[i] : "-");
	}
	line_pair(l, "suspended", v->suspended);
}

/* The next volume that has something to say, as a line; false: that was all. */
static bool next_volume(struct client *c, struct line *l)
{
	while (c->volume < WATCH_MAX) {
		const struct volume *v = watch_volume(c->volume++);

		if (!v)
			continue;
		if (c->what == STATUS) {
			status_line(l, v);
			return true;
		}
		line_str(l, "volume ");
		if (watch_hand_over(v, l))
			return true;
		*l = LINE(packet);
	}
	return false;
}

static bool next_log(struct client *c, struct line *l)
{
	const struct ring_line *r = ring_from(say_ring(), c->next);

	if (!r)
		return false;
	c->next = r->number + 1;
	if (c->what == STATE)
		line_str(l, "log ");
	log_line(l, r);
	return true;
}

/* The next packet of the answer is put together; false: there is none. */
static bool next_packet(struct client *c, struct line *l)
{
	switch (c->what) {
	case LOG:
		return next_log(c, l);
	case STATUS:
		return next_volume(c, l);
	case STATE:
		return next_volume(c, l) || next_log(c, l);
	default:
		return false;
	}
}

/*
 * Sends as much as the socket takes. True: we are to end. Who takes over sees the
 * end of the connection, and then finds the name of the socket free.
 */
static bool push(struct client *c)
{
	for (;;) {
		const struct client before = *c;
		struct line l = LINE(packet);

		if (!next_packet(c, &l))
			break;
		if (send(c->fd, packet, l.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
			*c = before;
			if (errno != EAGAIN)
				end(c);
			return false;
		}
		c->since = now_ms();
	}
	if (c->follow)
		return false;
	if (c->last)
		close(listener);
	end(c);
	return c->last;
}

static void answer(struct client *c, const struct line *l)
{
	send(c->fd, l->buf, l->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	end(c);
}

static void refuse(struct client *c, const char *why)
{
	struct line l = LINE(packet);

	line_str(&l, "error ");
	line_str(&l, why);
	answer(c, &l);
}

/* ---- requests ---- */

static bool may_follow(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < SERVE_CLIENTS; i++)
		n += clients[i].fd >= 0 && clients[i].follow;
	return n < FOLLOWERS;
}

static bool begins_log(struct client *c, const char *verb, const char *rest)
{
	if (strcmp(verb, "log") && strcmp(verb, "follow"))
		return false;
	if (verb[0] == 'f' && !may_follow()) {
		refuse(c, "others follow the log already, as many as can");
		return true;
	}
	c->what = LOG;
	c->follow = verb[0] == 'f';
	if (!line_word_num(&rest, &c->next))
		c->next = 0;
	return true;
}

static enum serve_end request(struct client *c, const char *text)
{
	struct line l = LINE(packet);
	char verb[16];

	line_word(&text, verb, sizeof(verb));
	if (begins_log(c, verb, text))
		return SERVE_GOES_ON;
	if (!strcmp(verb, "status")) {
		c->what = STATUS;
	} else if (!strcmp(verb, "takeover")) {
		c->what = STATE;
		c->last = true;
	} else if (!strcmp(verb, "stop")) {
		/* who hears of it finds no monitor any more, and may start one */
		close(listener);
		line_str(&l, "stopped");
		answer(c, &l);
		return SERVE_STOP;
	} else if (!strcmp(verb, "ping")) {
		ops->ping(&l);
		answer(c, &l);
	} else if (!strcmp(verb, "rescan")) {
		ops->rescan();
		answer(c, &l);
	} else if (ops->other && ops->other(verb, text, &l)) {
		answer(c, &l);
	} else {
		refuse(c, "no such request");
	}
	return SERVE_GOES_ON;
}

static enum serve_end read_request(struct client *c)
{
	char text[SERVE_REQUEST];
	ssize_t len = recv(c->fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (len <= 0 || c->what != ASKED_NOTHING) {
		if (!(len < 0 && errno == EAGAIN))
			end(c);
		return SERVE_GOES_ON;
	}
	text[len] = '\0';
	return request(c, text);
}

static void come_in(void)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(peer);
	struct client *c = NULL;
	int fd;

	for (unsigned int i = 0; i < SERVE_CLIENTS; i++)
		if (clients[i].fd < 0)
			c = &clients[i];
	if (!c)
		return;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->since = now_ms();
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) || peer.uid)
		refuse(c, "only root may ask");
}

/* ---- the loop's side ---- */

static bool has_more(const struct client *c)
{
	if (c->what == LOG)
		return !c->follow || ring_from(say_ring(), c->next);
	return c->what == STATUS || c->what == STATE;
}

static bool any_free(void)
{
	for (unsigned int i = 0; i < SERVE_CLIENTS; i++)
		if (clients[i].fd < 0)
			return true;
	return false;
}

unsigned int serve_poll(struct pollfd *p)
{
	for (unsigned int i = 0; i < SERVE_CLIENTS; i++)
		p[i] = (struct pollfd){ .fd = clients[i].fd,
					.events = has_more(&clients[i]) ? POLLIN | POLLOUT :
									  POLLIN };
	/* who finds no place waits for one */
	p[SERVE_CLIENTS] = (struct pollfd){ .fd = any_free() ? listener : -1, .events = POLLIN };
	return SERVE_CLIENTS + 1;
}

bool serve_busy(void)
{
	for (unsigned int i = 0; i < SERVE_CLIENTS; i++)
		if (clients[i].fd >= 0 && !clients[i].follow)
			return true;
	return false;
}

static enum serve_end run_client(struct client *c, short events)
{
	enum serve_end ret = SERVE_GOES_ON;

	if (events & (POLLIN | POLLHUP | POLLERR))
		ret = read_request(c);
	if (c->fd >= 0 && has_more(c) && push(c))
		ret = SERVE_TAKEN_OVER;
	if (c->fd >= 0 && !c->follow && now_ms() - c->since > PATIENCE_MS)
		end(c);
	return ret;
}

enum serve_end serve_run(const struct pollfd *p)
{
	enum serve_end ret = SERVE_GOES_ON;

	for (unsigned int i = 0; i < SERVE_CLIENTS && ret == SERVE_GOES_ON; i++)
		if (clients[i].fd >= 0)
			ret = run_client(&clients[i], p[i].revents);
	if (ret == SERVE_GOES_ON && p[SERVE_CLIENTS].revents)
		come_in();
	return ret;
}
