// nng/supplemental/util/options.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_SUPPLEMENTAL_UTIL_OPTIONS_H
#define NNG_SUPPLEMENTAL_UTIL_OPTIONS_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

// An option that a program knows; the last of an array has zero for `o_val`.
typedef struct nng_optspec {
    // The long name, or NULL.
    const char *o_name;
    // The short name, a character, or zero.
    int o_short;
    // What is returned for it.
    int o_val;
    // Whether it takes a value.
    bool o_arg;
} nng_optspec;

// Parses one option at `argv[*optidx]` (begin with 1): `*val` becomes its `o_val`, `*optarg` its
// value if it takes one, and `*optidx` is moved on. −1 at the first argument that is none;
// `NNG_EINVAL` for an unknown one, `NNG_EAMBIGUOUS`, `NNG_ENOARG`.
NNG_DECL int nng_opts_parse(int argc, char *const *argv, const struct nng_optspec *opts,
    int *val, char **optarg, int *optidx);

#ifdef __cplusplus
}
#endif

#endif // NNG_SUPPLEMENTAL_UTIL_OPTIONS_H
