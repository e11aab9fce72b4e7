// ours only: the old library has none of it.
// What a socket says of itself, and topics, by the functions that came later.
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

int
main(void)
{
	testing_begin(30);
	identities();
	topics();
	return 0;
}
