// What every stress program shares: arguments, rounds, fresh addresses, a watchdog that names the
// place of each thread, and the account of descriptors, threads and memory at the end.
//
// A program defines `stress_name`, `stress_transports` and `one_round`. The runner here calls
// `one_round` until the time is up, for one transport after the other.
//
// Exit status: 0 good, 1 a check failed, 99 nothing moved for `--patience` seconds.
#ifndef STRESS_H
#define STRESS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/protocol/bus0/bus.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>

extern const char *const stress_name;
extern const char *const stress_transports; // those that make sense, by default in this order
static void              one_round(const char *transport);

// What the library still keeps between the first rounds and the last, in descriptors, is nothing;
// a program that must allow for more says so.
static int stress_spare_fds = 0;

static double
now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

// CPU seconds this process has used.
__attribute__((unused)) static double
cpu_s(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double) u.ru_utime.tv_sec + (double) u.ru_stime.tv_sec +
	    ((double) u.ru_utime.tv_usec + (double) u.ru_stime.tv_usec) / 1e6;
}

static _Atomic uint64_t stress_seed = 0x9E3779B97F4A7C15u;

__attribute__((unused)) static uint32_t
rnd(uint32_t bound)
{
	uint64_t z = atomic_fetch_add(&stress_seed, 0x9E3779B97F4A7C15u);
	z          = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z          = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return bound == 0 ? 0 : (uint32_t) ((z ^ (z >> 31)) >> 32) % bound;
}

__attribute__((unused)) static void
sleep_us(unsigned us)
{
	struct timespec t = { us / 1000000u, (long) (us % 1000000u) * 1000 };
	nanosleep(&t, NULL);
}

// A pause of up to so many microseconds, often none: what a race needs.
__attribute__((unused)) static void
jitter(unsigned most)
{
	if (rnd(3) != 0) {
		sleep_us(rnd(most));
	}
}

// ---- places, for the watchdog -----------------------------------------------------------------

#define PLACES 128
static const char *volatile stress_places[PLACES];
static atomic_int           stress_place_taken[PLACES];
static _Thread_local int    stress_place_slot = -1;
static _Atomic uint64_t     stress_beats;

static void
place_give_back(void)
{
	if (stress_place_slot >= 0) {
		stress_places[stress_place_slot] = NULL;
		atomic_store(&stress_place_taken[stress_place_slot], 0);
		stress_place_slot = -1;
	}
}

static void
place_set(const char *where)
{
	if (stress_place_slot < 0) {
		for (int i = 0; i < PLACES; i++) {
			int no = 0;
			if (atomic_compare_exchange_strong(&stress_place_taken[i], &no, 1)) {
				stress_place_slot = i;
				break;
			}
		}
		if (stress_place_slot < 0) {
			return;
		}
	}
	stress_places[stress_place_slot] = where;
}

#define STR2(x) #x
#define STR1(x) STR2(x)
// Notes what this thread is about to wait in.
#define AT(what) place_set(__FILE__ ":" STR1(__LINE__) " " what)

__attribute__((unused)) static void
beat(void)
{
	atomic_fetch_add(&stress_beats, 1);
}

static void
list_places(void)
{
	for (int i = 0; i < PLACES; i++) {
		const char *where = stress_places[i];
		if (where != NULL) {
			fprintf(stderr, "    %s\n", where);
		}
	}
	fflush(stderr);
}

// ---- checks -----------------------------------------------------------------------------------

__attribute__((format(printf, 3, 4), noreturn)) static void
fail_at(const char *file, int line, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fflush(stdout);
	fprintf(stderr, "%s: FAILED at %s:%d: ", stress_name, file, line);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	list_places();
	_exit(1);
}
#define FAIL(...) fail_at(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(cond)                                   \
	do {                                          \
		if (!(cond)) {                        \
			FAIL("not so: %s", #cond);    \
		}                                     \
	} while (0)
// The call gives 0.
#define MUST(call)                                                               \
	do {                                                                     \
		AT(#call);                                                       \
		int rv_ = (call);                                                \
		if (rv_ != 0) {                                                  \
			FAIL("%s: %d %s", #call, rv_, nng_strerror(rv_));        \
		}                                                                \
	} while (0)
// The call gives 0 or one of these.
#define MAY(call, ...)                                                                       \
	do {                                                                                 \
		AT(#call);                                                                   \
		int       rv_     = (call);                                                  \
		const int may_[]  = { 0, __VA_ARGS__ };                                      \
		bool      listed_ = false;                                                   \
		for (size_t i_ = 0; i_ < sizeof(may_) / sizeof(may_[0]); i_++) {             \
			listed_ |= may_[i_] == rv_;                                          \
		}                                                                            \
		if (!listed_) {                                                              \
			FAIL("%s: unexpected %d %s", #call, rv_, nng_strerror(rv_));         \
		}                                                                            \
	} while (0)
#define RV_IN(rv, ...)                                                               \
	do {                                                                         \
		const int may_[]  = { __VA_ARGS__ };                                 \
		bool      listed_ = false;                                           \
		for (size_t i_ = 0; i_ < sizeof(may_) / sizeof(may_[0]); i_++) {     \
			listed_ |= may_[i_] == (rv);                                 \
		}                                                                    \
		if (!listed_) {                                                      \
			FAIL("unexpected %d %s", (rv), nng_strerror(rv));            \
		}                                                                    \
	} while (0)

// ---- threads ----------------------------------------------------------------------------------

struct stress_thread {
	void (*fn)(void *);
	void *arg;
};

static void *
stress_thread_main(void *arg)
{
	struct stress_thread t = *(struct stress_thread *) arg;
	free(arg);
	t.fn(t.arg);
	place_give_back();
	return NULL;
}

__attribute__((unused)) static pthread_t
spawn(void (*fn)(void *), void *arg)
{
	struct stress_thread *t = malloc(sizeof(*t));
	pthread_t             id;
	*t = (struct stress_thread) { fn, arg };
	if (pthread_create(&id, NULL, stress_thread_main, t) != 0) {
		FAIL("pthread_create");
	}
	return id;
}

__attribute__((unused)) static void
join(pthread_t id)
{
	AT("join");
	pthread_join(id, NULL);
}

// Waits, for at most `seconds`, for the flag to reach `value`.
__attribute__((unused)) static bool
wait_for(atomic_int *flag, int value, double seconds)
{
	double until = now_s() + seconds;
	while (atomic_load(flag) < value) {
		if (now_s() > until) {
			return false;
		}
		sleep_us(100);
	}
	return true;
}

// ---- addresses --------------------------------------------------------------------------------

// A loopback address that no other process uses, so that an ephemeral port that we gave back is
// never a stranger's when a dialer of ours comes back to it.
__attribute__((unused)) static const char *
own_ip(void)
{
	static char ip[32];
	if (ip[0] == '\0') {
		unsigned p = (unsigned) getpid();
		snprintf(ip, sizeof(ip), "127.%u.%u.%u", 16u + ((p / (250u * 250u)) % 200u), (p / 250u) % 250u,
		    2u + p % 250u);
	}
	return ip;
}

#define URL_MAX 128
static _Atomic unsigned stress_url_next;

// An address to listen on: for tcp with port 0, to be asked for when bound.
__attribute__((unused)) static void
fresh_url(char *url, const char *transport)
{
	unsigned n = atomic_fetch_add(&stress_url_next, 1);
	if (strcmp(transport, "inproc") == 0) {
		snprintf(url, URL_MAX, "inproc://stress-%d-%u", (int) getpid(), n);
	} else if (strcmp(transport, "ipc") == 0) {
		snprintf(url, URL_MAX, "ipc:///tmp/nng-stress-%d-%u.ipc", (int) getpid(), n);
	} else if (strcmp(transport, "abstract") == 0) {
		snprintf(url, URL_MAX, "abstract://nng-stress-%d-%u", (int) getpid(), n);
	} else if (strcmp(transport, "tcp") == 0) {
		snprintf(url, URL_MAX, "tcp://%s:0", own_ip());
	} else if (strcmp(transport, "ws") == 0) {
		snprintf(url, URL_MAX, "ws://%s:0/stress", own_ip());
	} else if (strcmp(transport, "wss") == 0) {
		snprintf(url, URL_MAX, "wss://%s:0/stress", own_ip());
	} else if (strcmp(transport, "tls") == 0) {
		snprintf(url, URL_MAX, "tls+tcp://%s:0", own_ip());
	} else {
		FAIL("no such transport: %s", transport);
	}
}

// Replaces the port 0 of `url` by the one that the listener is bound to.
__attribute__((unused)) static void
bound_url(nng_listener l, char *url)
{
	char *zero = strstr(url, ":0");
	int   port;
	char  rest[URL_MAX];
	if (zero == NULL || (zero[2] != '\0' && zero[2] != '/') || strncmp(url, "i", 1) == 0 || strncmp(url, "a", 1) == 0) {
		return;
	}
	MUST(nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port));
	snprintf(rest, sizeof(rest), "%s", zero + 2);
	snprintf(zero, (size_t) (URL_MAX - (zero - url)), ":%d%s", port, rest);
}

// Listens on a fresh address, which it writes to `url`.
__attribute__((unused)) static nng_listener
listen_fresh(nng_socket s, const char *transport, char *url)
{
	nng_listener l;
	fresh_url(url, transport);
	MUST(nng_listener_create(&l, s, url));
	MUST(nng_listener_start(l, 0));
	bound_url(l, url);
	return l;
}

__attribute__((unused)) static void
set_timeouts(nng_socket s, nng_duration send, nng_duration recv)
{
	MUST(nng_socket_set_ms(s, NNG_OPT_SENDTIMEO, send));
	MUST(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, recv));
}

// ---- the account ------------------------------------------------------------------------------

static int
count_dir(const char *path)
{
	int            n = 0;
	DIR           *d = opendir(path);
	struct dirent *e;
	if (d == NULL) {
		return -1;
	}
	while ((e = readdir(d)) != NULL) {
		n += e->d_name[0] != '.';
	}
	closedir(d);
	return n;
}

__attribute__((unused)) static int
open_fds(void)
{
	return count_dir("/proc/self/fd") - 1; // without the one that counts
}

static int
live_threads(void)
{
	return count_dir("/proc/self/task");
}

__attribute__((unused)) static long
rss_kib(void)
{
	long  pages = 0;
	FILE *f     = fopen("/proc/self/statm", "r");
	if (f != NULL) {
		if (fscanf(f, "%*d %ld", &pages) != 1) {
			pages = 0;
		}
		fclose(f);
	}
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

// Says what the open descriptors are.
static void
list_fds(void)
{
	struct dirent *e;
	DIR           *d = opendir("/proc/self/fd");
	while (d != NULL && (e = readdir(d)) != NULL) {
		char    path[300], to[128];
		ssize_t n;
		snprintf(path, sizeof(path), "/proc/self/fd/%s", e->d_name);
		if ((n = readlink(path, to, sizeof(to) - 1)) > 0) {
			to[n] = '\0';
			fprintf(stderr, "    %s %s\n", e->d_name, to);
		}
	}
	if (d != NULL) {
		closedir(d);
	}
}

// Says what the threads are.
static void
list_threads(void)
{
	struct dirent *e;
	DIR           *d = opendir("/proc/self/task");
	while (d != NULL && (e = readdir(d)) != NULL) {
		char  path[300], name[64] = "";
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", e->d_name);
		FILE *f = fopen(path, "r");
		if (f != NULL) {
			if (fgets(name, sizeof(name), f) != NULL) {
				fprintf(stderr, "    %s %s", e->d_name, name);
			}
			fclose(f);
		}
	}
	if (d != NULL) {
		closedir(d);
	}
}

static double stress_patience = 15;
static atomic_bool stress_ended;

static void *
stress_watchdog(void *arg)
{
	uint64_t last  = 0;
	double   since = now_s();
	(void) arg;
	while (!stress_ended) {
		uint64_t beats = atomic_load(&stress_beats);
		if (beats != last) {
			last  = beats;
			since = now_s();
		}
		if (now_s() - since > stress_patience) {
			fprintf(stderr, "%s: HANGS after %llu rounds; nothing moved for %.0f s; threads are at\n",
			    stress_name, (unsigned long long) beats, stress_patience);
			list_places();
			if (getenv("STRESS_GDB") != NULL) {
				char cmd[160];
				snprintf(cmd, sizeof(cmd), "gdb -q -p %d -batch -ex 'thread apply all bt 14' >&2",
				    (int) getpid());
				if (system(cmd) != 0) {
					fprintf(stderr, "no gdb\n");
				}
			}
			_exit(99);
		}
		sleep_us(50000);
	}
	return NULL;
}

// Gives what is on its way out a moment: counts are taken when they have come down to `most`.
static int
settled(int (*count)(void), int most)
{
	double until = now_s() + 3;
	int    n;
	while ((n = count()) > most && now_s() < until) {
		sleep_us(2000);
	}
	return n;
}

static unsigned long stress_rounds; // at least so many, if that takes longer

// Runs rounds over one transport for so long. Returns how many.
static unsigned long
stress_run(const char *transport, double seconds, unsigned long least)
{
	double        until  = now_s() + seconds;
	unsigned long rounds = 0;
	do {
		one_round(transport);
		rounds++;
		beat();
	} while (now_s() < until || rounds < least);
	return rounds;
}

#ifndef FUZZING
int
main(int argc, char **argv)
{
	double      seconds = 3;
	const char *want    = "all";
	char        list[128];
	int         count    = 0;
	const char *names[8] = { 0 };
	pthread_t   dog;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--seconds") == 0) {
			seconds = atof(argv[i + 1]);
		} else if (strcmp(argv[i], "--transport") == 0) {
			want = argv[i + 1];
		} else if (strcmp(argv[i], "--patience") == 0) {
			stress_patience = atof(argv[i + 1]);
		} else if (strcmp(argv[i], "--rounds") == 0) {
			stress_rounds = strtoul(argv[i + 1], NULL, 0);
		} else if (strcmp(argv[i], "--seed") == 0) {
			stress_seed = strtoull(argv[i + 1], NULL, 0);
		} else {
			fprintf(stderr, "usage: %s [--seconds N] [--transport NAME] [--patience N] [--rounds N] [--seed N]\n",
			    argv[0]);
			return 2;
		}
	}
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(list, sizeof(list), "%s", strcmp(want, "all") == 0 ? stress_transports : want);
	for (char *save = NULL, *t = strtok_r(list, " ,", &save); t != NULL; t = strtok_r(NULL, " ,", &save)) {
		names[count++] = t;
	}
	pthread_create(&dog, NULL, stress_watchdog, NULL);

	// A checker may open some of its own.
	const char *spare = getenv("STRESS_SPARE_FDS");
	int         extra = spare != NULL ? atoi(spare) : 0;
	stress_spare_fds += extra;
	int fds0 = open_fds(), threads0 = live_threads();
	// Afterwards whatever the library keeps for good is there.
	for (int i = 0; i < count; i++) {
		stress_run(names[i], 0, 1);
	}
	int  fds1 = settled(open_fds, 0 + open_fds());
	long rss1 = rss_kib();
	for (int i = 0; i < count; i++) {
		double        from   = now_s();
		unsigned long rounds = stress_run(names[i], seconds / count, stress_rounds);
		printf("%s %s: %lu rounds in %.1f s\n", stress_name, names[i], rounds, now_s() - from);
	}
	int  fds2 = settled(open_fds, fds1 + stress_spare_fds);
	long rss2 = rss_kib();
	AT("nng_fini");
	nng_fini();
	beat();
	int threads3 = settled(live_threads, threads0);
	int fds3     = settled(open_fds, fds0 + extra);
	printf("%s: descriptors %d, %d to %d, %d; threads %d, %d; resident %ld to %ld KiB\n", stress_name, fds0, fds1,
	    fds2, fds3, threads0, threads3, rss1, rss2);
	if (fds2 > fds1 + stress_spare_fds || fds3 > fds0) {
		list_fds();
	}
	if (fds2 > fds1 + stress_spare_fds) {
		FAIL("descriptors grew from %d to %d", fds1, fds2);
	}
	if (fds3 > fds0 + extra) {
		FAIL("%d descriptors left after nng_fini, %d before", fds3, fds0);
	}
	if (threads3 > threads0) {
		list_threads();
		FAIL("%d threads left after nng_fini, %d before", threads3, threads0);
	}
	stress_ended = true;
	pthread_join(dog, NULL);
	printf("%s: good\n", stress_name);
	return 0;
}

#endif // FUZZING

#endif
