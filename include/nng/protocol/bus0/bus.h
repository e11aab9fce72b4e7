// nng/protocol/bus0/bus.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_PROTOCOL_BUS0_BUS_H
#define NNG_PROTOCOL_BUS0_BUS_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NNG_BUS0_PEER 112
#define NNG_BUS0_PEER_NAME "bus"
#define NNG_BUS0_SELF 112
#define NNG_BUS0_SELF_NAME "bus"

// Opens a BUS socket, to be closed with `nng_close`.
NNG_DECL int nng_bus0_open(nng_socket *socket);

// Opens a raw BUS socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
NNG_DECL int nng_bus0_open_raw(nng_socket *socket);

#ifndef nng_bus_open
#define nng_bus_open nng_bus0_open
#endif
#ifndef nng_bus_open_raw
#define nng_bus_open_raw nng_bus0_open_raw
#endif

#ifdef __cplusplus
}
#endif

#endif // NNG_PROTOCOL_BUS0_BUS_H
