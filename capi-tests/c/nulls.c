// ours only: NULL, where the old library crashes.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/util/idhash.h>
#include <nng/supplemental/util/options.h>
#include <nng/supplemental/util/platform.h>

int
main(void)
{
	nng_socket   s;
	nng_dialer   d;
	nng_listener l;
	nng_ctx      c;
	size_t       len = 4;
	uint16_t     id;
	const char  *name;
	bool         raw;

	testing_begin(30);
	nng_aio_free(NULL);
	nng_msg_free(NULL);
	nng_url_free(NULL);
	nng_stats_free(NULL);
	nng_stream_free(NULL);
	nng_stream_dialer_free(NULL);
	nng_stream_listener_free(NULL);
	nng_mtx_free(NULL);
	nng_cv_free(NULL);
	nng_id_map_free(NULL);
	nng_thread_destroy(NULL);
	nng_free(NULL, 0);
	nng_strfree(NULL);

	GIVES(NNG_EINVAL, nng_pair1_open(NULL));
	GIVES(NNG_EINVAL, nng_aio_alloc(NULL, NULL, NULL));
	GIVES(NNG_EINVAL, nng_msg_alloc(NULL, 1));
	GIVES(NNG_EINVAL, nng_url_parse(NULL, "tcp://x:1"));
	nng_url *url = NULL;
	GIVES(NNG_EINVAL, nng_url_parse(&url, NULL));
	GIVES(NNG_EINVAL, nng_stats_get(NULL));
	GIVES(NNG_EINVAL, nng_mtx_alloc(NULL));
	GIVES(NNG_EINVAL, nng_stream_dialer_alloc(NULL, "tcp://127.0.0.1:1"));
	GIVES(NNG_EINVAL, nng_stream_listener_alloc(NULL, "tcp://127.0.0.1:1"));
	GIVES(NNG_EINVAL, nng_id_map_alloc(NULL, 0, 0, 0));
	GIVES(NNG_EINVAL, nng_socket_pair(NULL));

	OK(nng_req0_open(&s));
	GIVES(NNG_EINVAL, nng_dial(s, NULL, NULL, 0));
	GIVES(NNG_EINVAL, nng_listen(s, NULL, NULL, 0));
	GIVES(NNG_EINVAL, nng_dialer_create(&d, s, NULL));
	GIVES(NNG_EINVAL, nng_dialer_create(NULL, s, "inproc://nulls"));
	GIVES(NNG_EINVAL, nng_listener_create(&l, s, NULL));
	GIVES(NNG_EINVAL, nng_listener_create(NULL, s, "inproc://nulls"));
	GIVES(NNG_EINVAL, nng_ctx_open(NULL, s));
	GIVES(NNG_EINVAL, nng_sendmsg(s, NULL, 0));
	GIVES(NNG_EINVAL, nng_recvmsg(s, NULL, 0));
	GIVES(NNG_EINVAL, nng_send(s, NULL, 4, 0));
	GIVES(NNG_EINVAL, nng_recv(s, NULL, &len, 0));
	GIVES(NNG_EINVAL, nng_socket_get_bool(s, NULL, &raw));
	GIVES(NNG_EINVAL, nng_socket_get_bool(s, NNG_OPT_RAW, NULL));
	GIVES(NNG_EINVAL, nng_socket_set_ms(s, NULL, 1));
	GIVES(NNG_EINVAL, nng_socket_get(s, NNG_OPT_RAW, &raw, NULL));
	GIVES(NNG_EINVAL, nng_socket_proto_id(s, NULL));
	GIVES(NNG_EINVAL, nng_socket_raw(s, NULL));
	OK(nng_socket_proto_id(s, &id));
	CHECK(id == NNG_REQ0_SELF);
	OK(nng_socket_peer_id(s, &id));
	CHECK(id == NNG_REQ0_PEER);
	OK(nng_socket_proto_name(s, &name));
	CHECK(strcmp(name, NNG_REQ0_SELF_NAME) == 0);
	OK(nng_socket_peer_name(s, &name));
	CHECK(strcmp(name, NNG_REQ0_PEER_NAME) == 0);
	OK(nng_socket_raw(s, &raw));
	CHECK(!raw);
	OK(nng_ctx_open(&c, s));
	GIVES(NNG_EINVAL, nng_ctx_sendmsg(c, NULL, 0));
	GIVES(NNG_EINVAL, nng_ctx_recvmsg(c, NULL, 0));
	GIVES(NNG_EINVAL, nng_ctx_get_ms(c, NNG_OPT_RECVTIMEO, NULL));
	OK(nng_socket_close(s));
	GIVES(NNG_ECLOSED, nng_socket_proto_id(s, &id));
	GIVES(NNG_ECLOSED, nng_socket_peer_id(s, &id));
	GIVES(NNG_ECLOSED, nng_socket_proto_name(s, &name));
	GIVES(NNG_ECLOSED, nng_socket_peer_name(s, &name));
	GIVES(NNG_ECLOSED, nng_socket_raw(s, &raw));
	GIVES(NNG_ECLOSED, nng_sub0_socket_subscribe(s, "", 0));
	GIVES(NNG_ECLOSED, nng_sub0_ctx_subscribe(c, "", 0));

	nng_fini();
	printf("nothing crashed\n");
	return 0;
}
