// nng/protocol/reqrep0/req.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_PROTOCOL_REQREP0_REQ_H
#define NNG_PROTOCOL_REQREP0_REQ_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NNG_OPT_REQ_RESENDTICK "req:resend-tick"
#define NNG_OPT_REQ_RESENDTIME "req:resend-time"
#define NNG_REQ0_PEER 49
#define NNG_REQ0_PEER_NAME "rep"
#define NNG_REQ0_SELF 48
#define NNG_REQ0_SELF_NAME "req"

// Opens a REQ socket, to be closed with `nng_close`.
NNG_DECL int nng_req0_open(nng_socket *socket);

// Opens a raw REQ socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
NNG_DECL int nng_req0_open_raw(nng_socket *socket);

#ifndef nng_req_open
#define nng_req_open nng_req0_open
#endif
#ifndef nng_req_open_raw
#define nng_req_open_raw nng_req0_open_raw
#endif

#ifdef __cplusplus
}
#endif

#endif // NNG_PROTOCOL_REQREP0_REQ_H
