// For programs that call at random: tables of handles, live, dead and never born, which the
// threads share. Who includes it has `SLOTS` defined, and `draw`, which gives a number below its
// argument.
#ifndef HANDLES_H
#define HANDLES_H

static atomic_uint     sockets[SLOTS], contexts[SLOTS], dialers[SLOTS], listeners[SLOTS], pipes[SLOTS];
static char            urls[SLOTS][URL_MAX]; // under the lock
static pthread_mutex_t urls_lock = PTHREAD_MUTEX_INITIALIZER;
static const char     *over;

static int (*const opens[])(nng_socket *) = { nng_req0_open, nng_rep0_open, nng_pair0_open, nng_pair1_open, nng_pub0_open,
	nng_sub0_open, nng_push0_open, nng_pull0_open, nng_bus0_open, nng_surveyor0_open, nng_respondent0_open,
	nng_pair1_open_poly, nng_req0_open_raw, nng_rep0_open_raw, nng_pair0_open_raw, nng_pair1_open_raw,
	nng_pub0_open_raw, nng_sub0_open_raw, nng_push0_open_raw, nng_pull0_open_raw, nng_bus0_open_raw,
	nng_surveyor0_open_raw, nng_respondent0_open_raw };

#define PICK(list) ((list)[draw(sizeof(list) / sizeof((list)[0]))])

// An id from a table: mostly one that was there lately, at times nonsense.
static uint32_t
some(atomic_uint *table)
{
	switch (draw(24)) {
	case 0:
		return 0;
	case 1:
		return UINT32_MAX;
	case 2:
		return 0x7fffffffu;
	default:
		return atomic_load(&table[draw(SLOTS)]);
	}
}

static void
named(int rv)
{
	if (rv < 0 || strncmp(nng_strerror(rv), "Unknown", 7) == 0) {
		FAIL("a result without a name: %d %s", rv, nng_strerror(rv));
	}
}

// What somebody listened on lately.
static void
known_url(char *url)
{
	pthread_mutex_lock(&urls_lock);
	memcpy(url, urls[draw(SLOTS)], URL_MAX);
	pthread_mutex_unlock(&urls_lock);
}

static void
keep_url(const char *url, unsigned slot)
{
	pthread_mutex_lock(&urls_lock);
	memcpy(urls[slot], url, URL_MAX);
	pthread_mutex_unlock(&urls_lock);
}

// Before the threads start: nobody listens anywhere yet.
static void
forget_urls(void)
{
	for (int i = 0; i < SLOTS; i++) {
		snprintf(urls[i], URL_MAX, "inproc://nobody");
	}
}

// When they have ended: closes what is left.
static void
close_sockets(void)
{
	for (int i = 0; i < SLOTS; i++) {
		AT("the last nng_close");
		nng_close((nng_socket) { atomic_exchange(&sockets[i], 0) });
	}
}

#endif
