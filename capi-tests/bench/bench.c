/* One benchmark program, compiled once per library: -DLIB='"lib_nng.h"' and so
 * on. Every scenario is written here once, over the few calls a lib_*.h gives.
 *
 *   bench SCENARIO [-t inproc|ipc|tcp|tls+tcp|ws|wss] [-u URL] [-m pushpull|pair] [-s BYTES]
 *         [-d DEPTH] [-n COUNT] [-T SECONDS] [-c CORE] [-w]
 *
 * It prints one line of JSON. The two sides are processes; over inproc, which
 * stays in one, threads. Messages of one byte mean "that was the last". Of a
 * body only the first byte is touched, but with -w all of it is written and,
 * after it has come, read. */
#include "harness.h"

enum kind { REQ, REP, PUSH, PULL, PAIR, PUB, SUB };

#include LIB
#ifdef LIB_CALLBACKS
#include LIB_CALLBACKS
#endif

#define WARM_UP 0.1

static volatile uint64_t body_sum;

static void
body_read(const void *body, size_t size)
{
	uint64_t sum = 0;
	for (size_t i = 0; i + 8 <= size; i += 8) {
		uint64_t word;
		memcpy(&word, (const char *) body + i, 8);
		sum += word;
	}
	body_sum += sum;
}

static void
send_new(sock_t s, size_t size)
{
	msg_t m;
	msg_new(&m, size);
	if (opt.bodies) {
		memset(msg_body(&m), 1, size);
	}
	sock_send(s, &m);
}

static size_t
recv_drop(sock_t s)
{
	msg_t m;
	sock_recv(s, &m);
	size_t size = msg_size(&m);
	if (opt.bodies) {
		body_read(msg_body(&m), size);
	}
	msg_free(&m);
	return (size);
}

/* Checking the clock costs as much as a small message. */
static inline bool
clock_due(long count)
{
	return ((opt.size >= 16384) || ((count & 63) == 0));
}

/* rtt: one request at a time, both sides blocking. */

static void
echo_peer(int ctl)
{
	sock_t        s = sock_open(REP, -1);
	struct report r = { 0 };
	size_t        size;
	sock_listen(s, opt.url);
	tell_go(ctl);
	double cpu = cpu_used();
	do {
		msg_t m;
		sock_recv(s, &m);
		size = msg_size(&m);
		sock_send(s, &m);
	} while (size != 1);
	r.cpu = cpu_used() - cpu;
	tell(ctl, &r, sizeof(r));
	pause_for(60);
}

static void
run_rtt(void)
{
	struct peer  *p = peer_start(echo_peer);
	struct report r;
	msg_t         m;
	hear_go(p->ctl);
	sock_t s = sock_open(REQ, -1);
	sock_dial(s, opt.url);
	msg_new(&m, opt.size);
	double cpu   = cpu_used();
	double start = now(), measured = start + WARM_UP, last = start;
	long   all = 0, trips = 0;
	do {
		sock_send(s, &m);
		sock_recv(s, &m);
		double t = now();
		if (last >= measured) {
			sample(t - last);
			trips++;
		} else {
			start = t;
		}
		last = t;
		all++;
	} while (last < measured + opt.seconds);
	cpu = cpu_used() - cpu;
	msg_free(&m);
	send_new(s, 1);
	hear(p->ctl, &r, sizeof(r));
	cpu += is_inproc() ? 0 : r.cpu;
	print_latency(last - start, trips, cpu * (double) trips / (double) all);
	finish(p);
}

/* tput: one way, as fast as the two sides can. */

static void
count_peer(int ctl)
{
	sock_t        s = sock_open(strcmp(opt.pattern, "pair") == 0 ? PAIR : PULL, opt.depth);
	struct report r = { 0 };
	sock_listen(s, opt.url);
	tell_go(ctl);
	double cpu  = cpu_used();
	long   warm = 0; /* messages before the measured part */
	recv_drop(s);
	double first = now(), start = first;
	while (recv_drop(s) != 1) {
		r.count++;
		if ((warm == 0) && clock_due(r.count) && (now() >= first + WARM_UP)) {
			warm  = r.count;
			start = now();
		}
	}
	r.rate = (double) (r.count - warm) / (now() - start);
	r.cpu  = cpu_used() - cpu;
	tell(ctl, &r, sizeof(r));
	pause_for(60);
}

static void
run_tput(void)
{
	struct peer  *p = peer_start(count_peer);
	struct report r;
	hear_go(p->ctl);
	sock_t s = sock_open(strcmp(opt.pattern, "pair") == 0 ? PAIR : PUSH, opt.depth);
	sock_dial(s, opt.url);
	double cpu = cpu_used(), end = now() + WARM_UP + opt.seconds;
	for (long i = 0; !clock_due(i) || (now() < end); i++) {
		send_new(s, opt.size);
	}
	send_new(s, 1);
	cpu = cpu_used() - cpu;
	hear(p->ctl, &r, sizeof(r));
	cpu = is_inproc() ? r.cpu : cpu + r.cpu;
	print_rate(r.rate, cpu, r.count);
	finish(p);
}

/* fanin: many requesters, one outstanding request each, on one replier. */

#ifdef SOCK_ACCEPTS
#include <sys/epoll.h>

/* Sends back what comes on any connection; a body of one byte is the last. */
static void
fanin_peer(int ctl)
{
	static char        buf[65536];
	struct report      r  = { 0 };
	sock_t             s  = sock_open(REP, -1);
	int                ep = epoll_create1(0);
	struct epoll_event e  = { .events = EPOLLIN }, ready[64];
	double             cpu;
	sock_listen(s, opt.url);
	e.data.fd = s->listener;
	epoll_ctl(ep, EPOLL_CTL_ADD, s->listener, &e);
	tell_go(ctl);
	cpu = cpu_used();
	for (;;) {
		int n = epoll_wait(ep, ready, 64, -1);
		for (int i = 0; i < n; i++) {
			int fd = ready[i].data.fd;
			if (fd == s->listener) {
				sock_accept(s);
				e.data.fd = s->fd;
				epoll_ctl(ep, EPOLL_CTL_ADD, s->fd, &e);
				continue;
			}
			ssize_t got = read(fd, buf, sizeof(buf));
			if ((got <= 0) || (write(fd, buf, (size_t) got) != got)) {
				fail("echo: %s", strerror(errno));
			}
			if (got == sizeof(size_t) + 1) {
				r.cpu = cpu_used() - cpu;
				tell(ctl, &r, sizeof(r));
				pause_for(60);
			}
		}
	}
}
#else
static void
fanin_peer(int ctl)
{
	echo_peer(ctl);
}
#endif

static void
run_fanin(void)
{
	struct peer  *p = peer_start(fanin_peer);
	struct report r;
	sock_t       *s = calloc((size_t) opt.n, sizeof(*s));
	hear_go(p->ctl);
	for (int i = 0; i < opt.n; i++) {
		s[i] = sock_open(REQ, -1);
		sock_dial(s[i], opt.url);
	}
	for (int i = 0; i < opt.n; i++) {
		send_new(s[i], opt.size);
		recv_drop(s[i]);
	}
	double cpu = cpu_used(), start = now(), t;
	long   count = 0;
	do {
		for (int i = 0; i < opt.n; i++) {
			send_new(s[i], opt.size);
		}
		for (int i = 0; i < opt.n; i++) {
			recv_drop(s[i]);
		}
		count += opt.n;
		t = now();
	} while (t < start + opt.seconds);
	cpu = cpu_used() - cpu;
	send_new(s[0], 1);
	hear(p->ctl, &r, sizeof(r));
	print_rate((double) count / (t - start), is_inproc() ? cpu : cpu + r.cpu, count);
	finish(p);
}

/* fanout: one publisher at full speed; one thread drains all subscribers. */

static void
subscribers_peer(int ctl)
{
	struct report r = { 0 };
	sock_t       *s = calloc((size_t) opt.n, sizeof(*s));
	msg_t         m;
	hear_go(ctl);
	for (int i = 0; i < opt.n; i++) {
		s[i] = sock_open(SUB, opt.depth);
		sock_dial(s[i], opt.url);
	}
	pause_for(0.2);
	tell_go(ctl);
	for (int i = 0; i < opt.n; i++) {
		recv_drop(s[i]);
	}
	double cpu = cpu_used(), start = now(), t;
	do {
		long before = r.count;
		for (int i = 0; i < opt.n; i++) {
			for (int k = 0; (k < 64) && sock_try_recv(s[i], &m); k++) {
				msg_free(&m);
				r.count++;
			}
		}
		if (before == r.count) {
			recv_drop(s[0]);
			r.count++;
		}
		t = now();
	} while (t < start + opt.seconds);
	r.cpu  = cpu_used() - cpu;
	r.rate = (double) r.count / (t - start);
	tell(ctl, &r, sizeof(r));
	pause_for(60);
}

static void
run_fanout(void)
{
	struct peer  *p = peer_start(subscribers_peer);
	struct report r;
	sock_t        s = sock_open(PUB, opt.depth);
	sock_listen(s, opt.url);
	tell_go(p->ctl);
	hear_go(p->ctl);
	double cpu = cpu_used();
	for (long i = 0; !clock_due(i) || !heard(p->ctl); i++) {
		send_new(s, opt.size);
	}
	cpu = cpu_used() - cpu;
	hear(p->ctl, &r, sizeof(r));
	print_rate(r.rate, is_inproc() ? r.cpu : cpu + r.cpu, r.count);
	finish(p);
}

/* conn: open, connect, handshake, close. Where dialing does not wait for the
 * handshake, one request and reply stand in for waiting. */

#ifdef SOCK_ACCEPTS
static void
accept_peer(int ctl)
{
	sock_t s = sock_open(REP, -1);
	char   c;
	sock_listen(s, opt.url);
	tell_go(ctl);
	for (;;) {
		sock_accept(s);
		while (read(s->fd, &c, 1) > 0) {
		}
		close(s->fd);
	}
}
#else
static void
accept_peer(int ctl)
{
	echo_peer(ctl);
}
#endif

static void
run_conn(void)
{
	struct peer *p = peer_start(accept_peer);
	hear_go(p->ctl);
	double cpu = cpu_used(), start = now(), t;
	long   count = 0;
	do {
		sock_t s = sock_open(REQ, -1);
		sock_dial(s, opt.url);
		if (!DIAL_WAITS) {
			send_new(s, opt.size);
			recv_drop(s);
		}
		sock_close(s);
		count++;
		t = now();
	} while ((t < start + opt.seconds) && (count < 20000));
	print_rate((double) count / (t - start), cpu_used() - cpu, count);
	finish(p);
}

/* idle: many connections on one socket; what they hold and what they burn. */

struct rest {
	double cpu;
	long   switches;
};

static void
rest_begin(struct rest *r)
{
	pause_for(1.0); /* past start-up's timers */
	r->cpu      = cpu_used();
	r->switches = switches();
}

static void
rest_end(struct rest *r)
{
	pause_for(opt.seconds);
	/* one is this thread's own sleep */
	r->switches = switches() - r->switches - 1;
	r->cpu      = cpu_used() - r->cpu;
}

static void
await_descriptors(int n)
{
	for (int i = 0; count_entries("/proc/self/fd") < n; i++) {
		if (i == 3000) {
			fail("only %d descriptors after 30 s", count_entries("/proc/self/fd"));
		}
		pause_for(0.01);
	}
}

static void
idle_peer(int ctl)
{
	struct report r = { 0 };
	struct rest   rest;
	sock_t        s = sock_open(PULL, -1);
	sock_listen(s, opt.url);
	tell_go(ctl);
	hear_go(ctl);
	pause_for(0.2);
	double kb  = resident_kb();
	int    fds = count_entries("/proc/self/fd");
	tell_go(ctl);
	await_descriptors(fds + opt.n);
	hear_go(ctl);
	pause_for(0.3);
	r.extra[0] = (resident_kb() - kb) / opt.n;
	rest_begin(&rest);
	rest_end(&rest);
	r.extra[1] = rest.cpu;
	r.extra[2] = (double) rest.switches;
	tell(ctl, &r, sizeof(r));
	pause_for(60);
}

static void
run_idle(void)
{
	struct peer  *p = peer_start(idle_peer);
	struct report r;
	struct rest   rest;
	hear_go(p->ctl);
	sock_t s = sock_open(PUSH, -1);
	sock_dial(s, opt.url);
	pause_for(0.2);
	tell_go(p->ctl);
	hear_go(p->ctl);
	double kb  = resident_kb();
	int    fds = count_entries("/proc/self/fd");
	for (int i = 0; i < opt.n; i++) {
		sock_dial(s, opt.url);
		if (!DIAL_WAITS && (i % 64 == 63)) {
			pause_for(0.01);
		}
	}
	await_descriptors(fds + opt.n);
	tell_go(p->ctl);
	pause_for(0.3);
	kb = (resident_kb() - kb) / opt.n;
	rest_begin(&rest);
	rest_end(&rest);
	hear(p->ctl, &r, sizeof(r));
	printf("{\"dial_kb\": %.3f, \"accept_kb\": %.3f, \"idle_cpu_ms\": %.1f, "
	       "\"idle_switches\": %.0f, \"count\": %d}\n",
	    kb, r.extra[0], (rest.cpu + r.extra[1]) * 1000,
	    (double) rest.switches + r.extra[2], opt.n);
	finish(p);
}

/* first: threads after the first blocking exchange, and the two processes at
 * rest afterwards. */

static void
first_peer(int ctl)
{
	struct report r = { 0 };
	struct rest   rest;
	int           before = threads();
	sock_t        s      = sock_open(REP, -1);
	msg_t         m;
	sock_listen(s, opt.url);
	tell_go(ctl);
	sock_recv(s, &m);
	sock_send(s, &m);
	r.extra[0] = threads() - before;
	rest_begin(&rest);
	rest_end(&rest);
	r.extra[1] = rest.cpu;
	r.extra[2] = (double) rest.switches;
	tell(ctl, &r, sizeof(r));
	pause_for(60);
}

static void
run_first(void)
{
	struct peer  *p = peer_start(first_peer);
	struct report r;
	struct rest   rest;
	hear_go(p->ctl);
	int    before = threads();
	sock_t s      = sock_open(REQ, -1);
	sock_dial(s, opt.url);
	send_new(s, opt.size);
	recv_drop(s);
	int more = threads() - before;
	rest_begin(&rest);
	rest_end(&rest);
	hear(p->ctl, &r, sizeof(r));
	int theirs = (int) r.extra[0];
	printf("{\"threads\": %d, \"dial_threads\": %d, \"accept_threads\": %d, "
	       "\"idle_cpu_ms\": %.1f, \"idle_switches\": %.0f}\n",
	    (more > theirs) ? more : theirs, more, theirs, (rest.cpu + r.extra[1]) * 1000,
	    (double) rest.switches + r.extra[2]);
	finish(p);
}

/* hog: a neighbour that wants the whole core. */

static void
run_hog(void)
{
	volatile unsigned long x = 0;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (;;) {
		x++;
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} scenarios[] = {
	{ "rtt", run_rtt },
	{ "tput", run_tput },
	{ "fanin", run_fanin },
	{ "fanout", run_fanout },
	{ "conn", run_conn },
	{ "idle", run_idle },
	{ "first", run_first },
	{ "hog", run_hog },
#ifdef LIB_CALLBACKS
	{ "aio-rtt", run_aio_rtt },
	{ "aio-reqrep", run_aio_reqrep },
	{ "aio-tput", run_aio_tput },
	{ "aio-fanin", run_aio_fanin },
	{ "aio-fanout", run_aio_fanout },
#endif
};

int
main(int argc, char **argv)
{
	int c;
	while ((c = getopt(argc, argv, "t:u:m:s:d:n:T:c:w")) != -1) {
		switch (c) {
		case 't':
			opt.transport = optarg;
			break;
		case 'u':
			snprintf(opt.url, sizeof(opt.url), "%s", optarg);
			break;
		case 'm':
			opt.pattern = optarg;
			break;
		case 's':
			opt.size = (size_t) atol(optarg);
			break;
		case 'd':
			opt.depth = atoi(optarg);
			break;
		case 'n':
			opt.n = atoi(optarg);
			break;
		case 'T':
			opt.seconds = atof(optarg);
			break;
		case 'c':
			opt.core = atoi(optarg);
			break;
		case 'w':
			opt.bodies = true;
			break;
		default:
			return (2);
		}
	}
	if (optind + 1 != argc) {
		return (2);
	}
	opt.scenario = argv[optind];
	if (opt.core >= 0) {
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET((unsigned) opt.core, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	if (opt.url[0] == 0) {
		if (is_inproc()) {
			strcpy(opt.url, "inproc://bench");
		} else if (strcmp(opt.transport, "ipc") == 0) {
			snprintf(opt.url, sizeof(opt.url), "ipc:///tmp/bench.%d", getpid());
		} else {
			snprintf(opt.url, sizeof(opt.url), "%s://127.0.0.1:%d%s", opt.transport,
			    20000 + getpid() % 12000, (opt.transport[0] == 'w') ? "/sp" : "");
		}
	}
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (strcmp(scenarios[i].name, opt.scenario) == 0) {
			scenarios[i].run();
			return (0);
		}
	}
	return (2);
}
