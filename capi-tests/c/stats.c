// Statistics: a tree of the sockets that are open, in which each can be found.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>

int
main(void)
{
	nng_socket s;
	nng_stat  *all;
	testing_begin(10);
	OK(nng_pair1_open(&s));
	OK(nng_stats_get(&all));
	CHECK(nng_stat_type(all) == NNG_STAT_SCOPE);
	CHECK(nng_stat_child(all) != NULL);
	CHECK(nng_stat_name(all) != NULL && nng_stat_desc(all) != NULL);
	CHECK(nng_stat_timestamp(all) <= nng_clock());
	CHECK(nng_stat_next(all) == NULL);
	nng_stats_free(all);
	OK(nng_close(s));
	printf("counted\n");
	return 0;
}
