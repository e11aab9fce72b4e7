// nng/compat/nanomsg/survey.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_COMPAT_NANOMSG_SURVEY_H
#define NNG_COMPAT_NANOMSG_SURVEY_H

#include <nng/compat/nanomsg/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NN_PROTO_SURVEY 6
#define NN_RESPONDENT 99
#define NN_SURVEYOR 98
#define NN_SURVEYOR_DEADLINE 1569

#ifdef __cplusplus
}
#endif

#endif // NNG_COMPAT_NANOMSG_SURVEY_H
