// ours only: what came after the old library: id maps, UDP groups, logs, socket pairs, raw queries.
#include "testing.h"
#include <arpa/inet.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/supplemental/util/idhash.h>

static void
ids(void)
{
	nng_id_map *map;
	int         things[5];
	uint64_t    id;
	uint32_t    cursor = 0;
	void       *value;
	int         seen = 0;

	OK(nng_id_map_alloc(&map, 100, 104, 0));
	for (int i = 0; i < 5; i++) {
		OK(nng_id_alloc(map, &id, &things[i]));
		CHECK(id == (uint64_t) (100 + i));
	}
	GIVES(NNG_ENOMEM, nng_id_alloc(map, &id, &things[0]));
	CHECK(nng_id_get(map, 103) == &things[3]);
	CHECK(nng_id_get(map, 7) == NULL);
	while (nng_id_visit(map, &id, &value, &cursor)) {
		CHECK(value == &things[id - 100]);
		OK(nng_id_remove(map, id));
		seen++;
	}
	CHECK(seen == 5);
	GIVES(NNG_ENOENT, nng_id_remove(map, 100));
	OK(nng_id_set(map, 1, &things[0]));
	nng_id_map_free(map);
}

static int         logged;
static const char *last_id;
static char        last_text[1000];

static void
keep(nng_log_level level, nng_log_facility facility, const char *id, const char *text)
{
	CHECK(level == NNG_LOG_WARN && facility == NNG_LOG_LOCAL3);
	last_id = id;
	snprintf(last_text, sizeof(last_text), "%s", text);
	logged++;
}

static void
logs(void)
{
	static const char *id = "AN-ID";
	char               wide[700];

	nng_log_set_logger(keep);
	nng_log_set_facility(NNG_LOG_LOCAL3);
	nng_log_set_level(NNG_LOG_WARN);
	CHECK(nng_log_get_level() == NNG_LOG_WARN);
	nng_log_warn(id, "%s %d %.1f %c", "text", 42, 2.5, 'c');
	CHECK(logged == 1 && last_id == id);
	CHECK(strcmp(last_text, "text 42 2.5 c") == 0);
	nng_log_notice(id, "not seen %d", 1);
	CHECK(logged == 1);
	memset(wide, 'w', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = 0;
	nng_log_warn(NULL, "%s", wide);
	CHECK(logged == 2 && last_id == NULL && strcmp(last_text, wide) == 0);
	nng_log_set_logger(NULL);
	nng_log_warn(id, "nobody listens");
	CHECK(logged == 2);
	nng_log_set_logger(nng_null_logger);
}

static void
datagrams(void)
{
	nng_udp     *one, *two;
	nng_sockaddr sa1 = { 0 }, sa2, from;
	nng_aio     *a, *b;
	char         buf[8];
	nng_iov      in = { buf, sizeof(buf) }, out = { "hello, all", 10 };

	sa1.s_in.sa_family = NNG_AF_INET;
	sa1.s_in.sa_addr   = htonl(0x7f000001);
	sa2                = sa1;
	OK(nng_udp_open(&one, &sa1));
	OK(nng_udp_open(&two, &sa2));
	OK(nng_udp_sockname(one, &sa1));
	OK(nng_udp_sockname(two, &sa2));
	OK(nng_aio_alloc(&a, NULL, NULL));
	OK(nng_aio_alloc(&b, NULL, NULL));
	OK(nng_aio_set_iov(a, 1, &in));
	OK(nng_aio_set_input(a, 0, &from));
	OK(nng_aio_set_iov(b, 1, &out));
	OK(nng_aio_set_input(b, 0, &sa2));
	nng_udp_recv(two, a);
	nng_udp_send(one, b);
	nng_aio_wait(a);
	nng_aio_wait(b);
	OK(nng_aio_result(a));
	OK(nng_aio_result(b));
	CHECK(nng_aio_count(a) == 8 && nng_aio_count(b) == 10);
	CHECK(memcmp(buf, "hello, a", 8) == 0);
	CHECK(from.s_in.sa_port == sa1.s_in.sa_port);
	nng_sockaddr group = sa1;
	group.s_in.sa_addr = htonl(0xe0000101);
	OK(nng_udp_multicast_membership(one, &group, true));
	OK(nng_udp_multicast_membership(one, &group, false));
	nng_udp_recv(two, a);
	nng_udp_close(two);
	nng_aio_wait(a);
	GIVES(NNG_ECLOSED, nng_aio_result(a));
	nng_udp_close(one);
	nng_aio_free(a);
	nng_aio_free(b);
}

static void
pairs(void)
{
	nng_socket   one, two;
	nng_listener l1, l2;
	int          fds[2];
	char         buf[8];
	size_t       n = sizeof(buf);
	uint16_t     id;
	const char  *name;
	bool         raw;
	const nng_url *url;

	OK(nng_socket_pair(fds));
	OK(nng_pair1_open(&one));
	OK(nng_pair1_open_raw(&two));
	OK(nng_socket_proto_id(one, &id));
	CHECK(id == NNG_PAIR1_SELF);
	OK(nng_socket_peer_id(one, &id));
	CHECK(id == NNG_PAIR1_PEER);
	OK(nng_socket_proto_name(one, &name));
	CHECK(strcmp(name, "pair1") == 0);
	OK(nng_socket_peer_name(one, &name));
	CHECK(strcmp(name, "pair1") == 0);
	OK(nng_socket_raw(two, &raw));
	CHECK(raw);
	OK(nng_close(two));
	OK(nng_pair1_open(&two));
	OK(nng_listen(one, "socket://", &l1, 0));
	OK(nng_listen(two, "socket://", &l2, 0));
	OK(nng_listener_get_url(l1, &url));
	CHECK(strcmp(url->u_scheme, "socket") == 0);
	OK(nng_listener_set_int(l1, NNG_OPT_SOCKET_FD, fds[0]));
	OK(nng_listener_set_int(l2, NNG_OPT_SOCKET_FD, fds[1]));
	OK(nng_send(one, "hi", 3, 0));
	OK(nng_recv(two, buf, &n, 0));
	CHECK(n == 3 && strcmp(buf, "hi") == 0);
	OK(nng_socket_close(one));
	OK(nng_socket_close(two));
}

static void
topics(void)
{
	nng_socket sub;
	nng_ctx    ctx;

	OK(nng_sub0_open(&sub));
	OK(nng_sub0_socket_subscribe(sub, "a", 1));
	OK(nng_sub0_socket_unsubscribe(sub, "a", 1));
	GIVES(NNG_ENOENT, nng_sub0_socket_unsubscribe(sub, "a", 1));
	OK(nng_ctx_open(&ctx, sub));
	OK(nng_sub0_ctx_subscribe(ctx, "", 0));
	OK(nng_sub0_ctx_unsubscribe(ctx, "", 0));
	OK(nng_ctx_close(ctx));
	OK(nng_close(sub));
}

int
main(void)
{
	testing_begin(30);
	ids();
	logs();
	datagrams();
	pairs();
	topics();
	return 0;
}
