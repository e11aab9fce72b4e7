// ours only: the old library has none of it.
// What a socket says of itself, topics and deadlines, by the functions that came later.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pubsub0/sub.h>

static void
identities(void)
{
	nng_socket     one, two;
	nng_listener   l;
	uint16_t       id;
	const char    *name;
	bool           raw;
	const nng_url *url;

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
	OK(nng_socket_raw(one, &raw));
	CHECK(!raw);
	OK(nng_socket_raw(two, &raw));
	CHECK(raw);
	OK(nng_listen(one, "socket://", &l, 0));
	OK(nng_listener_get_url(l, &url));
	CHECK(strcmp(url->u_scheme, "socket") == 0);
	OK(nng_socket_close(one));
	OK(nng_socket_close(two));
	GIVES(NNG_ECLOSED, nng_socket_close(two));
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

static void
deadlines(void)
{
	nng_socket s;
	nng_aio   *aio;
	nng_time   begun = nng_clock();

	OK(nng_pair1_open(&s));
	OK(nng_aio_alloc(&aio, NULL, NULL));
	nng_aio_set_timeout(aio, 60);
	// For one operation; the next has the timeout again.
	nng_aio_set_expire(aio, begun + 20);
	nng_recv_aio(s, aio);
	nng_aio_wait(aio);
	GIVES(NNG_ETIMEDOUT, nng_aio_result(aio));
	CHECK(nng_clock() >= begun + 20);
	begun = nng_clock();
	nng_recv_aio(s, aio);
	nng_aio_wait(aio);
	GIVES(NNG_ETIMEDOUT, nng_aio_result(aio));
	CHECK(nng_clock() >= begun + 60);
	// One that is set later than the deadline goes before it.
	nng_aio_set_expire(aio, UINT64_MAX);
	nng_aio_set_timeout(aio, 1);
	nng_recv_aio(s, aio);
	nng_aio_wait(aio);
	GIVES(NNG_ETIMEDOUT, nng_aio_result(aio));
	nng_aio_free(aio);
	OK(nng_close(s));
}

int
main(void)
{
	testing_begin(30);
	identities();
	topics();
	deadlines();
	return 0;
}
