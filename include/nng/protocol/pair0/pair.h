// nng/protocol/pair0/pair.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_PROTOCOL_PAIR0_PAIR_H
#define NNG_PROTOCOL_PAIR0_PAIR_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

// Opens a PAIR version 0 socket, to be closed with `nng_close`.
NNG_DECL int nng_pair0_open(nng_socket *socket);

// Opens a raw PAIR version 0 socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
NNG_DECL int nng_pair0_open_raw(nng_socket *socket);

#ifndef nng_pair_open
#define nng_pair_open nng_pair0_open
#endif
#ifndef nng_pair_open_raw
#define nng_pair_open_raw nng_pair0_open_raw
#endif

#ifdef __cplusplus
}
#endif

#endif // NNG_PROTOCOL_PAIR0_PAIR_H
