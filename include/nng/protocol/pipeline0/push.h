// nng/protocol/pipeline0/push.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_PROTOCOL_PIPELINE0_PUSH_H
#define NNG_PROTOCOL_PIPELINE0_PUSH_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

// Opens a PUSH socket, to be closed with `nng_close`.
NNG_DECL int nng_push0_open(nng_socket *socket);

// Opens a raw PUSH socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
NNG_DECL int nng_push0_open_raw(nng_socket *socket);

#ifndef nng_push_open
#define nng_push_open nng_push0_open
#endif
#ifndef nng_push_open_raw
#define nng_push_open_raw nng_push0_open_raw
#endif

#ifdef __cplusplus
}
#endif

#endif // NNG_PROTOCOL_PIPELINE0_PUSH_H
