// Dialers with a back-off of 0 against nobody, against a listener that hangs up at once, and
// against one that rejects every pipe: CPU and descriptors stay bounded, and closing is quick.
#include "stress.h"
#include "raw.h"

const char *const stress_name       = "16_reconnect_storm";
const char *const stress_transports = "inproc ipc tcp";

#define DIALERS 10
#define CPU_SHARE 0.7 // of one core, all threads and the hanging-up peer together

static atomic_int stop;

struct trap {
	int fd;
};

static void
hangs_up(void *arg)
{
	struct trap *t = arg;
	while (!atomic_load(&stop)) {
		struct pollfd pfd = { .fd = t->fd, .events = POLLIN };
		if (poll(&pfd, 1, 20) > 0) {
			int fd = accept4(t->fd, NULL, NULL, SOCK_CLOEXEC);
			if (fd >= 0) {
				close(fd);
			}
		}
	}
}

static void
rejects(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) ev;
	(void) arg;
	nng_pipe_close(p);
}

static void
storm(const char *transport, int kind)
{
	nng_socket  s[DIALERS], l;
	char        url[URL_MAX];
	struct trap trap = { -1 };
	pthread_t   t = 0;
	double      from, cpu, wall;
	int         fds, most = 0;

	MUST(nng_bus0_open(&l));
	atomic_store(&stop, 0);
	if (kind == 0) {
		listen_fresh(l, transport, url);
		MUST(nng_close(l)); // nobody is there
	} else if (kind == 1) {
		trap.fd = raw_listen(url, transport);
		t       = spawn(hangs_up, &trap);
	} else {
		MUST(nng_pipe_notify(l, NNG_PIPE_EV_ADD_PRE, rejects, NULL));
		listen_fresh(l, transport, url);
	}
	fds = open_fds();
	for (int i = 0; i < DIALERS; i++) {
		MUST(nng_bus0_open(&s[i]));
		MUST(nng_socket_set_ms(s[i], NNG_OPT_RECONNMINT, 0));
		MUST(nng_socket_set_ms(s[i], NNG_OPT_RECONNMAXT, 0));
		MUST(nng_dial(s[i], url, NULL, NNG_FLAG_NONBLOCK));
	}
	from = now_s();
	cpu  = cpu_s();
	while (now_s() < from + 0.3) {
		int n = open_fds() - fds;
		most  = n > most ? n : most;
		sleep_us(10000);
	}
	cpu  = cpu_s() - cpu;
	wall = now_s() - from;
	from = now_s();
	for (int i = 0; i < DIALERS; i++) {
		MUST(nng_close(s[i]));
	}
	if (now_s() - from > 2) {
		FAIL("closing %d dialers took %.1f s", DIALERS, now_s() - from);
	}
	if (kind == 1) {
		atomic_store(&stop, 1);
		join(t);
		close(trap.fd);
		raw_unlink(url);
	}
	nng_close(l);
	if (cpu > wall * CPU_SHARE) {
		FAIL("kind %d: %.2f s of CPU in %.2f s", kind, cpu, wall);
	}
	// Per dialer a connection at either end, and one that is being replaced.
	if (most > DIALERS * 6) {
		FAIL("kind %d: %d descriptors for %d dialers", kind, most, DIALERS);
	}
	beat();
}

static void
one_round(const char *transport)
{
	storm(transport, 0);
	if (strcmp(transport, "inproc") != 0) {
		storm(transport, 1);
	}
	storm(transport, 2);
}
