// Pipes: their events come in order and once, they know where they belong, one that is closed
// while it is announced is rejected, and addresses are as dialed.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  cond = PTHREAD_COND_INITIALIZER;
static char            events[64];
static nng_pipe        seen;
static int             reject;

static void
note(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	if (reject && ev == NNG_PIPE_EV_ADD_PRE) {
		nng_pipe_close(p);
	}
	pthread_mutex_lock(&lock);
	strcat(events, ev == NNG_PIPE_EV_ADD_PRE ? "a" : ev == NNG_PIPE_EV_ADD_POST ? "b" : "c");
	seen = p;
	CHECK(arg == &lock);
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&lock);
}

static void
await(const char *want)
{
	pthread_mutex_lock(&lock);
	while (strncmp(events, want, strlen(want)) != 0) {
		pthread_cond_wait(&cond, &lock);
	}
	pthread_mutex_unlock(&lock);
}

static void
watch(nng_socket s)
{
	OK(nng_pipe_notify(s, NNG_PIPE_EV_ADD_PRE, note, &lock));
	OK(nng_pipe_notify(s, NNG_PIPE_EV_ADD_POST, note, &lock));
	OK(nng_pipe_notify(s, NNG_PIPE_EV_REM_POST, note, &lock));
}

int
main(void)
{
	static const char *transports[] = { "inproc", "ipc", "tcp" };
	testing_begin(30);
	for (int i = 0; i < 3; i++) {
		nng_socket one, two;
		nng_dialer d;
		OK(nng_pair1_open(&one));
		OK(nng_pair1_open(&two));
		watch(one);
		events[0]       = 0;
		const char *url = testing_listen(one, transports[i]);
		OK(nng_dial(two, url, &d, 0));
		await("ab");
		CHECK(nng_pipe_id(seen) > 0);
		CHECK(nng_socket_id(nng_pipe_socket(seen)) == nng_socket_id(one));
		CHECK(nng_listener_id(nng_pipe_listener(seen)) > 0);
		CHECK(nng_dialer_id(nng_pipe_dialer(seen)) == -1);
		nng_sockaddr sa;
		OK(nng_pipe_get_addr(seen, NNG_OPT_LOCADDR, &sa));
		CHECK(sa.s_family == (i == 0 ? NNG_AF_INPROC : i == 1 ? NNG_AF_IPC : NNG_AF_INET));
		char *text;
		OK(nng_dialer_get_string(d, NNG_OPT_URL, &text));
		CHECK(strcmp(text, url) == 0);
		nng_strfree(text);
		bool on;
		if (i == 2) {
			OK(nng_pipe_get_bool(seen, NNG_OPT_TCP_NODELAY, &on));
			CHECK(on);
		}
		GIVES(NNG_ENOTSUP, nng_pipe_get_bool(seen, "no-such-option", &on));

		// Closed, it comes again, as its dialer dials again.
		OK(nng_pipe_close(seen));
		await("abcab");
		OK(nng_close(two));
		await("abcabc");
		OK(nng_close(one));
		CHECK(strcmp(events, "abcabc") == 0);
		printf("%s: %s\n", transports[i], events);
	}

	nng_socket one, two;
	OK(nng_pair1_open(&one));
	OK(nng_pair1_open(&two));
	watch(one);
	events[0] = 0;
	reject    = 1;
	OK(nng_socket_set_ms(two, NNG_OPT_RECONNMINT, 60000));
	OK(nng_dial(two, testing_listen(one, "ipc"), NULL, NNG_FLAG_NONBLOCK));
	await("ac");
	OK(nng_close(two));
	OK(nng_close(one));
	CHECK(strcmp(events, "ac") == 0);
	printf("rejected: %s\n", events);

	GIVES(NNG_ECLOSED, nng_pipe_notify(one, NNG_PIPE_EV_ADD_PRE, note, NULL));
	EVENTUALLY(nng_pipe_close(seen) == NNG_ENOENT);
	return 0;
}
