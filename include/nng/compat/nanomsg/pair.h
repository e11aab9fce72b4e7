// nng/compat/nanomsg/pair.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_COMPAT_NANOMSG_PAIR_H
#define NNG_COMPAT_NANOMSG_PAIR_H

#include <nng/compat/nanomsg/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NN_PAIR 16
#define NN_PAIR_V1 17
#define NN_PAIR_v0 16
#define NN_PROTO_PAIR 1

#ifdef __cplusplus
}
#endif

#endif // NNG_COMPAT_NANOMSG_PAIR_H
