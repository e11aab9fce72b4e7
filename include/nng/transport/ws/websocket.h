// nng/transport/ws/websocket.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_TRANSPORT_WS_WEBSOCKET_H
#define NNG_TRANSPORT_WS_WEBSOCKET_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NNG_OPT_WSS_REQUEST_HEADERS "ws:request-headers"
#define NNG_OPT_WSS_RESPONSE_HEADERS "ws:response-headers"

// Does nothing that is not done anyway: every transport is there from the start.
NNG_DECL int nng_ws_register(void);

// Does nothing that is not done anyway: every transport is there from the start.
NNG_DECL int nng_wss_register(void);

#ifdef __cplusplus
}
#endif

#endif // NNG_TRANSPORT_WS_WEBSOCKET_H
