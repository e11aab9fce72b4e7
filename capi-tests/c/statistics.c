// ours only: the tree's names are compared by hand with those of 1.12.
// Statistics: the tree, its kinds, units and values, and how its parts are found.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>

static nng_stat *
named(nng_stat *in, const char *name)
{
	nng_stat *s = nng_stat_find(in, name);
	CHECK(s != NULL);
	CHECK(strcmp(nng_stat_name(s), name) == 0);
	CHECK(nng_stat_desc(s) != NULL);
	return s;
}

static int
count(nng_stat *s)
{
	int n = 0;
	for (; s != NULL; s = nng_stat_next(s)) {
		n += 1 + count(nng_stat_child(s));
	}
	return n;
}

int
main(void)
{
	nng_socket   one, two;
	nng_dialer   d;
	nng_listener l;
	nng_stat    *all, *s;
	char         buf[8];
	size_t       len = sizeof(buf);

	testing_begin(20);
	OK(nng_pair1_open(&one));
	OK(nng_pair1_open(&two));
	OK(nng_socket_set_string(one, NNG_OPT_SOCKNAME, "named"));
	OK(nng_socket_set_size(two, NNG_OPT_RECVMAXSZ, 4321));
	OK(nng_listen(one, "inproc://statistics", &l, 0));
	OK(nng_dial(two, "inproc://statistics", &d, 0));
	for (int i = 0; i < 3; i++) {
		OK(nng_send(two, "four", 4, 0));
		len = sizeof(buf);
		OK(nng_recv(one, buf, &len, 0));
	}

	OK(nng_stats_get(&all));
	CHECK(nng_stat_type(all) == NNG_STAT_SCOPE && nng_stat_child(all) != NULL);
	CHECK(nng_stat_name(all) != NULL && nng_stat_desc(all) != NULL && nng_stat_next(all) == NULL);
	CHECK(count(all) > 20);
	CHECK(nng_stat_timestamp(all) <= nng_clock());
	s = nng_stat_find_socket(all, one);
	CHECK(s != NULL && nng_stat_type(s) == NNG_STAT_SCOPE);
	CHECK(strcmp(nng_stat_name(s), "socket") == 0);
	CHECK(nng_stat_value(named(s, "id")) == (uint64_t) nng_socket_id(one));
	CHECK(nng_stat_type(named(s, "id")) == NNG_STAT_ID);
	CHECK(strcmp(nng_stat_string(named(s, "name")), "named") == 0);
	CHECK(strcmp(nng_stat_string(named(s, "protocol")), "pair1") == 0
	    || strcmp(nng_stat_string(named(s, "protocol")), "pair") == 0);
	CHECK(nng_stat_type(named(s, "protocol")) == NNG_STAT_STRING);
	CHECK(nng_stat_type(named(s, "pipes")) == NNG_STAT_LEVEL && nng_stat_value(named(s, "pipes")) == 1);
	CHECK(nng_stat_value(named(s, "listeners")) == 1 && nng_stat_value(named(s, "dialers")) == 0);
	CHECK(nng_stat_value(named(s, "rx_msgs")) == 3);
	CHECK(nng_stat_unit(named(s, "rx_msgs")) == NNG_UNIT_MESSAGES);
	CHECK(nng_stat_type(named(s, "rx_msgs")) == NNG_STAT_COUNTER);
	CHECK(nng_stat_value(named(s, "rx_bytes")) >= 12);
	CHECK(nng_stat_unit(named(s, "rx_bytes")) == NNG_UNIT_BYTES);
	CHECK(!nng_stat_bool(named(s, "poly")) && nng_stat_type(named(s, "poly")) == NNG_STAT_BOOLEAN);
	s = nng_stat_find_dialer(all, d);
	CHECK(s != NULL && nng_stat_value(named(s, "connect")) == 1);
	CHECK(nng_stat_value(named(s, "rcv_max")) == 4321);
	CHECK(nng_stat_unit(named(s, "rcv_max")) == NNG_UNIT_BYTES);
	CHECK(strcmp(nng_stat_string(named(s, "url")), "inproc://statistics") == 0);
	s = nng_stat_find_listener(all, l);
	CHECK(s != NULL && nng_stat_value(named(s, "accept")) == 1);
	CHECK(nng_stat_find(all, "no such thing") == NULL);
	nng_stats_free(all);

	OK(nng_close(one));
	OK(nng_close(two));
	OK(nng_stats_get(&all));
	CHECK(nng_stat_find_socket(all, one) == NULL);
	CHECK(nng_stat_find_dialer(all, d) == NULL && nng_stat_find_listener(all, l) == NULL);
	nng_stats_dump(all);
	nng_stats_free(all);
	return 0;
}
