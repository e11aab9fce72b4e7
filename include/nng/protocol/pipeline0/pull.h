// nng/protocol/pipeline0/pull.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_PROTOCOL_PIPELINE0_PULL_H
#define NNG_PROTOCOL_PIPELINE0_PULL_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

// Opens a PULL socket, to be closed with `nng_close`.
NNG_DECL int nng_pull0_open(nng_socket *socket);

// Opens a raw PULL socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
NNG_DECL int nng_pull0_open_raw(nng_socket *socket);

#ifndef nng_pull_open
#define nng_pull_open nng_pull0_open
#endif
#ifndef nng_pull_open_raw
#define nng_pull_open_raw nng_pull0_open_raw
#endif

#ifdef __cplusplus
}
#endif

#endif // NNG_PROTOCOL_PIPELINE0_PULL_H
