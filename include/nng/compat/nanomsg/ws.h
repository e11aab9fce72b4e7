// nng/compat/nanomsg/ws.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_COMPAT_NANOMSG_WS_H
#define NNG_COMPAT_NANOMSG_WS_H

#include <nng/compat/nanomsg/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NN_WS (-4)
#define NN_WS_MSG_TYPE 1
#define NN_WS_MSG_TYPE_BINARY 2
#define NN_WS_MSG_TYPE_TEXT 1

#ifdef __cplusplus
}
#endif

#endif // NNG_COMPAT_NANOMSG_WS_H
