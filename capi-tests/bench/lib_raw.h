/* No library: blocking stream sockets with an 8-byte length before each
 * message, one write per message, reads of up to 64 KiB; between threads, a
 * queue with a mutex and condition variables. One peer per socket. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <sys/uio.h>
#include <sys/un.h>

#define LIB_NAME "raw"
#define SOCK_ACCEPTS
#define DIAL_WAITS 1
#define READ_AHEAD 65536

typedef struct {
	size_t size;
	char   body[];
} *msg_t;

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t  filled, drained;
	msg_t           slot[1024];
	unsigned        head, tail, depth;
};

typedef struct {
	int           fd, listener;
	size_t        begin, end;
	char         *ahead;
	struct queue *out, *in;
	unsigned      depth;
} *sock_t;

static struct queue queues[2];

static sock_t
sock_open(enum kind kind, int depth)
{
	sock_t s = calloc(1, sizeof(*s));
	if ((kind == PUB) || (kind == SUB)) {
		fail("raw sockets have no publishing");
	}
	s->fd = s->listener = -1;
	s->depth            = (depth > 0) ? (unsigned) depth : 128;
	return (s);
}

static socklen_t
address(const char *url, struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	if (strncmp(url, "ipc://", 6) == 0) {
		struct sockaddr_un *un = (void *) ss;
		un->sun_family         = AF_UNIX;
		strncat(un->sun_path, url + 6, sizeof(un->sun_path) - 1);
		return (sizeof(*un));
	}
	struct sockaddr_in *in = (void *) ss;
	in->sin_family         = AF_INET;
	in->sin_addr.s_addr    = htonl(INADDR_LOOPBACK);
	in->sin_port           = htons((uint16_t) atoi(strrchr(url, ':') + 1));
	return (sizeof(*in));
}

static void
greet(sock_t s)
{
	int  on = 1;
	char hello[8];
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	s->ahead = (s->ahead == NULL) ? malloc(READ_AHEAD) : s->ahead;
	s->begin = s->end = 0;
	tell(s->fd, "\0SP\0\0\0\0\0", 8);
	hear(s->fd, hello, 8);
}

static void
sock_listen(sock_t s, const char *url)
{
	struct sockaddr_storage ss;
	int                     on = 1;
	if (is_inproc()) {
		for (int i = 0; i < 2; i++) {
			pthread_mutex_init(&queues[i].lock, NULL);
			pthread_cond_init(&queues[i].filled, NULL);
			pthread_cond_init(&queues[i].drained, NULL);
			queues[i].depth = s->depth;
		}
		s->out = &queues[0];
		s->in  = &queues[1];
		return;
	}
	socklen_t len = address(url, &ss);
	s->listener   = socket(ss.ss_family, SOCK_STREAM, 0);
	setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if ((bind(s->listener, (void *) &ss, len) != 0) || (listen(s->listener, 4096) != 0)) {
		fail("listen: %s", strerror(errno));
	}
}

static void
sock_accept(sock_t s)
{
	if ((s->fd = accept(s->listener, NULL, NULL)) < 0) {
		fail("accept: %s", strerror(errno));
	}
	greet(s);
}

static void
sock_dial(sock_t s, const char *url)
{
	struct sockaddr_storage ss;
	if (is_inproc()) {
		s->out = &queues[1];
		s->in  = &queues[0];
		return;
	}
	socklen_t len = address(url, &ss);
	s->fd         = socket(ss.ss_family, SOCK_STREAM, 0);
	if (connect(s->fd, (void *) &ss, len) != 0) {
		fail("connect: %s", strerror(errno));
	}
	greet(s);
}

static void
sock_close(sock_t s)
{
	close(s->fd);
	close(s->listener);
	free(s->ahead);
	free(s);
}

static inline void
msg_new(msg_t *m, size_t size)
{
	*m            = malloc(sizeof(**m) + size);
	(*m)->size    = size;
	(*m)->body[0] = 1;
}

static inline void *
msg_body(msg_t *m)
{
	return ((*m)->body);
}

static inline size_t
msg_size(msg_t *m)
{
	return ((*m)->size);
}

static inline void
msg_free(msg_t *m)
{
	free(*m);
}

static void
queue_put(struct queue *q, msg_t m)
{
	pthread_mutex_lock(&q->lock);
	while (q->tail - q->head == q->depth) {
		pthread_cond_wait(&q->drained, &q->lock);
	}
	q->slot[q->tail++ % 1024] = m;
	pthread_mutex_unlock(&q->lock);
	pthread_cond_signal(&q->filled);
}

static msg_t
queue_get(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	while (q->tail == q->head) {
		pthread_cond_wait(&q->filled, &q->lock);
	}
	msg_t m = q->slot[q->head++ % 1024];
	pthread_mutex_unlock(&q->lock);
	pthread_cond_signal(&q->drained);
	return (m);
}

static void
sock_send(sock_t s, msg_t *m)
{
	if (s->out != NULL) {
		queue_put(s->out, *m);
		return;
	}
	if (s->fd < 0) {
		sock_accept(s);
	}
	/* size lies directly before body: header and body in one write */
	const char *at   = (const char *) &(*m)->size;
	size_t      left = sizeof((*m)->size) + (*m)->size;
	while (left > 0) {
		ssize_t n = write(s->fd, at, left);
		if (n <= 0) {
			fail("write: %s", strerror(errno));
		}
		at += n;
		left -= (size_t) n;
	}
	free(*m);
}

static void
fetch(sock_t s, void *to, size_t len)
{
	char *at = to;
	while (len > 0) {
		if ((s->begin == s->end) && (len >= READ_AHEAD / 4)) {
			hear(s->fd, at, len);
			return;
		}
		if (s->begin == s->end) {
			ssize_t n = read(s->fd, s->ahead, READ_AHEAD);
			if (n <= 0) {
				fail("read: %s", (n == 0) ? "end" : strerror(errno));
			}
			s->begin = 0;
			s->end   = (size_t) n;
		}
		size_t part = s->end - s->begin;
		part        = (part < len) ? part : len;
		memcpy(at, s->ahead + s->begin, part);
		s->begin += part;
		at += part;
		len -= part;
	}
}

static void
sock_recv(sock_t s, msg_t *m)
{
	size_t size;
	if (s->in != NULL) {
		*m = queue_get(s->in);
		return;
	}
	if (s->fd < 0) {
		sock_accept(s);
	}
	fetch(s, &size, sizeof(size));
	*m         = malloc(sizeof(**m) + size);
	(*m)->size = size;
	fetch(s, (*m)->body, size);
}

static inline bool
sock_try_recv(sock_t s, msg_t *m)
{
	sock_recv(s, m);
	return (true);
}
