// Raw stream sockets that speak SP, or anything but, to a library under test.
#ifndef RAW_H
#define RAW_H

#include "stress.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

// Connects to `url` (tcp://IP:PORT, ipc:///PATH or abstract://NAME). A descriptor, or -1.
__attribute__((unused)) static int
raw_connect(const char *url)
{
	int fd;
	if (strncmp(url, "tcp://", 6) == 0 || strncmp(url, "ws://", 5) == 0) {
		struct sockaddr_in in = { .sin_family = AF_INET };
		char               host[64];
		const char        *from  = strstr(url, "://") + 3;
		const char        *colon = strrchr(from, ':');
		snprintf(host, sizeof(host), "%.*s", (int) (colon - from), from);
		inet_pton(AF_INET, host, &in.sin_addr);
		in.sin_port = htons((uint16_t) atoi(colon + 1));
		fd          = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, (struct sockaddr *) &in, sizeof(in)) != 0) {
			close(fd);
			return -1;
		}
	} else {
		struct sockaddr_un un  = { .sun_family = AF_UNIX };
		socklen_t          len = sizeof(un);
		if (strncmp(url, "abstract://", 11) == 0) {
			size_t n = strlen(url + 11);
			memcpy(un.sun_path + 1, url + 11, n);
			len = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + 1 + n);
		} else {
			snprintf(un.sun_path, sizeof(un.sun_path), "%.107s", url + 6);
		}
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, (struct sockaddr *) &un, len) != 0) {
			close(fd);
			return -1;
		}
	}
	return fd;
}

// A listening descriptor at a fresh address of this process, whose URL goes to `url`.
__attribute__((unused)) static int
raw_listen(char *url, const char *transport)
{
	int fd;
	fresh_url(url, transport);
	if (strcmp(transport, "tcp") == 0) {
		struct sockaddr_in in  = { .sin_family = AF_INET };
		socklen_t          len = sizeof(in);
		inet_pton(AF_INET, own_ip(), &in.sin_addr);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (bind(fd, (struct sockaddr *) &in, sizeof(in)) != 0 || listen(fd, 64) != 0) {
			FAIL("raw listen: %s", strerror(errno));
		}
		getsockname(fd, (struct sockaddr *) &in, &len);
		snprintf(url, URL_MAX, "tcp://%s:%d", own_ip(), ntohs(in.sin_port));
	} else {
		struct sockaddr_un un = { .sun_family = AF_UNIX };
		snprintf(un.sun_path, sizeof(un.sun_path), "%.107s", url + 6);
		unlink(un.sun_path);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (bind(fd, (struct sockaddr *) &un, sizeof(un)) != 0 || listen(fd, 64) != 0) {
			FAIL("raw listen: %s", strerror(errno));
		}
	}
	return fd;
}

__attribute__((unused)) static void
raw_unlink(const char *url)
{
	if (strncmp(url, "ipc://", 6) == 0) {
		unlink(url + 6);
	}
}

// Writes all of it, or says false when the other side is gone.
__attribute__((unused)) static bool
raw_write(int fd, const void *data, size_t size)
{
	const char *p = data;
	while (size > 0) {
		ssize_t n = send(fd, p, size, MSG_NOSIGNAL);
		if (n <= 0) {
			if (n < 0 && errno == EINTR) {
				continue;
			}
			return false;
		}
		p += n;
		size -= (size_t) n;
	}
	return true;
}

// Reads exactly `size` bytes within `ms`.
__attribute__((unused)) static bool
raw_read(int fd, void *data, size_t size, int ms)
{
	char *p = data;
	while (size > 0) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		ssize_t       n;
		if (poll(&pfd, 1, ms) <= 0) {
			return false;
		}
		n = recv(fd, p, size, 0);
		if (n <= 0) {
			return false;
		}
		p += n;
		size -= (size_t) n;
	}
	return true;
}

// Whether the other side has hung up, waiting for it up to `ms`; what it says first is passed over.
__attribute__((unused)) static bool
raw_hung_up(int fd, int ms)
{
	char buf[4096];
	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		ssize_t       n;
		if (poll(&pfd, 1, ms) <= 0) {
			return false;
		}
		n = recv(fd, buf, sizeof(buf), 0);
		if (n == 0 || (n < 0 && errno != EINTR)) {
			return true;
		}
	}
}

__attribute__((unused)) static bool
raw_handshake(int fd, uint16_t protocol)
{
	unsigned char hello[8] = { 0, 'S', 'P', 0, (unsigned char) (protocol >> 8), (unsigned char) protocol, 0, 0 };
	unsigned char theirs[8];
	return raw_write(fd, hello, 8) && raw_read(fd, theirs, 8, 3000) && memcmp(theirs, "\0SP\0", 4) == 0;
}

// A length header as this transport has it. Returns its size.
__attribute__((unused)) static size_t
raw_length(unsigned char *out, const char *transport, uint64_t length)
{
	size_t at = 0;
	if (strcmp(transport, "tcp") != 0) {
		out[at++] = 1; // ipc's message type
	}
	for (int shift = 56; shift >= 0; shift -= 8) {
		out[at++] = (unsigned char) (length >> shift);
	}
	return at;
}

// Closes with a reset rather than a farewell, where the transport knows the difference.
__attribute__((unused)) static void
raw_reset(int fd)
{
	struct linger l = { 1, 0 };
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(fd);
}

#endif
