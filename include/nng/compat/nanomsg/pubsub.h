// nng/compat/nanomsg/pubsub.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_COMPAT_NANOMSG_PUBSUB_H
#define NNG_COMPAT_NANOMSG_PUBSUB_H

#include <nng/compat/nanomsg/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NN_PROTO_PUBSUB 2
#define NN_PUB 32
#define NN_SUB 33
#define NN_SUB_SUBSCRIBE 529
#define NN_SUB_UNSUBSCRIBE 530

#ifdef __cplusplus
}
#endif

#endif // NNG_COMPAT_NANOMSG_PUBSUB_H
