// Logging: levels, facilities, loggers of the program's own, and formats.
#include "testing.h"

// How many messages came, and of what facility the last was.
static int seen, last;

static void
logger(nng_log_level level, nng_log_facility facility, const char *id, const char *text)
{
	seen++;
	last = (int) facility;
	printf("%d %d %s %s\n", level, facility, id == NULL ? "-" : id, text);
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

int
main(void)
{
	testing_begin(20);
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
	// Without a facility, only what has one of its own.
	nng_log_set_level(NNG_LOG_DEBUG);
	nng_log_set_facility(0);
	all();
	CHECK(seen == 13 && last == NNG_LOG_AUTH);
	nng_log_set_facility(NNG_LOG_USER);
	nng_log_set_logger(nng_null_logger);
	all();
	nng_log_set_logger(nng_stderr_logger);
	all();
	nng_log_set_logger(nng_system_logger);
	nng_log_debug("D", "a line for the system's log");
	nng_log_set_logger(logger);
	char text[3000];
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = 0;
	nng_log_set_level(NNG_LOG_ERR);
	nng_log_set_logger(nng_null_logger);
	nng_log_err("LONG", "%s", text);
	nng_log_set_logger(NULL);
	return 0;
}
