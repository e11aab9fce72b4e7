// nng/protocol/survey0/survey.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_PROTOCOL_SURVEY0_SURVEY_H
#define NNG_PROTOCOL_SURVEY0_SURVEY_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NNG_OPT_SURVEYOR_SURVEYTIME "surveyor:survey-time"
#define NNG_SURVEYOR0_PEER 99
#define NNG_SURVEYOR0_PEER_NAME "respondent"
#define NNG_SURVEYOR0_SELF 98
#define NNG_SURVEYOR0_SELF_NAME "surveyor"

// Opens a SURVEYOR socket, to be closed with `nng_close`.
NNG_DECL int nng_surveyor0_open(nng_socket *socket);

// Opens a raw SURVEYOR socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
NNG_DECL int nng_surveyor0_open_raw(nng_socket *socket);

#ifndef nng_surveyor_open
#define nng_surveyor_open nng_surveyor0_open
#endif
#ifndef nng_surveyor_open_raw
#define nng_surveyor_open_raw nng_surveyor0_open_raw
#endif

#ifdef __cplusplus
}
#endif

#endif // NNG_PROTOCOL_SURVEY0_SURVEY_H
