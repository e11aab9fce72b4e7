// nng/protocol/pair1/pair.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_PROTOCOL_PAIR1_PAIR_H
#define NNG_PROTOCOL_PAIR1_PAIR_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NNG_OPT_PAIR1_POLY "pair1:polyamorous"
#define NNG_PAIR1_PEER 17
#define NNG_PAIR1_PEER_NAME "pair1"
#define NNG_PAIR1_SELF 17
#define NNG_PAIR1_SELF_NAME "pair1"

// Opens a PAIR version 1 socket, to be closed with `nng_close`.
NNG_DECL int nng_pair1_open(nng_socket *socket);

// Opens a raw PAIR version 1 socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
NNG_DECL int nng_pair1_open_raw(nng_socket *socket);

// Opens a polyamorous PAIR version 1 socket, to be closed with `nng_close`. It has many peers, and `nng_msg_set_pipe`
// chooses one.
NNG_DECL int nng_pair1_open_poly(nng_socket *socket);

#ifndef nng_pair_open
#define nng_pair_open nng_pair1_open
#endif
#ifndef nng_pair_open_raw
#define nng_pair_open_raw nng_pair1_open_raw
#endif

#ifdef __cplusplus
}
#endif

#endif // NNG_PROTOCOL_PAIR1_PAIR_H
