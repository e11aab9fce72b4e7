// Logging: levels, facilities, loggers of the program's own, and formats.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>

// How many messages came, and of what facility the last was.
static int seen, last;

static void
logger(nng_log_level level, nng_log_facility facility, const char *id, const char *text)
{
	seen++;
	last = (int) facility;
	printf("%d %d %s %s\n", level, facility, id == NULL ? "-" : id, text);
}

static char text[700];

// A long text comes whole, and a name as it was given.
static void
wide(nng_log_level level, nng_log_facility facility, const char *id, const char *got)
{
	CHECK(level == NNG_LOG_ERR && facility == NNG_LOG_USER);
	CHECK(seen++ == 0 ? id == NULL && strcmp(got, text) == 0
	                  : strcmp(id, "ID") == 0 && strcmp(got, "text 42 2.5 c") == 0);
}

static void
all(void)
{
	nng_log_err("E", "error %d", 1);
	nng_log_warn("W", "warning %s", "two");
	nng_log_notice("N", "notice %c", '3');
	nng_log_info("I", "info %lu", 4ul);
	nng_log_debug("D", "debug %x", 0xff);
	nng_log_auth(NNG_LOG_WARN, "A", "auth %s", "six");
	nng_log_err(NULL, "without a name");
}

// The names of the library's own messages so far.
static char            names[400];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
note(nng_log_level level, nng_log_facility facility, const char *id, const char *text)
{
	CHECK(facility == NNG_LOG_USER && text[0] != 0);
	pthread_mutex_lock(&lock);
	snprintf(names + strlen(names), sizeof(names) - strlen(names), "%d %s;", level, id);
	pthread_mutex_unlock(&lock);
}

static int
noted(const char *name)
{
	pthread_mutex_lock(&lock);
	int found = strstr(names, name) != NULL;
	pthread_mutex_unlock(&lock);
	return found;
}

static void
of_library(void)
{
	nng_socket one, two;

	nng_log_set_level(NNG_LOG_DEBUG);
	nng_log_set_logger(note);
	OK(nng_pair1_open(&one));
	OK(nng_pair1_open(&two));
	GIVES(NNG_EADDRINVAL, nng_listen(one, "tcp://203.0.113.9:1", NULL, 0));
	CHECK(noted("4 NNG-BIND-FAIL;"));
	GIVES(NNG_ECONNREFUSED, nng_dial(two, "inproc://nobody", NULL, 0));
	CHECK(noted("4 NNG-CONN-FAIL;"));
	OK(nng_socket_set_size(one, NNG_OPT_RECVMAXSZ, 100));
	testing_connect(one, two, "tcp");
	CHECK(noted("6 NNG-LISTEN;") && noted("6 NNG-DIAL;") && noted("7 NNG-CONNECT;"));
	EVENTUALLY(noted("7 NNG-ACCEPT;"));
	static char large[200];
	OK(nng_send(two, large, sizeof(large), 0));
	EVENTUALLY(noted("4 NNG-RCVMAX;"));
	OK(nng_close(one));
	OK(nng_close(two));
	nng_log_set_logger(nng_null_logger);
}

int
main(void)
{
	testing_begin(20);
	of_library();
	nng_log_set_logger(logger);
	nng_log_set_level(NNG_LOG_DEBUG);
	CHECK(nng_log_get_level() == NNG_LOG_DEBUG);
	all();
	CHECK(seen == 7 && last == NNG_LOG_USER);
	nng_log_set_facility(NNG_LOG_LOCAL3);
	nng_log_set_level(NNG_LOG_NOTICE);
	printf("up to notices\n");
	all();
	CHECK(seen == 12 && last == NNG_LOG_LOCAL3);
	nng_log_set_level(NNG_LOG_NONE);
	printf("none\n");
	all();
	CHECK(seen == 12);
	// A level beyond the last is what it was given as, and lets everything through.
	nng_log_set_level(99);
	CHECK(nng_log_get_level() == 99);
	all();
	CHECK(seen == 19 && last == NNG_LOG_LOCAL3);
	// Without a facility, only what has one of its own.
	nng_log_set_level(NNG_LOG_DEBUG);
	nng_log_set_facility(0);
	all();
	CHECK(seen == 20 && last == NNG_LOG_AUTH);
	nng_log_set_facility(NNG_LOG_USER);
	nng_log_set_logger(nng_null_logger);
	all();
	nng_log_set_logger(nng_stderr_logger);
	all();
	nng_log_set_logger(nng_system_logger);
	nng_log_debug("D", "a line for the system's log");
	nng_log_set_logger(wide);
	nng_log_set_level(NNG_LOG_ERR);
	seen = 0;
	memset(text, 'x', sizeof(text) - 1);
	nng_log_err(NULL, "%s", text);
	nng_log_err("ID", "%s %d %.1f %c", "text", 42, 2.5, 'c');
	CHECK(seen == 2);
	nng_log_set_logger(NULL);
	nng_log_err("ID", "nobody listens");
	CHECK(seen == 2);
	return 0;
}
