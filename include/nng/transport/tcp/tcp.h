// nng/transport/tcp/tcp.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_TRANSPORT_TCP_TCP_H
#define NNG_TRANSPORT_TCP_TCP_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

// Never needed, and in no shared library: the transport is there from the start.
NNG_DECL int nng_tcp_register(void);

#ifdef __cplusplus
}
#endif

#endif // NNG_TRANSPORT_TCP_TCP_H
