// Dials by host name and closes at once, or while the resolver still thinks. The program brings its
// own getaddrinfo: a slow name is not answered before all are closed.
#include "stress.h"
#include <netdb.h>

const char *const stress_name       = "17_dial_by_name";
const char *const stress_transports = "tcp";

static int (*real_getaddrinfo)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
static atomic_int      asked;
static pthread_mutex_t lock    = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  changed = PTHREAD_COND_INITIALIZER;
static bool            answering;

static void
answer(bool yes)
{
	pthread_mutex_lock(&lock);
	answering = yes;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res)
{
	if (node != NULL && strncmp(node, "slow", 4) == 0) {
		atomic_fetch_add(&asked, 1);
		pthread_mutex_lock(&lock);
		while (!answering) {
			pthread_cond_wait(&changed, &lock);
		}
		pthread_mutex_unlock(&lock);
		return EAI_NONAME;
	}
	return real_getaddrinfo(node, service, hints, res);
}

static void
one_round(const char *transport)
{
	nng_socket rep, req[6];
	char       url[URL_MAX], named[URL_MAX];

	(void) transport;
	if (real_getaddrinfo == NULL) {
		*(void **) &real_getaddrinfo = dlsym(RTLD_NEXT, "getaddrinfo");
	}
	answer(false);
	MUST(nng_rep0_open(&rep));
	snprintf(url, sizeof(url), "tcp://127.0.0.1:0");
	nng_listener l;
	MUST(nng_listener_create(&l, rep, url));
	MUST(nng_listener_start(l, 0));
	bound_url(l, url);
	snprintf(named, sizeof(named), "tcp://localhost:%s", strrchr(url, ':') + 1);
	for (int i = 0; i < 6; i++) {
		MUST(nng_req0_open(&req[i]));
		AT("nng_dial by name");
		MUST(nng_dial(req[i], i % 2 == 0 ? named : "tcp://slow.invalid:9999", NULL, NNG_FLAG_NONBLOCK));
	}
	jitter(2000);
	for (int i = 0; i < 6; i++) {
		AT("nng_close before the name is looked up");
		MUST(nng_close(req[i]));
	}
	answer(true);
	// A dial that waits for a name is ended by the closing of its socket, too.
	MUST(nng_req0_open(&req[0]));
	MUST(nng_dial(req[0], named, NULL, 0));
	MUST(nng_close(req[0]));
	MUST(nng_close(rep));
	beat();
}
