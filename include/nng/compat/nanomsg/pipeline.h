// nng/compat/nanomsg/pipeline.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_COMPAT_NANOMSG_PIPELINE_H
#define NNG_COMPAT_NANOMSG_PIPELINE_H

#include <nng/compat/nanomsg/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NN_PROTO_PIPELINE 5
#define NN_PULL 81
#define NN_PUSH 80

#ifdef __cplusplus
}
#endif

#endif // NNG_COMPAT_NANOMSG_PIPELINE_H
