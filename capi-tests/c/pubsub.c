// Publishing: topics of sockets and of contexts, and their end.
#include "testing.h"
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>

static void
publish(nng_socket pub, const char *text)
{
	OK(nng_send(pub, (void *) text, strlen(text) + 1, 0));
}

static void
expect(nng_socket sub, const char *want)
{
	char   buf[32];
	size_t len = sizeof(buf);
	OK(nng_recv(sub, buf, &len, 0));
	CHECK(strcmp(buf, want) == 0);
}

static void
ready(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) p;
	(void) ev;
	__atomic_add_fetch((int *) arg, 1, __ATOMIC_SEQ_CST);
}

int
main(void)
{
	static const char *transports[] = { "inproc", "ipc", "tcp" };
	testing_begin(30);
	for (int i = 0; i < 3; i++) {
		nng_socket pub, sub, all;
		nng_ctx    ctx;
		nng_aio   *aio;
		nng_msg   *m;
		char       buf[32];
		size_t     len = sizeof(buf);
		int        met = 0;
		bool       on;
		OK(nng_pub0_open(&pub));
		OK(nng_sub0_open(&sub));
		OK(nng_sub0_open(&all));
		OK(nng_socket_set_ms(sub, NNG_OPT_RECVTIMEO, 5000));
		OK(nng_socket_set_ms(all, NNG_OPT_RECVTIMEO, 5000));
		OK(nng_socket_set(all, NNG_OPT_SUB_SUBSCRIBE, "", 0));
		GIVES(NNG_ENOTSUP, nng_recv(pub, buf, &len, 0));
		GIVES(NNG_ENOTSUP, nng_send(sub, "x", 2, 0));
		GIVES(NNG_ENOTSUP, nng_ctx_open(&ctx, pub));
		OK(nng_pipe_notify(pub, NNG_PIPE_EV_ADD_POST, ready, &met));
		const char *url = testing_listen(pub, transports[i]);
		OK(nng_dial(sub, url, NULL, 0));
		OK(nng_dial(all, url, NULL, 0));
		EVENTUALLY(__atomic_load_n(&met, __ATOMIC_SEQ_CST) == 2);

		OK(nng_socket_set(sub, NNG_OPT_SUB_SUBSCRIBE, "a/", 2));
		OK(nng_socket_set(sub, NNG_OPT_SUB_SUBSCRIBE, "b/", 2));
		OK(nng_socket_set(sub, NNG_OPT_SUB_SUBSCRIBE, "b/", 2));
		publish(pub, "c/0");
		publish(pub, "a");
		publish(pub, "b/1");
		publish(pub, "a/2");
		expect(all, "c/0");
		expect(all, "a");
		expect(all, "b/1");
		expect(all, "a/2");
		expect(sub, "b/1");
		expect(sub, "a/2");
		OK(nng_socket_set(sub, NNG_OPT_SUB_UNSUBSCRIBE, "b/", 2));
		GIVES(NNG_ENOENT, nng_socket_set(sub, NNG_OPT_SUB_UNSUBSCRIBE, "b/", 2));
		publish(pub, "b/3");
		publish(pub, "a/4");
		expect(sub, "a/4");

		// A context has topics of its own.
		OK(nng_ctx_open(&ctx, sub));
		OK(nng_ctx_set(ctx, NNG_OPT_SUB_SUBSCRIBE, "x", 1));
		publish(pub, "x1");
		publish(pub, "a/5");
		OK(nng_ctx_recvmsg(ctx, &m, 0));
		CHECK(strcmp(nng_msg_body(m), "x1") == 0);
		nng_msg_free(m);
		expect(sub, "a/5");
		OK(nng_aio_alloc(&aio, NULL, NULL));
		nng_aio_set_timeout(aio, 5000);
		nng_ctx_recv(ctx, aio);
		publish(pub, "y2");
		publish(pub, "x2");
		nng_aio_wait(aio);
		OK(nng_aio_result(aio));
		CHECK(strcmp(nng_msg_body(nng_aio_get_msg(aio)), "x2") == 0);
		nng_msg_free(nng_aio_get_msg(aio));
		nng_aio_free(aio);
		OK(nng_ctx_close(ctx));

		OK(nng_socket_get_bool(sub, NNG_OPT_SUB_PREFNEW, &on));
		CHECK(on);
		OK(nng_socket_set_bool(sub, NNG_OPT_SUB_PREFNEW, false));
		OK(nng_socket_get_bool(sub, NNG_OPT_SUB_PREFNEW, &on));
		CHECK(!on);
		OK(nng_close(sub));
		OK(nng_close(all));
		OK(nng_close(pub));
		printf("%s: published\n", transports[i]);
	}
	return 0;
}
