// nng/supplemental/tls/tls.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_SUPPLEMENTAL_TLS_TLS_H
#define NNG_SUPPLEMENTAL_TLS_TLS_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

// Which side of a connection.
typedef enum nng_tls_mode {
    NNG_TLS_MODE_CLIENT = 0,
    NNG_TLS_MODE_SERVER = 1
} nng_tls_mode;

// Whether the peer must show a certificate.
typedef enum nng_tls_auth_mode {
    NNG_TLS_AUTH_MODE_NONE = 0,
    NNG_TLS_AUTH_MODE_OPTIONAL = 1,
    NNG_TLS_AUTH_MODE_REQUIRED = 2
} nng_tls_auth_mode;

// Versions of TLS.
typedef enum nng_tls_version {
    NNG_TLS_1_0 = 769,
    NNG_TLS_1_1 = 770,
    NNG_TLS_1_2 = 771,
    NNG_TLS_1_3 = 772
} nng_tls_version;

typedef struct nng_tls_config nng_tls_config;

// Makes a configuration for clients or servers, to be freed with `nng_tls_config_free`. Clients
// require a valid certificate of their peer, servers none. `NNG_EINVAL` for another mode.
NNG_DECL int nng_tls_config_alloc(nng_tls_config **cfgp, nng_tls_mode mode);

// Adds a reference to a configuration, to be given back with `nng_tls_config_free`.
NNG_DECL void nng_tls_config_hold(nng_tls_config *cfg);

// Gives a reference back; the configuration goes with the last one. NULL is allowed.
NNG_DECL void nng_tls_config_free(nng_tls_config *cfg);

// Sets whom the peer's certificate must name; it is also announced to the server (SNI).
// `NNG_EBUSY` when the configuration is in use, as for all that follow.
NNG_DECL int nng_tls_config_server_name(nng_tls_config *cfg, const char *name);

// Adds certificates (PEM) that peers' certificates may be signed with, and revocation lists
// (PEM), or NULL. `NNG_ECRYPTO` if one is malformed.
NNG_DECL int nng_tls_config_ca_chain(nng_tls_config *cfg, const char *chain, const char *crl);

// Sets the own certificate (PEM), perhaps with a chain, and its key (PEM), with its password or
// NULL. Further calls add alternatives, say with another kind of key. `NNG_ECRYPTO` if they can
// not be used.
NNG_DECL int nng_tls_config_own_cert(nng_tls_config *cfg, const char *cert, const char *key,
    const char *pass);

// Sets what is asked of the peer: nothing, a certificate that is verified if there is one
// (the connection goes on in any case), or a valid certificate. `NNG_EINVAL` for another mode.
NNG_DECL int nng_tls_config_auth_mode(nng_tls_config *cfg, nng_tls_auth_mode mode);

// As `nng_tls_config_ca_chain`, from a file that may hold certificates and revocation lists.
NNG_DECL int nng_tls_config_ca_file(nng_tls_config *cfg, const char *file);

// As `nng_tls_config_own_cert`, from a file that holds certificate and key.
NNG_DECL int nng_tls_config_cert_key_file(nng_tls_config *cfg, const char *file,
    const char *pass);

// Sets a shared key of `len` bytes with its identity; a server may have several. `NNG_ENOTSUP`
// if the engine has no shared keys, `NNG_ECRYPTO` if the key can not be used.
NNG_DECL int nng_tls_config_psk(nng_tls_config *cfg, const char *identity, const uint8_t *key,
    size_t len);

// Sets the first and the last version to be used. `NNG_ENOTSUP` if the engine has none of them.
NNG_DECL int nng_tls_config_version(nng_tls_config *cfg, nng_tls_version min,
    nng_tls_version max);

// The name of the TLS engine.
NNG_DECL const char *nng_tls_engine_name(void);

// A description of the TLS engine, with its version.
NNG_DECL const char *nng_tls_engine_description(void);

// Whether the TLS engine is in FIPS mode.
NNG_DECL bool nng_tls_engine_fips_mode(void);

// Never implemented; use nng_tls_config_own_cert.
NNG_DECL int nng_tls_config_key(nng_tls_config *config, const uint8_t *key, size_t size);

// Never implemented; use nng_tls_config_own_cert.
NNG_DECL int nng_tls_config_pass(nng_tls_config *config, const char *pass);

#ifdef __cplusplus
}
#endif

#endif // NNG_SUPPLEMENTAL_TLS_TLS_H
