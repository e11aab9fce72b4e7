// nng/protocol/pubsub0/pub.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_PROTOCOL_PUBSUB0_PUB_H
#define NNG_PROTOCOL_PUBSUB0_PUB_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

// Opens a PUB socket, to be closed with `nng_close`.
NNG_DECL int nng_pub0_open(nng_socket *socket);

// Opens a raw PUB socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
NNG_DECL int nng_pub0_open_raw(nng_socket *socket);

#ifndef nng_pub_open
#define nng_pub_open nng_pub0_open
#endif
#ifndef nng_pub_open_raw
#define nng_pub_open_raw nng_pub0_open_raw
#endif

#ifdef __cplusplus
}
#endif

#endif // NNG_PROTOCOL_PUBSUB0_PUB_H
