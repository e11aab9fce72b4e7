// nng/protocol/reqrep0/rep.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_PROTOCOL_REQREP0_REP_H
#define NNG_PROTOCOL_REQREP0_REP_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NNG_REP0_PEER 48
#define NNG_REP0_PEER_NAME "req"
#define NNG_REP0_SELF 49
#define NNG_REP0_SELF_NAME "rep"

// Opens a REP socket, to be closed with `nng_close`.
NNG_DECL int nng_rep0_open(nng_socket *socket);

// Opens a raw REP socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
NNG_DECL int nng_rep0_open_raw(nng_socket *socket);

#ifndef nng_rep_open
#define nng_rep_open nng_rep0_open
#endif
#ifndef nng_rep_open_raw
#define nng_rep_open_raw nng_rep0_open_raw
#endif

#ifdef __cplusplus
}
#endif

#endif // NNG_PROTOCOL_REQREP0_REP_H
