// Messages: bodies and headers grow and shrink at both ends, numbers go in and out in network
// order, and bad arguments are refused.
#include "testing.h"

static void
show(const char *what, nng_msg *m)
{
	printf("%s: header %zu body %zu:", what, nng_msg_header_len(m), nng_msg_len(m));
	for (size_t i = 0; i < nng_msg_header_len(m) && i < 16; i++) {
		printf(" %02x", ((unsigned char *) nng_msg_header(m))[i]);
	}
	printf(" |");
	for (size_t i = 0; i < nng_msg_len(m) && i < 24; i++) {
		printf(" %02x", ((unsigned char *) nng_msg_body(m))[i]);
	}
	printf("\n");
}

int
main(void)
{
	nng_msg *m;
	nng_msg *d;
	uint16_t a;
	uint32_t b;
	uint64_t c;

	testing_begin(20);
	OK(nng_msg_alloc(&m, 0));
	show("empty", m);
	OK(nng_msg_append(m, "world", 5));
	OK(nng_msg_insert(m, "hello ", 6));
	show("hello", m);
	OK(nng_msg_trim(m, 1));
	OK(nng_msg_chop(m, 1));
	show("cut", m);
	GIVES(NNG_EINVAL, nng_msg_trim(m, 100));
	GIVES(NNG_EINVAL, nng_msg_chop(m, 100));
	nng_msg_clear(m);
	show("clear", m);

	OK(nng_msg_append_u16(m, 0x0102));
	OK(nng_msg_append_u32(m, 0x03040506));
	OK(nng_msg_append_u64(m, 0x0708090a0b0c0d0eULL));
	OK(nng_msg_insert_u16(m, 0xfff1));
	OK(nng_msg_insert_u32(m, 0xfff2));
	OK(nng_msg_insert_u64(m, 0xfff3));
	show("numbers", m);
	OK(nng_msg_trim_u64(m, &c));
	CHECK(c == 0xfff3);
	OK(nng_msg_trim_u32(m, &b));
	CHECK(b == 0xfff2);
	OK(nng_msg_trim_u16(m, &a));
	CHECK(a == 0xfff1);
	OK(nng_msg_chop_u64(m, &c));
	CHECK(c == 0x0708090a0b0c0d0eULL);
	OK(nng_msg_chop_u32(m, &b));
	CHECK(b == 0x03040506);
	OK(nng_msg_chop_u16(m, &a));
	CHECK(a == 0x0102);
	GIVES(NNG_EINVAL, nng_msg_chop_u16(m, &a));
	GIVES(NNG_EINVAL, nng_msg_trim_u32(m, &b));

	OK(nng_msg_header_append_u16(m, 0x0102));
	OK(nng_msg_header_append_u32(m, 0x03040506));
	OK(nng_msg_header_append_u64(m, 0x0708090a0b0c0d0eULL));
	OK(nng_msg_header_insert_u16(m, 0xfff1));
	OK(nng_msg_header_insert_u32(m, 0xfff2));
	OK(nng_msg_header_insert_u64(m, 0xfff3));
	show("header numbers", m);
	OK(nng_msg_header_trim_u64(m, &c));
	OK(nng_msg_header_trim_u32(m, &b));
	OK(nng_msg_header_trim_u16(m, &a));
	CHECK(a == 0xfff1 && b == 0xfff2 && c == 0xfff3);
	OK(nng_msg_header_chop_u64(m, &c));
	OK(nng_msg_header_chop_u32(m, &b));
	OK(nng_msg_header_chop_u16(m, &a));
	CHECK(a == 0x0102 && b == 0x03040506 && c == 0x0708090a0b0c0d0eULL);
	GIVES(NNG_EINVAL, nng_msg_header_trim_u16(m, &a));
	OK(nng_msg_header_append(m, "abcd", 4));
	OK(nng_msg_header_insert(m, "xy", 2));
	OK(nng_msg_header_trim(m, 1));
	OK(nng_msg_header_chop(m, 1));
	GIVES(NNG_EINVAL, nng_msg_header_chop(m, 5));
	show("header", m);

	OK(nng_msg_append(m, "body", 4));
	OK(nng_msg_dup(&d, m));
	OK(nng_msg_append(d, "copy", 4));
	show("original", m);
	show("copy", d);
	nng_msg_header_clear(d);
	show("copy without header", d);
	nng_msg_free(d);

	OK(nng_msg_realloc(m, 2));
	show("short", m);
	OK(nng_msg_realloc(m, 3000));
	CHECK(nng_msg_len(m) == 3000);
	OK(nng_msg_reserve(m, 10000));
	CHECK(nng_msg_capacity(m) >= 10000);
	char *body = nng_msg_body(m);
	for (int i = 0; i < 700; i++) {
		OK(nng_msg_append(m, "0123456789", 10));
	}
	CHECK(nng_msg_body(m) == body);
	nng_pipe p = { 0x1234 };
	nng_msg_set_pipe(m, p);
	CHECK(nng_pipe_id(nng_msg_get_pipe(m)) == 0x1234);
	nng_msg_free(m);
	nng_msg_free(NULL);

	OK(nng_msg_alloc(&m, 1000));
	for (size_t i = 0; i < 1000; i++) {
		CHECK(((char *) nng_msg_body(m))[i] == 0);
	}
	nng_msg_free(m);
	return 0;
}
