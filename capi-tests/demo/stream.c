// Bytes without messages: connects to an address, sends a line and prints what comes back until
// the other end closes; or is that other end, and sends each line back.
//
//	stream server URL           serves one connection
//	stream client URL TEXT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nng/nng.h>

static void
check(int rv, const char *what)
{
	if (rv != 0) {
		fprintf(stderr, "%s: %s\n", what, nng_strerror(rv));
		exit(1);
	}
}

// Sends all of a buffer: a stream takes what it can at a time.
static void
send_all(nng_stream *stream, nng_aio *aio, char *text, size_t len)
{
	while (len > 0) {
		nng_iov iov = { text, len };
		check(nng_aio_set_iov(aio, 1, &iov), "nng_aio_set_iov");
		nng_stream_send(stream, aio);
		nng_aio_wait(aio);
		check(nng_aio_result(aio), "nng_stream_send");
		text += nng_aio_count(aio);
		len -= nng_aio_count(aio);
	}
}

// Receives some bytes; zero when the other end is gone.
static size_t
receive(nng_stream *stream, nng_aio *aio, char *text, size_t len)
{
	nng_iov iov = { text, len };
	check(nng_aio_set_iov(aio, 1, &iov), "nng_aio_set_iov");
	nng_stream_recv(stream, aio);
	nng_aio_wait(aio);
	return nng_aio_result(aio) == 0 ? nng_aio_count(aio) : 0;
}

static int
server(const char *url)
{
	nng_stream_listener *listener;
	nng_stream          *stream;
	nng_aio             *aio;
	char                 buf[512];
	size_t               len;

	check(nng_aio_alloc(&aio, NULL, NULL), "nng_aio_alloc");
	check(nng_stream_listener_alloc(&listener, url), "nng_stream_listener_alloc");
	check(nng_stream_listener_listen(listener), "nng_stream_listener_listen");
	nng_stream_listener_accept(listener, aio);
	nng_aio_wait(aio);
	check(nng_aio_result(aio), "nng_stream_listener_accept");
	stream = nng_aio_get_output(aio, 0);
	do {
		len = receive(stream, aio, buf, sizeof(buf));
		send_all(stream, aio, buf, len);
	} while (len > 0 && memchr(buf, '\n', len) == NULL);
	nng_stream_free(stream);
	nng_stream_listener_free(listener);
	nng_aio_free(aio);
	return 0;
}

static int
client(const char *url, char *text)
{
	nng_stream_dialer *dialer;
	nng_stream        *stream;
	nng_aio           *aio;
	char               buf[512];
	size_t             len;

	check(nng_aio_alloc(&aio, NULL, NULL), "nng_aio_alloc");
	check(nng_stream_dialer_alloc(&dialer, url), "nng_stream_dialer_alloc");
	// Unlike a socket's dialer, a stream's tries once.
	for (int tries = 0;; tries++) {
		nng_stream_dialer_dial(dialer, aio);
		nng_aio_wait(aio);
		if (nng_aio_result(aio) == 0) {
			break;
		}
		if (tries == 50) {
			check(nng_aio_result(aio), "nng_stream_dialer_dial");
		}
		nng_msleep(100);
	}
	stream = nng_aio_get_output(aio, 0);
	send_all(stream, aio, text, strlen(text));
	send_all(stream, aio, "\n", 1);
	while ((len = receive(stream, aio, buf, sizeof(buf))) > 0) {
		fwrite(buf, 1, len, stdout);
	}
	nng_stream_free(stream);
	nng_stream_dialer_free(dialer);
	nng_aio_free(aio);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "server") == 0) {
		return server(argv[2]);
	}
	if (argc == 4 && strcmp(argv[1], "client") == 0) {
		return client(argv[2], argv[3]);
	}
	fprintf(stderr, "usage: %s server URL | client URL TEXT\n", argv[0]);
	return 2;
}
