// Addresses as text.
#include "testing.h"

#include <arpa/inet.h>

static void
show(const char *what, const nng_sockaddr *sa)
{
	char buf[NNG_MAXADDRSTRLEN];
	memset(buf, '?', sizeof(buf));
	printf("%s: %s\n", what, nng_str_sockaddr(sa, buf, sizeof(buf)));
	char few[6];
	// What has no text of its own is a constant.
	CHECK(nng_str_sockaddr(sa, few, sizeof(few)) != few || memchr(few, 0, sizeof(few)) != NULL);
}

int
main(void)
{
	nng_sockaddr sa;

	testing_begin(20);
	memset(&sa, 0, sizeof(sa));
	show("none", &sa);
	sa.s_in.sa_family = NNG_AF_INET;
	sa.s_in.sa_addr   = htonl(0x7f000001);
	sa.s_in.sa_port   = htons(5555);
	show("inet", &sa);
	char buf[NNG_MAXADDRSTRLEN];
	CHECK(strcmp(nng_str_sockaddr(&sa, buf, sizeof(buf)), "127.0.0.1:5555") == 0);
	CHECK(strlen(nng_str_sockaddr(&sa, buf, 5)) == 4);
	memset(&sa, 0, sizeof(sa));
	sa.s_in6.sa_family   = NNG_AF_INET6;
	sa.s_in6.sa_addr[15] = 1;
	sa.s_in6.sa_port     = htons(80);
	show("inet6", &sa);
	sa.s_in6.sa_addr[0] = 0xfe;
	sa.s_in6.sa_addr[1] = 0x80;
	sa.s_in6.sa_addr[7] = 0x12;
	sa.s_in6.sa_scope   = 5;
	show("inet6 with scope", &sa);
	memset(&sa, 0, sizeof(sa));
	sa.s_ipc.sa_family = NNG_AF_IPC;
	strcpy(sa.s_ipc.sa_path, "/tmp/some.sock");
	show("ipc", &sa);
	memset(&sa, 0, sizeof(sa));
	sa.s_inproc.sa_family = NNG_AF_INPROC;
	strcpy(sa.s_inproc.sa_name, "someone");
	show("inproc", &sa);
	memset(&sa, 0, sizeof(sa));
	sa.s_abstract.sa_family = NNG_AF_ABSTRACT;
	memcpy(sa.s_abstract.sa_name, "a b\0c", 5);
	sa.s_abstract.sa_len = 5;
	show("abstract", &sa);
	sa.s_abstract.sa_len = 0;
	show("abstract, empty", &sa);
	memset(&sa, 0, sizeof(sa));
	sa.s_family = 77;
	show("unknown", &sa);
	return 0;
}
