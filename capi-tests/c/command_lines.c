// Options of command lines: long, short, cut short, with values, and what is none.
#include "testing.h"
#include <nng/supplemental/util/options.h>

static const nng_optspec specs[] = {
	{ "verbose", 'v', 1, false },
	{ "version", 'V', 2, false },
	{ "file", 'f', 3, true },
	{ NULL, 'x', 4, false },
	{ "long-only", 0, 5, true },
	{ NULL, 0, 0, false },
};

static void
options(int argc, char **argv)
{
	int   index = 1, val = 0, rv;
	char *arg;

	for (int i = 1; i < argc; i++) {
		printf("%s ", argv[i]);
	}
	printf("->");
	while (arg = NULL, (rv = nng_opts_parse(argc, argv, specs, &val, &arg, &index)) == 0) {
		printf(" %d%s%s", val, arg != NULL ? "=" : "", arg != NULL ? arg : "");
	}
	printf(" end: %s at %d\n", rv == -1 ? "done" : nng_strerror(rv), index);
}

#define OPTIONS(...)                                                                     \
	do {                                                                                 \
		char *argv[] = { "program", __VA_ARGS__ };                                       \
		options(sizeof(argv) / sizeof(argv[0]), argv);                                   \
	} while (0)

int
main(void)
{
	testing_begin(20);
	OPTIONS("-v", "-f", "a", "rest");
	OPTIONS("-fa", "-x");
	OPTIONS("-vx", "-v");
	OPTIONS("--verbose", "--file", "b", "--file=c", "--", "-v");
	OPTIONS("--file:c");
	OPTIONS("--ver");
	OPTIONS("--verb");
	OPTIONS("--fi=d");
	OPTIONS("--long-only=1");
	OPTIONS("--none");
	OPTIONS("-q");
	OPTIONS("-f");
	OPTIONS("--file");
	OPTIONS("--verbose=1");
	OPTIONS("-");
	OPTIONS("rest", "-v");
	OPTIONS("-v", "-fx", "-f", "y", "--file=z", "--file:", "--verbose", "rest", "-v");
	OPTIONS("--long", "a");
	OPTIONS("--lo=");
	OPTIONS("-f", "--", "-x");
	OPTIONS("-f", "");
	OPTIONS("--version", "", "-x");
	OPTIONS("--");
	return 0;
}
