// nng/supplemental/tls/engine.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_SUPPLEMENTAL_TLS_ENGINE_H
#define NNG_SUPPLEMENTAL_TLS_ENGINE_H

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

// Versions of the interface between the library and an engine.
typedef enum nng_tls_engine_version_e {
	NNG_TLS_ENGINE_V0 = 0,
	NNG_TLS_ENGINE_V1 = 1,
	NNG_TLS_ENGINE_V2 = 2,
	NNG_TLS_ENGINE_VERSION = NNG_TLS_ENGINE_V2
} nng_tls_engine_version;

typedef struct nng_tls_engine_conn nng_tls_engine_conn;
typedef struct nng_tls_engine_config nng_tls_engine_config;

// What an engine does with a configuration. Functions return zero or an error.
typedef struct nng_tls_engine_config_ops_s {
    // The size of a configuration, which the library allots, aligned and zeroed.
    size_t size;
    // Prepares a configuration.
    int (*init)(nng_tls_engine_config*, nng_tls_mode);
    // Releases what a prepared configuration holds.
    void (*fini)(nng_tls_engine_config*);
    // Sets the server's name.
    int (*server)(nng_tls_engine_config*, const char*);
    // Sets what is asked of the peer.
    int (*auth)(nng_tls_engine_config*, nng_tls_auth_mode);
    // Adds certificates to trust (PEM), and revocation lists (PEM) or NULL.
    int (*ca_chain)(nng_tls_engine_config*, const char*, const char*);
    // Adds an own certificate and key (PEM), with the key's password or NULL.
    int (*own_cert)(nng_tls_engine_config*, const char*, const char*, const char*);
    // Adds a shared key with its identity.
    int (*psk)(nng_tls_engine_config*, const char*, const uint8_t*, size_t);
    // Sets the first and the last version.
    int (*version)(nng_tls_engine_config*, nng_tls_version, nng_tls_version);
} nng_tls_engine_config_ops_s;

typedef struct nng_tls_engine_config_ops_s nng_tls_engine_config_ops;

// What an engine does with a connection. Functions return zero, `NNG_EAGAIN` when bytes have
// to move first, or another error; none may block.
typedef struct nng_tls_engine_conn_ops_s {
    // The size of the connection's state, which the library allots, aligned and zeroed.
    size_t size;
    // Prepares a connection; the second argument is for `nng_tls_engine_send` and
    // `nng_tls_engine_recv`.
    int (*init)(nng_tls_engine_conn*, void*, nng_tls_engine_config*);
    // Releases what a prepared connection holds.
    void (*fini)(nng_tls_engine_conn*);
    // Ends the connection, perhaps with a notice to the peer.
    void (*close)(nng_tls_engine_conn*);
    // Goes on with the handshake; zero once it is complete.
    int (*handshake)(nng_tls_engine_conn*);
    // Gets plaintext into a buffer; the size becomes what was got.
    int (*recv)(nng_tls_engine_conn*, uint8_t*, size_t*);
    // Takes plaintext from a buffer; the size becomes what was taken.
    int (*send)(nng_tls_engine_conn*, const uint8_t*, size_t*);
    // Whether the peer has been verified.
    bool (*verified)(nng_tls_engine_conn*);
    // The peer's common name, from `malloc`, or NULL.
    char *(*peer_cn)(nng_tls_engine_conn*);
    // The peer's alternative names, NULL-terminated, all of it from `malloc`, or NULL.
    char **(*peer_alt_names)(nng_tls_engine_conn*);
} nng_tls_engine_conn_ops_s;

typedef struct nng_tls_engine_conn_ops_s nng_tls_engine_conn_ops;

// An engine. It must last for ever once it is registered.
typedef struct nng_tls_engine_s {
    // `NNG_TLS_ENGINE_VERSION`.
    nng_tls_engine_version version;
    nng_tls_engine_config_ops *config_ops;
    nng_tls_engine_conn_ops *conn_ops;
    const char *name;
    const char *description;
    bool fips_mode;
} nng_tls_engine_s;

typedef struct nng_tls_engine_s nng_tls_engine;

// Makes an engine the one for all configurations made from now on. `NNG_ENOTSUP` for one of
// another version.
NNG_DECL int nng_tls_engine_register(const nng_tls_engine *engine);

// For an engine: takes bytes for the peer; the size becomes what was taken. `NNG_EAGAIN` when
// there is no room now, `NNG_ECLOSED`.
NNG_DECL int nng_tls_engine_send(void *arg, const uint8_t *buf, size_t *size);

// For an engine: gives bytes from the peer; the size becomes what was given. `NNG_EAGAIN` when
// there are none now, `NNG_ECLOSED`.
NNG_DECL int nng_tls_engine_recv(void *arg, uint8_t *buf, size_t *size);

#ifdef __cplusplus
}
#endif

#endif // NNG_SUPPLEMENTAL_TLS_ENGINE_H
