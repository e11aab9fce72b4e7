// The log functions that take a variable number of arguments.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define HIDDEN __attribute__((visibility("hidden")))

enum { LEVEL_ERR = 3, LEVEL_WARN, LEVEL_NOTICE, LEVEL_INFO, LEVEL_DEBUG };
enum { FACILITY_DEFAULT = -1, FACILITY_AUTH = 10 };

HIDDEN int (*nng_log_sink)(unsigned level, int facility, const char *id, const char *text);

static void
say(unsigned level, int facility, const char *id, const char *format, va_list args)
{
	char    line[512];
	char   *text = line;
	va_list again;

	if (nng_log_sink == NULL || format == NULL ||
	    !nng_log_sink(level, facility, id, NULL)) {
		return;
	}
	va_copy(again, args);
	int len = vsnprintf(line, sizeof(line), format, args);
	if (len >= (int) sizeof(line) && (text = malloc((size_t) len + 1)) != NULL) {
		vsnprintf(text, (size_t) len + 1, format, again);
	}
	va_end(again);
	if (len >= 0) {
		nng_log_sink(level, facility, id, text != NULL ? text : line);
	}
	if (text != line) {
		free(text);
	}
}

#define SAYS(name, level)                                          \
	HIDDEN void name(const char *id, const char *format, ...)  \
	{                                                          \
		va_list args;                                      \
		va_start(args, format);                            \
		say(level, FACILITY_DEFAULT, id, format, args);    \
		va_end(args);                                      \
	}

SAYS(nng_log_err_c, LEVEL_ERR)
SAYS(nng_log_warn_c, LEVEL_WARN)
SAYS(nng_log_notice_c, LEVEL_NOTICE)
SAYS(nng_log_info_c, LEVEL_INFO)
SAYS(nng_log_debug_c, LEVEL_DEBUG)

HIDDEN void
nng_log_auth_c(unsigned level, const char *id, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(level, FACILITY_AUTH, id, format, args);
	va_end(args);
}
