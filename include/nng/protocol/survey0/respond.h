// nng/protocol/survey0/respond.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_PROTOCOL_SURVEY0_RESPOND_H
#define NNG_PROTOCOL_SURVEY0_RESPOND_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NNG_RESPONDENT0_PEER 98
#define NNG_RESPONDENT0_PEER_NAME "surveyor"
#define NNG_RESPONDENT0_SELF 99
#define NNG_RESPONDENT0_SELF_NAME "respondent"

// Opens a RESPONDENT socket, to be closed with `nng_close`.
NNG_DECL int nng_respondent0_open(nng_socket *socket);

// Opens a raw RESPONDENT socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
NNG_DECL int nng_respondent0_open_raw(nng_socket *socket);

#ifndef nng_respondent_open
#define nng_respondent_open nng_respondent0_open
#endif
#ifndef nng_respondent_open_raw
#define nng_respondent_open_raw nng_respondent0_open_raw
#endif

#ifdef __cplusplus
}
#endif

#endif // NNG_PROTOCOL_SURVEY0_RESPOND_H
