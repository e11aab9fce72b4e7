// ours only: engines have another version in 1.5.2
// An engine of the program's own: no secrets, but every byte is turned over.
#include "testing.h"
#include <nng/protocol/pair0/pair.h>
#include <nng/supplemental/tls/engine.h>

struct nng_tls_engine_config {
	int  mode;
	char name[32];
};

struct nng_tls_engine_conn {
	void *tls;
	int   mode;
	int   greeted, heard;
};

static int configs, conns;

static int
config_init(nng_tls_engine_config *cfg, nng_tls_mode mode)
{
	cfg->mode = (int) mode;
	configs++;
	return (0);
}

static void
config_fini(nng_tls_engine_config *cfg)
{
	(void) cfg;
	configs--;
}

static int
config_server(nng_tls_engine_config *cfg, const char *name)
{
	snprintf(cfg->name, sizeof(cfg->name), "%s", name);
	return (0);
}

static int
config_auth(nng_tls_engine_config *cfg, nng_tls_auth_mode mode)
{
	(void) cfg;
	return (mode == NNG_TLS_AUTH_MODE_OPTIONAL ? NNG_ENOTSUP : 0);
}

static int
conn_init(nng_tls_engine_conn *c, void *tls, nng_tls_engine_config *cfg)
{
	CHECK(c->tls == NULL && c->greeted == 0);
	c->tls  = tls;
	c->mode = cfg->mode;
	__sync_fetch_and_add(&conns, 1);
	return (0);
}

static void
conn_fini(nng_tls_engine_conn *c)
{
	(void) c;
	__sync_fetch_and_sub(&conns, 1);
}

static void
conn_close(nng_tls_engine_conn *c)
{
	(void) c;
}

static int
conn_handshake(nng_tls_engine_conn *c)
{
	uint8_t byte = '!';
	size_t  len  = 1;
	int     rv;
	if (!c->greeted) {
		if ((rv = nng_tls_engine_send(c->tls, &byte, &len)) != 0) {
			return (rv);
		}
		c->greeted = 1;
	}
	if (!c->heard) {
		len = 1;
		if ((rv = nng_tls_engine_recv(c->tls, &byte, &len)) != 0) {
			return (rv);
		}
		if (byte != '!') {
			return (NNG_ECRYPTO);
		}
		c->heard = 1;
	}
	return (0);
}

static int
conn_recv(nng_tls_engine_conn *c, uint8_t *buf, size_t *len)
{
	int rv = nng_tls_engine_recv(c->tls, buf, len);
	for (size_t i = 0; rv == 0 && i < *len; i++) {
		buf[i] = (uint8_t) ~buf[i];
	}
	return (rv);
}

static int
conn_send(nng_tls_engine_conn *c, const uint8_t *buf, size_t *len)
{
	uint8_t over[1000];
	if (*len > sizeof(over)) {
		*len = sizeof(over);
	}
	for (size_t i = 0; i < *len; i++) {
		over[i] = (uint8_t) ~buf[i];
	}
	return (nng_tls_engine_send(c->tls, over, len));
}

static bool
conn_verified(nng_tls_engine_conn *c)
{
	return (c->mode == NNG_TLS_MODE_CLIENT);
}

static char *
conn_peer_cn(nng_tls_engine_conn *c)
{
	(void) c;
	return (strdup("somebody"));
}

static char **
conn_peer_alt_names(nng_tls_engine_conn *c)
{
	char **names = calloc(3, sizeof(char *));
	(void) c;
	names[0] = strdup("one");
	names[1] = strdup("two");
	return (names);
}

static nng_tls_engine_config_ops config_ops = {
	.size   = sizeof(nng_tls_engine_config),
	.init   = config_init,
	.fini   = config_fini,
	.server = config_server,
	.auth   = config_auth,
};

static nng_tls_engine_conn_ops conn_ops = {
	.size           = sizeof(nng_tls_engine_conn),
	.init           = conn_init,
	.fini           = conn_fini,
	.close          = conn_close,
	.handshake      = conn_handshake,
	.recv           = conn_recv,
	.send           = conn_send,
	.verified       = conn_verified,
	.peer_cn        = conn_peer_cn,
	.peer_alt_names = conn_peer_alt_names,
};

static nng_tls_engine engine = {
	.version     = NNG_TLS_ENGINE_VERSION,
	.config_ops  = &config_ops,
	.conn_ops    = &conn_ops,
	.name        = "over",
	.description = "turns bytes over",
	.fips_mode   = true,
};

int
main(void)
{
	nng_socket      one, two;
	nng_listener    l;
	nng_msg        *msg;
	nng_tls_config *cfg;
	int             port;
	char            url[64];
	char           *name;
	char          **names;

	testing_begin(60);
	engine.version = NNG_TLS_ENGINE_V1;
	GIVES(NNG_ENOTSUP, nng_tls_engine_register(&engine));
	engine.version = NNG_TLS_ENGINE_VERSION;
	OK(nng_tls_engine_register(&engine));
	CHECK(strcmp(nng_tls_engine_name(), "over") == 0);
	CHECK(strcmp(nng_tls_engine_description(), "turns bytes over") == 0);
	CHECK(nng_tls_engine_fips_mode());
	OK(nng_tls_config_alloc(&cfg, NNG_TLS_MODE_SERVER));
	GIVES(NNG_ENOTSUP, nng_tls_config_auth_mode(cfg, NNG_TLS_AUTH_MODE_OPTIONAL));
	GIVES(NNG_ENOTSUP, nng_tls_config_psk(cfg, "x", (const uint8_t *) "y", 1));
	nng_tls_config_free(cfg);
	CHECK(configs == 0);

	OK(nng_pair0_open(&one));
	OK(nng_pair0_open(&two));
	OK(nng_listener_create(&l, one, "tls+tcp://127.0.0.1:0"));
	OK(nng_listener_start(l, 0));
	OK(nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port));
	snprintf(url, sizeof(url), "tls+tcp://127.0.0.1:%d", port);
	OK(nng_dial(two, url, NULL, 0));
	for (size_t size = 1; size < 1000000; size *= 9) {
		OK(nng_msg_alloc(&msg, size));
		memset(nng_msg_body(msg), (int) size, size);
		OK(nng_sendmsg(one, msg, 0));
		OK(nng_recvmsg(two, &msg, 0));
		CHECK(nng_msg_len(msg) == size);
		CHECK(((uint8_t *) nng_msg_body(msg))[size - 1] == (uint8_t) size);
		nng_pipe p = nng_msg_get_pipe(msg);
		OK(nng_pipe_get_string(p, NNG_OPT_TLS_PEER_CN, &name));
		CHECK(strcmp(name, "somebody") == 0);
		nng_strfree(name);
		OK(nng_pipe_get_ptr(p, NNG_OPT_TLS_PEER_ALT_NAMES, (void **) &names));
		CHECK(strcmp(names[0], "one") == 0 && strcmp(names[1], "two") == 0 && !names[2]);
		free(names[0]);
		free(names[1]);
		free(names);
		nng_msg_free(msg);
	}
	OK(nng_close(one));
	OK(nng_close(two));
	nng_fini();
	EVENTUALLY(conns == 0);
	return (0);
}
