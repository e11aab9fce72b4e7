// One end of a conversation with somebody else's program: openssl, or a WebSocket library.
//
//   endpoint stream-listen|stream-dial|pair-listen|pair-dial URL [WORD[=VALUE] ...]
//
// Listeners print "ready PORT", send everything back that comes, and end with the standard input.
// Dialers send `send=N` bytes of a pattern, in pieces of `piece=N`, expect `recv=N` bytes of it,
// and print "ok"; with `echo` they send back what comes,
// again and again. What fails is printed by its name. Each connection's end prints what the peer's
// certificate was found to be. Other words: ca=FILE crl=FILE cert=FILE name=NAME psk=IDENTITY:KEY
// auth=none|optional|required min=1.2 max=1.3 protocol=NAME text recv-text frame=N most=N
// header=NAME:VALUE.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/supplemental/util/platform.h>
#include <nng/transport/tls/tls.h>
#include <nng/transport/ws/websocket.h>

static char **words;

// The value of a word, "" for one that has none, NULL where it is not given.
static const char *
word(const char *name)
{
	size_t len = strlen(name);
	for (char **w = words; *w != NULL; w++) {
		if (strncmp(*w, name, len) == 0 && ((*w)[len] == '=' || (*w)[len] == 0)) {
			return (*w)[len] == '=' ? *w + len + 1 : "";
		}
	}
	return NULL;
}

static size_t
number(const char *name, size_t otherwise)
{
	const char *value = word(name);
	return value != NULL ? strtoul(value, NULL, 10) : otherwise;
}

static void
say(const char *text)
{
	printf("%s\n", text);
	fflush(stdout);
}

static void
must(int rv, const char *what)
{
	if (rv != 0) {
		printf("%s: %s\n", what, nng_strerror(rv));
		fflush(stdout);
		_exit(1);
	}
}

static nng_tls_version
version(const char *text, nng_tls_version otherwise)
{
	return text == NULL ? otherwise : strcmp(text, "1.2") == 0 ? NNG_TLS_1_2 : NNG_TLS_1_3;
}

static char *
contents(const char *name)
{
	static char text[2][100000];
	static int  which;
	char       *at   = text[which++ % 2];
	FILE       *file = fopen(name, "r");
	must(file == NULL ? NNG_ENOENT : 0, name);
	at[fread(at, 1, sizeof(text[0]) - 1, file)] = 0;
	fclose(file);
	return at;
}

static nng_tls_config *
tls_config(bool server)
{
	nng_tls_config *c;
	const char     *auth = word("auth");
	must(nng_tls_config_alloc(&c, server ? NNG_TLS_MODE_SERVER : NNG_TLS_MODE_CLIENT), "tls");
	if (word("cert") != NULL) {
		must(nng_tls_config_cert_key_file(c, word("cert"), NULL), "cert");
	}
	if (word("crl") != NULL) {
		must(nng_tls_config_ca_chain(c, contents(word("ca")), contents(word("crl"))), "crl");
	} else if (word("ca") != NULL) {
		must(nng_tls_config_ca_file(c, word("ca")), "ca");
	}
	if (word("psk") != NULL) {
		char        identity[100];
		const char *key = strchr(word("psk"), ':');
		snprintf(identity, sizeof(identity), "%.*s", (int) (key - word("psk")), word("psk"));
		must(nng_tls_config_psk(c, identity, (const uint8_t *) key + 1, strlen(key + 1)), "psk");
	}
	if (word("name") != NULL) {
		must(nng_tls_config_server_name(c, word("name")), "name");
	}
	if (auth != NULL) {
		must(nng_tls_config_auth_mode(c,
		         auth[0] == 'n'       ? NNG_TLS_AUTH_MODE_NONE
		             : auth[0] == 'o' ? NNG_TLS_AUTH_MODE_OPTIONAL
		                              : NNG_TLS_AUTH_MODE_REQUIRED),
		    "auth");
	}
	must(nng_tls_config_version(
	         c, version(word("min"), NNG_TLS_1_2), version(word("max"), NNG_TLS_1_3)),
	    "version");
	return c;
}

static bool
is_secure(const char *url)
{
	return strncmp(url, "tls", 3) == 0 || strncmp(url, "wss", 3) == 0;
}

static char
pattern(size_t i)
{
	return i % 64 == 63 ? '\n' : (char) ('a' + i % 23);
}

static void
tell_peer(nng_stream *s, const char *url)
{
	bool  verified;
	char *cn = NULL;
	if (!is_secure(url)) {
		return;
	}
	must(nng_stream_get_bool(s, NNG_OPT_TLS_VERIFIED, &verified), "verified");
	if (nng_stream_get_string(s, NNG_OPT_TLS_PEER_CN, &cn) != 0) {
		cn = NULL;
	}
	printf("peer %s %s\n", verified ? "verified" : "unverified", cn != NULL ? cn : "-");
	fflush(stdout);
	nng_strfree(cn);
}

// Moves some bytes; how many, or -1 at the end or a failure, which is left in the aio.
static long
move(nng_stream *s, nng_aio *aio, bool sending, void *data, size_t size)
{
	nng_iov iov = { .iov_buf = data, .iov_len = size };
	must(nng_aio_set_iov(aio, 1, &iov), "iov");
	sending ? nng_stream_send(s, aio) : nng_stream_recv(s, aio);
	nng_aio_wait(aio);
	return nng_aio_result(aio) == 0 ? (long) nng_aio_count(aio) : -1;
}

static nng_aio *
new_aio(void)
{
	nng_aio *aio;
	must(nng_aio_alloc(&aio, NULL, NULL), "aio");
	nng_aio_set_timeout(aio, 20000);
	return aio;
}

static const char *url;

static void *
echo(void *arg)
{
	static const size_t room = 1 << 18;
	nng_stream         *s    = arg;
	nng_aio            *aio  = new_aio();
	char               *data = malloc(room);
	long                got, sent;
	bool                first = true;
	while ((got = move(s, aio, false, data, room)) > 0) {
		if (first) {
			tell_peer(s, url);
			first = false;
		}
		for (long at = 0; at < got; at += sent) {
			if ((sent = move(s, aio, true, data + at, (size_t) (got - at))) < 0) {
				goto out;
			}
		}
	}
out:
	printf("end: %s\n", nng_strerror(nng_aio_result(aio)));
	fflush(stdout);
	nng_stream_close(s);
	nng_stream_free(s);
	nng_aio_free(aio);
	free(data);
	return NULL;
}

static void
until_end_of_input(void)
{
	char c;
	while (read(0, &c, 1) > 0) {
	}
}

static void *
accept_all(void *arg)
{
	nng_stream_listener *l   = arg;
	nng_aio             *aio = new_aio();
	pthread_t            t;
	nng_aio_set_timeout(aio, NNG_DURATION_INFINITE);
	for (;;) {
		nng_stream_listener_accept(l, aio);
		nng_aio_wait(aio);
		int rv = nng_aio_result(aio);
		if (rv == NNG_ECLOSED) {
			break;
		}
		must(rv, "accept");
		pthread_create(&t, NULL, echo, nng_aio_get_output(aio, 0));
		pthread_detach(t);
	}
	nng_aio_free(aio);
	return NULL;
}

static void
stream_listen(void)
{
	nng_stream_listener *l;
	pthread_t            t;
	int                  port;
	must(nng_stream_listener_alloc(&l, url), "listener");
	if (is_secure(url)) {
		nng_tls_config *c = tls_config(true);
		must(nng_stream_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, c), "configuration");
		nng_tls_config_free(c);
	}
	if (word("protocol") != NULL) {
		must(nng_stream_listener_set_string(l, NNG_OPT_WS_PROTOCOL, word("protocol")), "protocol");
	}
	if (word("text") != NULL) {
		must(nng_stream_listener_set_bool(l, NNG_OPT_WS_SEND_TEXT, true), "text");
	}
	if (word("recv-text") != NULL) {
		must(nng_stream_listener_set_bool(l, NNG_OPT_WS_RECV_TEXT, true), "recv-text");
	}
	must(nng_stream_listener_listen(l), "listen");
	must(nng_stream_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port), "port");
	printf("ready %d\n", port);
	fflush(stdout);
	pthread_create(&t, NULL, accept_all, l);
	until_end_of_input();
	nng_stream_listener_close(l);
	pthread_join(t, NULL);
	nng_stream_listener_free(l);
}

struct pouring {
	nng_stream *stream;
	nng_aio    *aio;
};

static void *
pour(void *arg)
{
	struct pouring *p    = arg;
	size_t          size = number("send", 0), piece = number("piece", 1 << 16);
	char           *data = malloc(piece);
	for (size_t at = 0; at < size;) {
		size_t n = size - at < piece ? size - at : piece;
		for (size_t i = 0; i < n; i++) {
			data[i] = pattern(at + i);
		}
		long sent = move(p->stream, p->aio, true, data, n);
		if (sent < 0) {
			must(nng_aio_result(p->aio), "send");
		}
		at += (size_t) sent;
	}
	free(data);
	return NULL;
}

static void
stream_dial(void)
{
	nng_stream_dialer *d;
	pthread_t          t;
	nng_aio           *aio = new_aio();
	char               data[1 << 16];
	must(nng_stream_dialer_alloc(&d, url), "dialer");
	if (is_secure(url)) {
		nng_tls_config *c = tls_config(false);
		must(nng_stream_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, c), "configuration");
		nng_tls_config_free(c);
	}
	if (word("protocol") != NULL) {
		must(nng_stream_dialer_set_string(d, NNG_OPT_WS_PROTOCOL, word("protocol")), "protocol");
	}
	if (word("header") != NULL) {
		char name[200] = NNG_OPT_WS_REQUEST_HEADER;
		strncat(name, word("header"), 100);
		char *colon = strrchr(name, ':');
		*colon      = 0;
		must(nng_stream_dialer_set_string(d, name, colon + 1), "header");
	}
	if (word("text") != NULL) {
		must(nng_stream_dialer_set_bool(d, NNG_OPT_WS_SEND_TEXT, true), "text");
	}
	if (word("recv-text") != NULL) {
		must(nng_stream_dialer_set_bool(d, NNG_OPT_WS_RECV_TEXT, true), "recv-text");
	}
	if (word("frame") != NULL) {
		must(nng_stream_dialer_set_size(d, NNG_OPT_WS_SENDMAXFRAME, number("frame", 0)), "frame");
	}
	do {
		nng_stream_dialer_dial(d, aio);
		nng_aio_wait(aio);
		must(nng_aio_result(aio), "dial");
		if (word("echo") != NULL) {
			echo(nng_aio_get_output(aio, 0));
		}
	} while (word("echo") != NULL);
	struct pouring p = { nng_aio_get_output(aio, 0), new_aio() };
	pthread_create(&t, NULL, pour, &p);
	for (size_t at = 0, all = number("recv", 0); at < all;) {
		size_t want = all - at < sizeof(data) ? all - at : sizeof(data);
		long   got  = move(p.stream, aio, false, data, want);
		must(nng_aio_result(aio), "recv");
		for (long i = 0; i < got; i++) {
			if (data[i] != pattern(at + (size_t) i)) {
				must(NNG_EPROTO, "other bytes");
			}
		}
		at += (size_t) got;
	}
	pthread_join(t, NULL);
	tell_peer(p.stream, url);
	say("ok");
	until_end_of_input();
	nng_stream_close(p.stream);
	nng_stream_free(p.stream);
	nng_stream_dialer_free(d);
	nng_aio_free(p.aio);
	nng_aio_free(aio);
}

static nng_socket  sock;
static atomic_uint present; // the pipe there is

static void
on_pipe(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) arg;
	present = ev == NNG_PIPE_EV_ADD_POST ? (unsigned) nng_pipe_id(p) : 0;
}

// Sends back to who asked, and to no later one.
static void *
echo_messages(void *arg)
{
	nng_msg *m;
	(void) arg;
	while (nng_recvmsg(sock, &m, 0) == 0) {
		unsigned from = (unsigned) nng_pipe_id(nng_msg_get_pipe(m));
		int      rv;
		while ((rv = nng_sendmsg(sock, m, NNG_FLAG_NONBLOCK)) == NNG_EAGAIN && present == from) {
			nng_msleep(1);
		}
		if (rv != 0) {
			nng_msg_free(m);
		}
	}
	return NULL;
}

static void
pair_listen(void)
{
	nng_listener l;
	pthread_t    t;
	int          port;
	must(nng_pair0_open(&sock), "open");
	must(nng_socket_set_int(sock, NNG_OPT_SENDBUF, 0), "buffer");
	must(nng_pipe_notify(sock, NNG_PIPE_EV_ADD_POST, on_pipe, NULL), "notify");
	must(nng_pipe_notify(sock, NNG_PIPE_EV_REM_POST, on_pipe, NULL), "notify");
	must(nng_listener_create(&l, sock, url), "listener");
	if (is_secure(url)) {
		nng_tls_config *c = tls_config(true);
		must(nng_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, c), "configuration");
		nng_tls_config_free(c);
	}
	if (word("most") != NULL) {
		must(nng_listener_set_size(l, NNG_OPT_RECVMAXSZ, number("most", 0)), "most");
		must(nng_listener_set_size(l, NNG_OPT_WS_RECVMAXFRAME, number("most", 0)), "most");
	}
	if (word("text") != NULL) {
		must(nng_listener_set_bool(l, NNG_OPT_WS_SEND_TEXT, true), "text");
	}
	if (word("recv-text") != NULL) {
		must(nng_listener_set_bool(l, NNG_OPT_WS_RECV_TEXT, true), "recv-text");
	}
	if (word("frame") != NULL) {
		must(nng_listener_set_size(l, NNG_OPT_WS_SENDMAXFRAME, number("frame", 0)), "frame");
	}
	must(nng_listener_start(l, 0), "listen");
	must(nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port), "port");
	printf("ready %d\n", port);
	fflush(stdout);
	pthread_create(&t, NULL, echo_messages, NULL);
	until_end_of_input();
	nng_close(sock);
	pthread_join(t, NULL);
}

// Sends messages of 0, 1, 125, 126, 65535, 65536, 300000 and so on bytes, and expects them back.
static void
pair_dial(void)
{
	static const size_t sizes[] = { 0, 1, 125, 126, 127, 65535, 65536, 65537, 300000, 1 << 20 };
	nng_dialer          d;
	must(nng_pair0_open(&sock), "open");
	must(nng_pipe_notify(sock, NNG_PIPE_EV_ADD_POST, on_pipe, NULL), "notify");
	must(nng_socket_set_ms(sock, NNG_OPT_RECVTIMEO, 20000), "timeout");
	must(nng_dialer_create(&d, sock, url), "dialer");
	must(nng_dialer_set_ms(d, NNG_OPT_RECONNMINT, 2), "again");
	must(nng_dialer_set_ms(d, NNG_OPT_RECONNMAXT, 20), "again");
	if (is_secure(url)) {
		nng_tls_config *c = tls_config(false);
		must(nng_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, c), "configuration");
		nng_tls_config_free(c);
	}
	if (word("recv-text") != NULL) {
		must(nng_dialer_set_bool(d, NNG_OPT_WS_RECV_TEXT, true), "recv-text");
	}
	if (word("frame") != NULL) {
		must(nng_dialer_set_size(d, NNG_OPT_WS_SENDMAXFRAME, number("frame", 0)), "frame");
	}
	must(nng_dialer_start(d, 0), "dial");
	if (word("echo") != NULL) {
		pthread_t t;
		pthread_create(&t, NULL, echo_messages, NULL);
		until_end_of_input();
		nng_close(sock);
		pthread_join(t, NULL);
		return;
	}
	for (int i = 0; i < 10; i++) {
		nng_msg *m;
		must(nng_msg_alloc(&m, sizes[i]), "message");
		for (size_t k = 0; k < sizes[i]; k++) {
			((char *) nng_msg_body(m))[k] = pattern(k);
		}
		must(nng_sendmsg(sock, m, 0), "send");
		must(nng_recvmsg(sock, &m, 0), "receive");
		for (size_t k = 0; k < nng_msg_len(m); k++) {
			if (((char *) nng_msg_body(m))[k] != pattern(k)) {
				must(NNG_EPROTO, "other bytes");
			}
		}
		must(nng_msg_len(m) == sizes[i] ? 0 : NNG_EPROTO, "another length");
		nng_msg_free(m);
	}
	say("ok");
	until_end_of_input();
	nng_close(sock);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} roles[] = {
		{ "stream-listen", stream_listen },
		{ "stream-dial", stream_dial },
		{ "pair-listen", pair_listen },
		{ "pair-dial", pair_dial },
	};
	alarm(300);
	for (int i = 0; argc > 2 && i < 4; i++) {
		if (strcmp(argv[1], roles[i].name) == 0) {
			url   = argv[2];
			words = argv + 3;
			roles[i].run();
			nng_fini();
			return 0;
		}
	}
	return 2;
}
