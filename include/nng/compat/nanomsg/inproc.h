// nng/compat/nanomsg/inproc.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_COMPAT_NANOMSG_INPROC_H
#define NNG_COMPAT_NANOMSG_INPROC_H

#include <nng/compat/nanomsg/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NN_INPROC (-1)

#ifdef __cplusplus
}
#endif

#endif // NNG_COMPAT_NANOMSG_INPROC_H
