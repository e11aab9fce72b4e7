// nng/transport/inproc/inproc.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_TRANSPORT_INPROC_INPROC_H
#define NNG_TRANSPORT_INPROC_INPROC_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

// Never needed, and in no shared library: the transport is there from the start.
NNG_DECL int nng_inproc_register(void);

#ifdef __cplusplus
}
#endif

#endif // NNG_TRANSPORT_INPROC_INPROC_H
