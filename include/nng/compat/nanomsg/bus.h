// nng/compat/nanomsg/bus.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_COMPAT_NANOMSG_BUS_H
#define NNG_COMPAT_NANOMSG_BUS_H

#include <nng/compat/nanomsg/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NN_BUS 112
#define NN_PROTO_BUS 7

#ifdef __cplusplus
}
#endif

#endif // NNG_COMPAT_NANOMSG_BUS_H
