// nng/compat/nanomsg/ipc.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_COMPAT_NANOMSG_IPC_H
#define NNG_COMPAT_NANOMSG_IPC_H

#include <nng/compat/nanomsg/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NN_IPC (-2)
#define NN_IPC_INBUFSZ 3
#define NN_IPC_OUTBUFSZ 2
#define NN_IPC_SEC_ATTR 1

#ifdef __cplusplus
}
#endif

#endif // NNG_COMPAT_NANOMSG_IPC_H
