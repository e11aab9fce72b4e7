// nng/compat/nanomsg/tcp.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_COMPAT_NANOMSG_TCP_H
#define NNG_COMPAT_NANOMSG_TCP_H

#include <nng/compat/nanomsg/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NN_TCP (-3)
#define NN_TCP_NODELAY 1

#ifdef __cplusplus
}
#endif

#endif // NNG_COMPAT_NANOMSG_TCP_H
