/* What every benchmark needs and no messaging library has a part in: options,
 * clocks, a peer in a process or a thread of its own, figures read from /proc,
 * and results as one line of JSON. */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct options {
	const char *scenario;
	const char *transport;
	const char *pattern; /* pushpull or pair */
	char        url[256];
	size_t      size;
	int         depth; /* buffers, in messages; -1 leaves the default */
	int         n;     /* clients, subscribers, connections, contexts */
	double      seconds;
	int         core; /* pin everything to this one; -1 leaves it free */
	bool        bodies; /* written before they are sent, and read */
};

static struct options opt = { "rtt", "tcp", "pushpull", "", 64, -1, 1, 0.5, -1,
	false };

/* What a peer tells at its end. */
struct report {
	double cpu; /* seconds, user and system, of its process */
	double rate;
	double extra[4];
	long   count;
};

struct peer {
	int       ctl; /* our end of a socket pair to it */
	pid_t     pid; /* 0 for a thread */
	pthread_t thread;
	void (*role)(int ctl);
	int theirs;
};

__attribute__((noreturn, format(printf, 1, 2))) static void
fail(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fflush(stdout);
	fputs("bench: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	_exit(1);
}

static inline double
now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double) ts.tv_sec + (double) ts.tv_nsec * 1e-9);
}

static inline double
cpu_used(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return ((double) (u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double) (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6);
}

static inline void
pause_for(double seconds)
{
	struct timespec ts = { (time_t) seconds,
		(long) ((seconds - (double) (time_t) seconds) * 1e9) };
	nanosleep(&ts, NULL);
}

static inline bool
is_inproc(void)
{
	return (strcmp(opt.transport, "inproc") == 0);
}

/* Entries of a /proc directory: descriptors or threads of this process. */
static inline int
count_entries(const char *dir)
{
	DIR           *d = opendir(dir);
	struct dirent *e;
	int            n = 0;
	if (d == NULL) {
		fail("%s: %s", dir, strerror(errno));
	}
	while ((e = readdir(d)) != NULL) {
		n += e->d_name[0] != '.';
	}
	closedir(d);
	return (n);
}

static inline int
threads(void)
{
	return (count_entries("/proc/self/task"));
}

static inline double
resident_kb(void)
{
	long  total, res;
	FILE *f = fopen("/proc/self/statm", "r");
	if ((f == NULL) || (fscanf(f, "%ld %ld", &total, &res) != 2)) {
		fail("/proc/self/statm unreadable");
	}
	fclose(f);
	return ((double) res * (double) sysconf(_SC_PAGESIZE) / 1024.0);
}

/* Times any thread of this process has gone to sleep or been preempted. */
static inline long
switches(void)
{
	DIR           *d = opendir("/proc/self/task");
	struct dirent *e;
	long           sum = 0;
	char           path[300], line[128];
	while ((d != NULL) && ((e = readdir(d)) != NULL)) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/status", e->d_name);
		FILE *f = (e->d_name[0] == '.') ? NULL : fopen(path, "r");
		while ((f != NULL) && (fgets(line, sizeof(line), f) != NULL)) {
			long v;
			if ((sscanf(line, "voluntary_ctxt_switches: %ld", &v) == 1) ||
			    (sscanf(line, "nonvoluntary_ctxt_switches: %ld", &v) == 1)) {
				sum += v;
			}
		}
		if (f != NULL) {
			fclose(f);
		}
	}
	if (d != NULL) {
		closedir(d);
	}
	return (sum);
}

static inline void
tell(int fd, const void *what, size_t len)
{
	if (write(fd, what, len) != (ssize_t) len) {
		fail("the other side is gone");
	}
}

static inline void
hear(int fd, void *what, size_t len)
{
	size_t got = 0;
	while (got < len) {
		ssize_t n = read(fd, (char *) what + got, len - got);
		if (n <= 0) {
			fail("the other side is gone");
		}
		got += (size_t) n;
	}
}

static inline void
tell_go(int fd)
{
	tell(fd, "g", 1);
}

static inline void
hear_go(int fd)
{
	char c;
	hear(fd, &c, 1);
}

static inline bool
heard(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	return (poll(&p, 1, 0) > 0);
}

static void *
peer_thread(void *arg)
{
	struct peer *p = arg;
	p->role(p->theirs);
	return (NULL);
}

/* Starts the other side: a thread for inproc, else a process, forked before
 * this one has touched the library. */
static struct peer *
peer_start(void (*role)(int ctl))
{
	static struct peer p;
	int                fds[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) {
		fail("socketpair: %s", strerror(errno));
	}
	p.ctl    = fds[0];
	p.theirs = fds[1];
	p.role   = role;
	if (is_inproc()) {
		if (pthread_create(&p.thread, NULL, peer_thread, &p) != 0) {
			fail("no thread");
		}
		return (&p);
	}
	if ((p.pid = fork()) < 0) {
		fail("fork: %s", strerror(errno));
	}
	if (p.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fds[0]);
		role(fds[1]);
		_exit(0);
	}
	close(fds[1]);
	return (&p);
}

/* Results are out: nothing more is wanted of the peer. */
__attribute__((noreturn)) static void
finish(struct peer *p)
{
	fflush(stdout);
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	if (strncmp(opt.url, "ipc://", 6) == 0) {
		unlink(opt.url + 6);
	}
	_exit(0);
}

static int
by_value(const void *a, const void *b)
{
	float x = *(const float *) a, y = *(const float *) b;
	return ((x > y) - (x < y));
}

/* Latencies in seconds, up to a fixed number. */
#define SAMPLES 1000000
static float samples[SAMPLES];
static long  nsamples;

static inline void
sample(double s)
{
	if (nsamples < SAMPLES) {
		samples[nsamples++] = (float) s;
	}
}

static double
percentile(double q)
{
	if (nsamples == 0) {
		return (0);
	}
	return ((double) samples[(long) (q * (double) (nsamples - 1))]);
}

static void
print_latency(double seconds, long trips, double cpu)
{
	qsort(samples, (size_t) nsamples, sizeof(samples[0]), by_value);
	printf("{\"rtt_us\": %.3f, \"p50_us\": %.3f, \"p99_us\": %.3f, "
	       "\"cpu_us\": %.3f, \"count\": %ld}\n",
	    seconds * 1e6 / (double) trips, percentile(0.5) * 1e6,
	    percentile(0.99) * 1e6, cpu * 1e6 / (double) trips, trips);
}

static void
print_rate(double rate, double cpu, long count)
{
	printf("{\"rate\": %.1f, \"mb_s\": %.2f, \"cpu_us\": %.4f, \"count\": %ld}\n",
	    rate, rate * (double) opt.size / 1e6, cpu * 1e6 / (double) count, count);
}

#endif
