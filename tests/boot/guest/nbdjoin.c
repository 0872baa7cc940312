// SPDX-License-Identifier: GPL-2.0
/*
 * nbdjoin ADDRESS PORT EXPORT DEVICE: connect a network block device, as nbd-client
 * does, whose libraries have no room in the small root file system. Goes on in the
 * background until the connection ends. Exit status 1: not connected.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nbd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* From the protocol: the handshake is all bytes in network order. */
#define MAGIC		0x4e42444d41474943ull	/* "NBDMAGIC" */
#define OPTION		0x49484156454f5054ull	/* "IHAVEOPT" */
#define EXPORT_NAME	1
#define FIXED_NEWSTYLE	1
#define NO_ZEROES	2

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "nbdjoin: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void get(int sock, void *buf, size_t len)
{
	must(recv(sock, buf, len, MSG_WAITALL) == (ssize_t)len, "the server says nothing");
}

static void put(int sock, const void *buf, size_t len)
{
	must(send(sock, buf, len, MSG_NOSIGNAL) == (ssize_t)len, "the server does not listen");
}

/* Choose the export; what it says of its size and flags. */
static void shake_hands(int sock, const char *export, uint64_t *size, uint16_t *flags)
{
	struct { uint64_t magic, option; uint16_t flags; } __attribute__((packed)) hello;
	struct { uint64_t option; uint32_t number, len; } __attribute__((packed)) choice = {
		htobe64(OPTION), htobe32(EXPORT_NAME), htobe32(strlen(export))
	};
	struct { uint64_t size; uint16_t flags; } __attribute__((packed)) answer;
	uint32_t ours = htobe32(FIXED_NEWSTYLE | NO_ZEROES);

	get(sock, &hello, sizeof(hello));
	errno = EPROTO;
	must(be64toh(hello.magic) == MAGIC && be64toh(hello.option) == OPTION &&
	     be16toh(hello.flags) & NO_ZEROES, "greeting");
	put(sock, &ours, sizeof(ours));
	put(sock, &choice, sizeof(choice));
	put(sock, export, strlen(export));
	get(sock, &answer, sizeof(answer));
	*size = be64toh(answer.size);
	*flags = be16toh(answer.flags);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int sock = socket(AF_INET, SOCK_STREAM, 0), disk;
	uint64_t size;
	uint16_t flags;

	if (argc != 5) {
		fprintf(stderr, "usage: nbdjoin ADDRESS PORT EXPORT DEVICE\n");
		return 1;
	}
	to.sin_port = htons(atoi(argv[2]));
	must(inet_pton(AF_INET, argv[1], &to.sin_addr) == 1, argv[1]);
	must(!connect(sock, (struct sockaddr *)&to, sizeof(to)), "connect");
	shake_hands(sock, argv[3], &size, &flags);
	disk = open(argv[4], O_RDWR);
	must(disk >= 0, argv[4]);
	must(!ioctl(disk, NBD_SET_SOCK, sock) && !ioctl(disk, NBD_SET_BLKSIZE, 512ul) &&
	     !ioctl(disk, NBD_SET_SIZE_BLOCKS, (unsigned long)(size / 512)) &&
	     !ioctl(disk, NBD_SET_FLAGS, (unsigned long)flags) &&
	     !ioctl(disk, NBD_SET_TIMEOUT, 30ul), argv[4]);
	if (fork())
		return 0;
	setsid();
	ioctl(disk, NBD_DO_IT);
	ioctl(disk, NBD_CLEAR_SOCK);
	return 0;
}
