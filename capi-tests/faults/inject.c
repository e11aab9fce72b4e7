// Fails system calls of the library under test, and of nothing else in the process: preloaded, it
// stands before libc for every call that returns into libnng.so, whichever crate makes it, and
// counts them by place. The library is the one that is shipped; it knows nothing of this.
//
// FAULTS_PLAN  rules, divided by ";":  NAME[@OFFSET]:FIRST:COUNT:ACTION[:MILLISECONDS]
//              fails calls number FIRST to FIRST+COUNT-1 of NAME (from one place in the library,
//              or from any), within so many milliseconds of the first; COUNT 0 is without end.
//              random:SEED:RATE:MILLISECONDS fails one call in RATE, each in a way of its own.
//              least:BYTES is FAULTS_ALLOC of this plan.
// FAULTS_TABLE a file that receives the counts: `struct place` after `struct place`.
// FAULTS_ALLOC the smallest allocation that may fail (65536).
//
// What is injected is what a kernel could do. A connection that is reset is shut down as well; an
// aborted one has left the queue; after a false EAGAIN or a short transfer the descriptor's edge
// comes again, as it does when it becomes ready.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/futex.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

// The calls, and in which ways each can fail.
#define CALLS(X)                                                                         \
	X(accept4, "EMFILE ENFILE ENOBUFS ENOMEM EINTR ECONNABORTED EAGAIN EPERM EPROTO")    \
	X(bind, "EADDRINUSE EACCES ENOMEM EADDRNOTAVAIL")                                    \
	X(calloc, "ENOMEM")                                                                  \
	X(chmod, "EPERM EIO")                                                                \
	X(clock_nanosleep, "EINTR")                                                          \
	X(close, "EINTR EIO")                                                                \
	X(connect, "ECONNREFUSED ENETUNREACH ETIMEDOUT EAGAIN ENOBUFS EADDRNOTAVAIL EACCES") \
	X(epoll_create1, "EMFILE ENFILE ENOMEM")                                             \
	X(epoll_ctl, "ENOMEM ENOSPC")                                                        \
	X(epoll_wait, "EINTR")                                                               \
	X(eventfd, "EMFILE ENFILE ENOMEM")                                                   \
	X(fcntl, "EMFILE EINTR ENOMEM")                                                      \
	X(fstat64, "ENOMEM EIO")                                                             \
	X(futex, "EINTR EAGAIN")                                                             \
	X(getaddrinfo, "EAI_MEMORY EAI_AGAIN EAI_FAIL EAI_NONAME EAI_SYSTEM")                \
	X(getcwd, "ENOENT")                                                                  \
	X(getpeername, "ENOBUFS ENOTCONN")                                                   \
	X(getrandom, "EINTR")                                                                \
	X(getsockname, "ENOBUFS")                                                            \
	X(getsockopt, "ENOPROTOOPT ENOBUFS")                                                 \
	X(ioctl, "ENOMEM")                                                                   \
	X(listen, "EADDRINUSE ENOBUFS")                                                      \
	X(lseek64, "EIO")                                                                    \
	X(lstat64, "EIO ENOENT ENOMEM EACCES")                                               \
	X(malloc, "ENOMEM")                                                                  \
	X(mmap64, "ENOMEM")                                                                  \
	X(open, "EMFILE ENFILE ENOMEM EACCES EINTR EIO")                                     \
	X(open64, "EMFILE ENFILE ENOMEM EACCES EINTR EIO")                                   \
	X(pipe2, "EMFILE ENFILE")                                                            \
	X(poll, "EINTR ENOMEM")                                                              \
	X(posix_memalign, "ENOMEM")                                                          \
	X(pthread_create, "EAGAIN")                                                          \
	X(read, "EINTR EIO")                                                                 \
	X(readlink, "EIO ENOENT")                                                            \
	X(realloc, "ENOMEM")                                                                 \
	X(realpath, "EIO ENOENT ENOMEM")                                                     \
	X(recvfrom, "EINTR ENOMEM EAGAIN ECONNRESET ECONNREFUSED")                           \
	X(send, "EINTR ENOBUFS ENOMEM EAGAIN EPIPE ECONNRESET")                              \
	X(sendmsg, "EINTR ENOBUFS ENOMEM EAGAIN EPIPE ECONNRESET")                           \
	X(sendto, "EINTR ENOBUFS ENOMEM EAGAIN EPERM")                                       \
	X(setsockopt, "ENOMEM ENOBUFS ENOPROTOOPT EINVAL")                                   \
	X(shutdown, "ENOTCONN ENOBUFS")                                                      \
	X(socket, "EMFILE ENFILE ENOBUFS ENOMEM EAFNOSUPPORT")                               \
	X(socketpair, "EMFILE ENFILE ENOMEM")                                                \
	X(stat64, "EIO ENOENT ENOMEM EACCES")                                                \
	X(statx, "EIO ENOENT ENOMEM EACCES")                                                 \
	X(unlink, "EPERM EIO ENOENT")                                                        \
	X(write, "EINTR EIO ENOSPC")                                                         \
	X(writev, "EINTR ENOSPC")

// What a connected socket adds to the ways of these.
#define ON_STREAMS "EINTR EAGAIN ECONNRESET ENOMEM SHORT"

enum call {
#define X(name, ways) C_##name,
	CALLS(X)
#undef X
	    C_COUNT
};
static const char *const call_names[] = {
#define X(name, ways) #name,
	CALLS(X)
#undef X
};
static const char *const call_ways[] = {
#define X(name, ways) ways,
	CALLS(X)
#undef X
};

enum { SHORT = 10001, SO_ERR = 10002 };
static const struct {
	const char *name;
	int         value;
} ways[] = {
#define W(e) { #e, e }
	W(EMFILE), W(ENFILE), W(ENOBUFS), W(ENOMEM), W(EINTR), W(ECONNABORTED), W(EAGAIN), W(EPERM),
	W(EPROTO), W(EADDRINUSE), W(EACCES), W(EADDRNOTAVAIL), W(EIO), W(ECONNREFUSED),
	W(ENETUNREACH), W(ETIMEDOUT), W(ENOSPC), W(ENOENT), W(ENOTCONN), W(ENOSYS),
	W(ENOPROTOOPT), W(ECONNRESET), W(EPIPE), W(EINVAL), W(EAFNOSUPPORT), W(EAI_MEMORY),
	W(EAI_AGAIN), W(EAI_FAIL), W(EAI_NONAME), W(EAI_SYSTEM), W(SHORT), W(SO_ERR),
#undef W
};

// One place in the library from which a call is made.
struct place {
	char             name[16];
	char             ways[96];
	uint64_t         offset;
	_Atomic uint64_t calls, failed;
};
#define PLACES 2048
static struct place     *table;
static _Atomic uintptr_t taken[PLACES];

struct rule {
	int              call;
	uint64_t         offset, first, count;
	int              way;
	uint64_t         window_ns;
	_Atomic uint64_t seen, since;
};
static struct rule      rules[16];
static int              rule_count;
static uint64_t         random_rate, random_window;
static _Atomic uint64_t random_state;
static uintptr_t        low, high, base;
static size_t           alloc_min = 65536;
static atomic_bool      off;
static uint64_t         began;

static uint64_t
now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

// The program says when it has seen enough.
void
faults_off(void)
{
	atomic_store(&off, true);
}

static int
find_library(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void) size;
	(void) arg;
	if (strstr(info->dlpi_name, "libnng.so") == NULL) {
		return 0;
	}
	base = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type == PT_LOAD && (p->p_flags & PF_X)) {
			low  = base + p->p_vaddr;
			high = low + p->p_memsz;
		}
	}
	return 1;
}

static void
bad_plan(const char *rule)
{
	dprintf(2, "no such fault: %s\n", rule);
	_exit(96);
}

static void
parse(char *text)
{
	char *save = NULL;
	for (char *r = strtok_r(text, ";", &save); r != NULL; r = strtok_r(NULL, ";", &save)) {
		char               name[32], way[32];
		unsigned long long offset = 0, first = 1, count = 1, ms = 0;
		if (sscanf(r, "random:%llu:%llu:%llu", &first, &count, &ms) == 3) {
			random_state  = first * 0x9E3779B97F4A7C15u;
			random_rate   = count;
			random_window = ms * 1000000u;
			continue;
		}
		if (sscanf(r, "least:%llu", &first) == 1) {
			alloc_min = first;
			continue;
		}
		if (sscanf(r, "%31[a-z0-9_]@%llx:%llu:%llu:%31[A-Z_]:%llu", name, &offset, &first, &count, way,
		        &ms) < 5 &&
		    sscanf(r, "%31[a-z0-9_]:%llu:%llu:%31[A-Z_]:%llu", name, &first, &count, way, &ms) < 4) {
			bad_plan(r);
		}
		struct rule *rule = &rules[rule_count++];
		rule->call        = -1;
		for (int i = 0; i < C_COUNT; i++) {
			if (strcmp(call_names[i], name) == 0) {
				rule->call = i;
			}
		}
		for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
			if (strcmp(ways[i].name, way) == 0) {
				rule->way = ways[i].value;
			}
		}
		rule->offset    = offset;
		rule->first     = first;
		rule->count     = count;
		rule->window_ns = ms * 1000000u;
		if (rule->call < 0 || rule->way == 0) {
			bad_plan(r);
		}
	}
}

__attribute__((constructor)) static void
start(void)
{
	const char *plan = getenv("FAULTS_PLAN"), *file = getenv("FAULTS_TABLE");
	const char *least = getenv("FAULTS_ALLOC");
	static char text[1024];
	dl_iterate_phdr(find_library, NULL);
	if (low == 0) {
		return; // a process without the library
	}
	if (least != NULL) {
		alloc_min = strtoull(least, NULL, 0);
	}
	if (file != NULL) {
		int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd >= 0 && ftruncate(fd, PLACES * sizeof(struct place)) == 0) {
			void *at = mmap(NULL, PLACES * sizeof(struct place), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			table    = at == MAP_FAILED ? NULL : at;
		}
		close(fd);
	}
	if (plan != NULL) {
		snprintf(text, sizeof(text), "%s", plan);
		parse(text);
	}
	began = now_ns();
}

static struct place *
place_of(int call, uintptr_t at, const char *more)
{
	uintptr_t key = at * 64 + (uintptr_t) call;
	for (size_t i = 0, h = (key * 0x9E3779B97F4A7C15u) >> 53; i < PLACES; i++, h = (h + 1) % PLACES) {
		uintptr_t none = 0;
		if (atomic_load(&taken[h]) == key || atomic_compare_exchange_strong(&taken[h], &none, key)) {
			if (none == 0 && table[h].name[0] == '\0') {
				snprintf(table[h].ways, sizeof(table[h].ways), "%s", more);
				table[h].offset = at - base;
				memcpy(table[h].name, call_names[call], strlen(call_names[call]));
			}
			return &table[h];
		}
		if (none == key) {
			return &table[h];
		}
	}
	return NULL;
}

static int
pick(const char *names)
{
	char     all[128], *save = NULL, *list[16];
	int      n = 0;
	uint64_t z = atomic_fetch_add(&random_state, 0x9E3779B97F4A7C15u);
	z          = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z          = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	z ^= z >> 31;
	if (z % random_rate != 0) {
		return 0;
	}
	z /= random_rate;
	snprintf(all, sizeof(all), "%s", names);
	for (char *w = strtok_r(all, " ", &save); w != NULL && n < 16; w = strtok_r(NULL, " ", &save)) {
		list[n++] = w;
	}
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, list[z % (uint64_t) n]) == 0) {
			return ways[i].value;
		}
	}
	return 0;
}

// In which way this call is to fail; 0 is not.
static int
way_of(int call, void *from, const char *names)
{
	uintptr_t     at = (uintptr_t) from;
	struct place *place;
	int           way = 0, kept = errno;
	if (at < low || at >= high) {
		return 0;
	}
	place = table == NULL ? NULL : place_of(call, at, names);
	if (place != NULL) {
		atomic_fetch_add(&place->calls, 1);
	}
	if (!atomic_load(&off)) {
		for (int i = 0; i < rule_count && way == 0; i++) {
			struct rule *r = &rules[i];
			if (r->call != call || (r->offset != 0 && r->offset != at - base)) {
				continue;
			}
			uint64_t n = atomic_fetch_add(&r->seen, 1) + 1, none = 0;
			if (n < r->first || (r->count != 0 && n >= r->first + r->count)) {
				continue;
			}
			if (r->window_ns != 0) {
				uint64_t now = now_ns();
				atomic_compare_exchange_strong(&r->since, &none, now);
				if (now - atomic_load(&r->since) > r->window_ns) {
					continue;
				}
			}
			way = r->way;
		}
		if (way == 0 && random_rate != 0 && now_ns() - began < random_window) {
			way = pick(names);
		}
	}
	if (way != 0 && place != NULL) {
		atomic_fetch_add(&place->failed, 1);
	}
	errno = kept;
	return way;
}
#define WAY(name) way_of(C_##name, __builtin_return_address(0), call_ways[C_##name])
#define WAY_OF(name, names) way_of(C_##name, __builtin_return_address(0), names)

#define REAL(result, name, ...)                             \
	static result (*real)(__VA_ARGS__);                     \
	if (real == NULL) {                                     \
		real = (result(*)(__VA_ARGS__)) dlsym(RTLD_NEXT, #name); \
	}

// A call that, when it fails, does nothing.
#define PLAIN(result, failed, name, params, args, ...)      \
	result name params                                      \
	{                                                       \
		REAL(result, name, __VA_ARGS__)                     \
		int way = WAY(name);                                \
		if (way != 0) {                                     \
			errno = way;                                    \
			return failed;                                  \
		}                                                   \
		return real args;                                   \
	}

// ---- edges ------------------------------------------------------------------------------------

#define FDS 4096
static struct {
	int                epfd;
	struct epoll_event event;
} watched[FDS][4];
static pthread_mutex_t watching = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool     dead[FDS];

static int
real_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	return (int) syscall(SYS_epoll_ctl, epfd, op, fd, event);
}

// The descriptor becomes ready again, if it is.
static void
new_edge(int fd)
{
	int kept = errno;
	if (fd < 0 || fd >= FDS) {
		return;
	}
	pthread_mutex_lock(&watching);
	for (int i = 0; i < 4; i++) {
		if (watched[fd][i].epfd > 0) {
			struct epoll_event event = watched[fd][i].event;
			real_epoll_ctl(watched[fd][i].epfd - 1, EPOLL_CTL_MOD, fd, &event);
		}
	}
	pthread_mutex_unlock(&watching);
	errno = kept;
}

int
epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	// Only adding takes memory.
	int way = op == EPOLL_CTL_ADD ? WAY(epoll_ctl) : 0;
	int rv  = -1;
	if (way != 0) {
		errno = way;
		return -1;
	}
	pthread_mutex_lock(&watching);
	rv = real_epoll_ctl(epfd, op, fd, event);
	if (rv == 0 && fd >= 0 && fd < FDS) {
		int at = -1;
		for (int i = 0; i < 4; i++) {
			if (watched[fd][i].epfd == epfd + 1) {
				at = i;
			} else if (watched[fd][i].epfd == 0 && at < 0) {
				at = i;
			}
		}
		if (at >= 0) {
			watched[fd][at].epfd = op == EPOLL_CTL_DEL ? 0 : epfd + 1;
			if (op != EPOLL_CTL_DEL) {
				watched[fd][at].event = *event;
			}
		}
	}
	pthread_mutex_unlock(&watching);
	return rv;
}

int
close(int fd)
{
	REAL(int, close, int)
	int way = WAY(close);
	if (fd >= 0 && fd < FDS) {
		pthread_mutex_lock(&watching);
		memset(watched[fd], 0, sizeof(watched[fd]));
		atomic_store(&dead[fd], false);
		pthread_mutex_unlock(&watching);
	}
	int rv = real(fd);
	if (way != 0) {
		errno = way;
		return -1;
	}
	return rv;
}

// ---- transfers --------------------------------------------------------------------------------

static bool
is_stream(int fd)
{
	int       type = 0, kept = errno;
	socklen_t len  = sizeof(type);
	bool      is   = syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
	errno          = kept;
	return is;
}

// read and write serve files, sockets, pipes and events.
static const char *
ways_of(int call, int fd)
{
	struct stat st;
	int         kept = errno, rv = fstat(fd, &st);
	errno            = kept;
	if (rv == 0 && S_ISSOCK(st.st_mode)) {
		return is_stream(fd) ? ON_STREAMS : "EINTR ENOMEM EAGAIN";
	}
	return rv == 0 && S_ISREG(st.st_mode) ? call_ways[call] : "EINTR";
}

// Fails a transfer; what was connected and is reset is shut down.
static ssize_t
transfer_fails(int fd, int way)
{
	// Once: each shutdown is an event.
	if ((way == ECONNRESET || way == EPIPE) && fd >= 0 && fd < FDS && !atomic_exchange(&dead[fd], true)) {
		syscall(SYS_shutdown, fd, SHUT_RDWR);
	}
	if (way == EAGAIN) {
		new_edge(fd);
	}
	errno = way;
	return -1;
}

#define FROM __builtin_return_address(0)

static int
plain_way(int call, void *from, int fd)
{
	uintptr_t at = (uintptr_t) from;
	return at < low || at >= high ? 0 : way_of(call, from, ways_of(call, fd));
}

ssize_t
read(int fd, void *buf, size_t len)
{
	int way = plain_way(C_read, FROM, fd);
	if (way == SHORT) {
		ssize_t n = syscall(SYS_read, fd, buf, len > 1 ? len / 2 < 7 ? len / 2 : 7 : len);
		new_edge(fd);
		return n;
	}
	return way != 0 ? transfer_fails(fd, way) : syscall(SYS_read, fd, buf, len);
}

ssize_t
write(int fd, const void *buf, size_t len)
{
	int way = plain_way(C_write, FROM, fd);
	if (way == SHORT) {
		ssize_t n = syscall(SYS_write, fd, buf, len > 1 ? len / 2 : len);
		new_edge(fd);
		return n;
	}
	return way != 0 ? transfer_fails(fd, way) : syscall(SYS_write, fd, buf, len);
}

ssize_t
readv(int fd, const struct iovec *iov, int n)
{
	int way = plain_way(C_read, FROM, fd);
	if (way == SHORT && n > 0) {
		ssize_t got = syscall(SYS_read, fd, iov->iov_base, iov->iov_len > 1 ? iov->iov_len / 2 : iov->iov_len);
		new_edge(fd);
		return got;
	}
	return way != 0 && way != SHORT ? transfer_fails(fd, way) : syscall(SYS_readv, fd, iov, n);
}

ssize_t
writev(int fd, const struct iovec *iov, int n)
{
	int way = plain_way(C_writev, FROM, fd);
	if (way == SHORT && n > 0) {
		ssize_t put = syscall(SYS_write, fd, iov->iov_base, iov->iov_len > 1 ? iov->iov_len / 2 : iov->iov_len);
		new_edge(fd);
		return put;
	}
	return way != 0 && way != SHORT ? transfer_fails(fd, way) : syscall(SYS_writev, fd, iov, n);
}

ssize_t
recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *sa, socklen_t *salen)
{
	bool stream = is_stream(fd);
	int  way    = WAY_OF(recvfrom, stream ? ON_STREAMS : call_ways[C_recvfrom]);
	if (way == SHORT) {
		ssize_t n = syscall(SYS_recvfrom, fd, buf, len > 1 ? len / 2 < 7 ? len / 2 : 7 : len, flags, sa, salen);
		new_edge(fd);
		return n;
	}
	return way != 0 ? transfer_fails(fd, way) : syscall(SYS_recvfrom, fd, buf, len, flags, sa, salen);
}

ssize_t
recv(int fd, void *buf, size_t len, int flags)
{
	bool stream = is_stream(fd);
	int  way    = WAY_OF(recvfrom, stream ? ON_STREAMS : call_ways[C_recvfrom]);
	if (way == SHORT) {
		ssize_t n = syscall(SYS_recvfrom, fd, buf, len > 1 ? len / 2 < 7 ? len / 2 : 7 : len, flags, NULL, NULL);
		new_edge(fd);
		return n;
	}
	return way != 0 ? transfer_fails(fd, way) : syscall(SYS_recvfrom, fd, buf, len, flags, NULL, NULL);
}

#define ON_SENDS "EINTR EAGAIN ECONNRESET EPIPE ENOBUFS ENOMEM SHORT"

ssize_t
send(int fd, const void *buf, size_t len, int flags)
{
	int way = WAY_OF(send, is_stream(fd) ? ON_SENDS : call_ways[C_send]);
	if (way == SHORT) {
		ssize_t n = syscall(SYS_sendto, fd, buf, len > 1 ? len / 2 : len, flags, NULL, 0);
		new_edge(fd);
		return n;
	}
	return way != 0 ? transfer_fails(fd, way) : syscall(SYS_sendto, fd, buf, len, flags, NULL, 0);
}

ssize_t
sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *sa, socklen_t salen)
{
	int way = WAY(sendto);
	return way != 0 ? transfer_fails(fd, way) : syscall(SYS_sendto, fd, buf, len, flags, sa, salen);
}

ssize_t
sendmsg(int fd, const struct msghdr *msg, int flags)
{
	int way = WAY_OF(sendmsg, is_stream(fd) ? ON_SENDS : call_ways[C_sendmsg]);
	if (way == SHORT && msg->msg_iovlen > 0) {
		struct iovec *first = &msg->msg_iov[0];
		ssize_t       n     = syscall(SYS_sendto, fd, first->iov_base,
		              first->iov_len > 1 ? first->iov_len / 2 : first->iov_len, flags, NULL, 0);
		new_edge(fd);
		return n;
	}
	return way != 0 && way != SHORT ? transfer_fails(fd, way) : syscall(SYS_sendmsg, fd, msg, flags);
}

// ---- connections ------------------------------------------------------------------------------

int
accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	int way = WAY(accept4);
	if (way == ECONNABORTED || way == EPROTO) {
		int got = (int) syscall(SYS_accept4, fd, sa, len, flags);
		if (got < 0) {
			return got;
		}
		syscall(SYS_close, got);
	}
	if (way == EAGAIN) {
		new_edge(fd);
	}
	if (way != 0) {
		errno = way;
		return -1;
	}
	return (int) syscall(SYS_accept4, fd, sa, len, flags);
}

int
getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	bool pending = level == SOL_SOCKET && name == SO_ERROR;
	int  way     = WAY_OF(getsockopt, pending ? "SO_ERR" : call_ways[C_getsockopt]);
	int  rv      = (int) syscall(SYS_getsockopt, fd, level, name, value, len);
	if (way == SO_ERR && pending && rv == 0 && *len >= sizeof(int)) {
		// The connection failed after all.
		syscall(SYS_shutdown, fd, SHUT_RDWR);
		*(int *) value = ECONNREFUSED;
		return 0;
	}
	if (way != 0 && way != SO_ERR) {
		errno = way;
		return -1;
	}
	return rv;
}

PLAIN(int, -1, bind, (int fd, const struct sockaddr *sa, socklen_t len), (fd, sa, len), int,
    const struct sockaddr *, socklen_t)
PLAIN(int, -1, connect, (int fd, const struct sockaddr *sa, socklen_t len), (fd, sa, len), int,
    const struct sockaddr *, socklen_t)
PLAIN(int, -1, listen, (int fd, int n), (fd, n), int, int)
PLAIN(int, -1, getsockname, (int fd, struct sockaddr *sa, socklen_t *len), (fd, sa, len), int,
    struct sockaddr *, socklen_t *)
PLAIN(int, -1, getpeername, (int fd, struct sockaddr *sa, socklen_t *len), (fd, sa, len), int,
    struct sockaddr *, socklen_t *)
PLAIN(int, -1, setsockopt, (int fd, int level, int name, const void *value, socklen_t len),
    (fd, level, name, value, len), int, int, int, const void *, socklen_t)
PLAIN(int, -1, shutdown, (int fd, int how), (fd, how), int, int)
PLAIN(int, -1, socket, (int domain, int type, int protocol), (domain, type, protocol), int, int, int)
PLAIN(int, -1, socketpair, (int domain, int type, int protocol, int fds[2]),
    (domain, type, protocol, fds), int, int, int, int *)

// ---- descriptors, files, waits ----------------------------------------------------------------

PLAIN(int, -1, epoll_create1, (int flags), (flags), int)
PLAIN(int, -1, epoll_wait, (int fd, struct epoll_event *events, int n, int timeout),
    (fd, events, n, timeout), int, struct epoll_event *, int, int)
PLAIN(int, -1, eventfd, (unsigned n, int flags), (n, flags), unsigned, int)
PLAIN(int, -1, pipe2, (int fds[2], int flags), (fds, flags), int *, int)
PLAIN(int, -1, poll, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout), struct pollfd *,
    nfds_t, int)
PLAIN(int, -1, chmod, (const char *path, mode_t mode), (path, mode), const char *, mode_t)
PLAIN(int, -1, unlink, (const char *path), (path), const char *)
PLAIN(int, -1, stat64, (const char *path, struct stat64 *st), (path, st), const char *, struct stat64 *)
PLAIN(int, -1, lstat64, (const char *path, struct stat64 *st), (path, st), const char *, struct stat64 *)
PLAIN(int, -1, fstat64, (int fd, struct stat64 *st), (fd, st), int, struct stat64 *)
PLAIN(int, -1, statx, (int fd, const char *path, int flags, unsigned mask, struct statx *st),
    (fd, path, flags, mask, st), int, const char *, int, unsigned, struct statx *)
PLAIN(off64_t, -1, lseek64, (int fd, off64_t at, int whence), (fd, at, whence), int, off64_t, int)
PLAIN(ssize_t, -1, readlink, (const char *path, char *buf, size_t len), (path, buf, len), const char *,
    char *, size_t)
PLAIN(char *, NULL, getcwd, (char *buf, size_t len), (buf, len), char *, size_t)
PLAIN(char *, NULL, realpath, (const char *path, char *buf), (path, buf), const char *, char *)
PLAIN(ssize_t, -1, getrandom, (void *buf, size_t len, unsigned flags), (buf, len, flags), void *, size_t,
    unsigned)
PLAIN(void *, MAP_FAILED, mmap64, (void *at, size_t len, int prot, int flags, int fd, off64_t offset),
    (at, len, prot, flags, fd, offset), void *, size_t, int, int, int, off64_t)

int
clock_nanosleep(clockid_t clock, int flags, const struct timespec *t, struct timespec *left)
{
	REAL(int, clock_nanosleep, clockid_t, int, const struct timespec *, struct timespec *)
	int way = WAY(clock_nanosleep);
	if (way != 0) {
		if (left != NULL) {
			*left = *t;
		}
		return way;
	}
	return real(clock, flags, t, left);
}

#define VARIADIC_OPEN(name)                                  \
	int name(const char *path, int flags, ...)               \
	{                                                        \
		REAL(int, name, const char *, int, ...)              \
		int     way  = WAY(name);                            \
		mode_t  mode = 0;                                    \
		va_list args;                                        \
		va_start(args, flags);                               \
		if (flags & (O_CREAT | O_TMPFILE)) {                 \
			mode = va_arg(args, mode_t);                     \
		}                                                    \
		va_end(args);                                        \
		if (way != 0) {                                      \
			errno = way;                                     \
			return -1;                                       \
		}                                                    \
		return real(path, flags, mode);                      \
	}
VARIADIC_OPEN(open)
VARIADIC_OPEN(open64)

int
fcntl(int fd, int cmd, ...)
{
	int     way = WAY(fcntl);
	va_list args;
	va_start(args, cmd);
	long arg = va_arg(args, long);
	va_end(args);
	if (way != 0) {
		errno = way;
		return -1;
	}
	return (int) syscall(SYS_fcntl, fd, cmd, arg);
}

int
ioctl(int fd, unsigned long what, ...)
{
	int     way = WAY(ioctl);
	va_list args;
	va_start(args, what);
	void *arg = va_arg(args, void *);
	va_end(args);
	if (way != 0) {
		errno = way;
		return -1;
	}
	return (int) syscall(SYS_ioctl, fd, what, arg);
}

// The library makes no system call by number but to wait on, and wake, futexes.
long
syscall(long number, ...)
{
	REAL(long, syscall, long, ...)
	va_list args;
	long    a[6];
	va_start(args, number);
	for (int i = 0; i < 6; i++) {
		a[i] = va_arg(args, long);
	}
	va_end(args);
	int op = (int) a[1] & FUTEX_CMD_MASK;
	if (number == SYS_futex && (op == FUTEX_WAIT || op == FUTEX_WAIT_BITSET)) {
		int way = WAY(futex);
		if (way != 0) {
			errno = way;
			return -1;
		}
	}
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
	REAL(int, getaddrinfo, const char *, const char *, const struct addrinfo *, struct addrinfo **)
	int way = WAY(getaddrinfo);
	if (way == EAI_SYSTEM) {
		errno = EMFILE;
	}
	return way != 0 ? way : real(node, service, hints, found);
}

int
pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*main)(void *), void *arg)
{
	REAL(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*) (void *), void *)
	int way = WAY(pthread_create);
	return way != 0 ? way : real(id, attr, main, arg);
}

// ---- memory -----------------------------------------------------------------------------------

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *
malloc(size_t size)
{
	if (size >= alloc_min && low != 0 && WAY(malloc) != 0) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	size_t all;
	if (!__builtin_mul_overflow(n, size, &all) && all >= alloc_min && low != 0 && WAY(calloc) != 0) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	if (size >= alloc_min && low != 0 && WAY(realloc) != 0) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(old, size);
}

int
posix_memalign(void **at, size_t align, size_t size)
{
	if (size >= alloc_min && low != 0 && WAY(posix_memalign) != 0) {
		return ENOMEM;
	}
	*at = __libc_memalign(align, size);
	return *at == NULL && size != 0 ? ENOMEM : 0;
}
