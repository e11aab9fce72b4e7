// nng/compat/nanomsg/reqrep.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_COMPAT_NANOMSG_REQREP_H
#define NNG_COMPAT_NANOMSG_REQREP_H

#include <nng/compat/nanomsg/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NN_PROTO_REQREP 3
#define NN_REP 49
#define NN_REQ 48
#define NN_REQ_RESEND_IVL 769

#ifdef __cplusplus
}
#endif

#endif // NNG_COMPAT_NANOMSG_REQREP_H
