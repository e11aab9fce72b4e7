// nng/protocol/pubsub0/sub.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_PROTOCOL_PUBSUB0_SUB_H
#define NNG_PROTOCOL_PUBSUB0_SUB_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NNG_OPT_SUB_PREFNEW "sub:prefnew"
#define NNG_OPT_SUB_SUBSCRIBE "sub:subscribe"
#define NNG_OPT_SUB_UNSUBSCRIBE "sub:unsubscribe"

// Opens a SUB socket, to be closed with `nng_close`.
NNG_DECL int nng_sub0_open(nng_socket *socket);

// Opens a raw SUB socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
NNG_DECL int nng_sub0_open_raw(nng_socket *socket);

// Has a socket receive messages whose body begins with `topic` (empty: all).
NNG_DECL int nng_sub0_socket_subscribe(nng_socket socket, const void *topic, size_t len);

// Ends a subscription; `NNG_ENOENT` if there is none for `topic`.
NNG_DECL int nng_sub0_socket_unsubscribe(nng_socket socket, const void *topic, size_t len);

// Has a context receive messages whose body begins with `topic` (empty: all).
NNG_DECL int nng_sub0_ctx_subscribe(nng_ctx ctx, const void *topic, size_t len);

// Ends a subscription; `NNG_ENOENT` if there is none for `topic`.
NNG_DECL int nng_sub0_ctx_unsubscribe(nng_ctx ctx, const void *topic, size_t len);

#ifndef nng_sub_open
#define nng_sub_open nng_sub0_open
#endif
#ifndef nng_sub_open_raw
#define nng_sub_open_raw nng_sub0_open_raw
#endif

#ifdef __cplusplus
}
#endif

#endif // NNG_PROTOCOL_PUBSUB0_SUB_H
