// nng: sockets for scalability protocols, and what goes with them.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_NNG_H
#define NNG_NNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32) && !defined(NNG_STATIC_LIB)
#if defined(NNG_SHARED_LIB)
#define NNG_DECL __declspec(dllexport)
#else
#define NNG_DECL __declspec(dllimport)
#endif
#else
#define NNG_DECL extern
#endif

#if defined(__GNUC__) || defined(__clang__)
#define NNG_DEPRECATED __attribute__((deprecated))
#else
#define NNG_DEPRECATED
#endif

// The version of this header; nng_version() gives the library's.
#define NNG_MAJOR_VERSION 1
#define NNG_MINOR_VERSION 12
#define NNG_PATCH_VERSION 0

// The number of a protocol.
#define NNG_PROTOCOL_NUMBER(maj, min) (((maj) * 16) + (min))

// Families of addresses.
enum nng_sockaddr_family {
    NNG_AF_UNSPEC = 0,
    NNG_AF_INPROC = 1,
    NNG_AF_IPC = 2,
    NNG_AF_INET = 3,
    NNG_AF_INET6 = 4,
    NNG_AF_ZT = 5,
    NNG_AF_ABSTRACT = 6
};

// What happens to a pipe.
typedef enum nng_pipe_ev {
    NNG_PIPE_EV_ADD_PRE = 0,
    NNG_PIPE_EV_ADD_POST = 1,
    NNG_PIPE_EV_REM_POST = 2,
    NNG_PIPE_EV_NUM = 3
} nng_pipe_ev;

// Error codes. Zero is success.
enum nng_errno_enum {
    NNG_EINTR = 1,
    NNG_ENOMEM = 2,
    NNG_EINVAL = 3,
    NNG_EBUSY = 4,
    NNG_ETIMEDOUT = 5,
    NNG_ECONNREFUSED = 6,
    NNG_ECLOSED = 7,
    NNG_EAGAIN = 8,
    NNG_ENOTSUP = 9,
    NNG_EADDRINUSE = 10,
    NNG_ESTATE = 11,
    NNG_ENOENT = 12,
    NNG_EPROTO = 13,
    NNG_EUNREACHABLE = 14,
    NNG_EADDRINVAL = 15,
    NNG_EPERM = 16,
    NNG_EMSGSIZE = 17,
    NNG_ECONNABORTED = 18,
    NNG_ECONNRESET = 19,
    NNG_ECANCELED = 20,
    NNG_ENOFILES = 21,
    NNG_ENOSPC = 22,
    NNG_EEXIST = 23,
    NNG_EREADONLY = 24,
    NNG_EWRITEONLY = 25,
    NNG_ECRYPTO = 26,
    NNG_EPEERAUTH = 27,
    NNG_ENOARG = 28,
    NNG_EAMBIGUOUS = 29,
    NNG_EBADTYPE = 30,
    NNG_ECONNSHUT = 31,
    NNG_EINTERNAL = 1000,
    NNG_ESYSERR = 268435456,
    NNG_ETRANERR = 536870912
};

// Kinds of statistics.
enum nng_stat_type_enum {
    NNG_STAT_SCOPE = 0,
    NNG_STAT_LEVEL = 1,
    NNG_STAT_COUNTER = 2,
    NNG_STAT_STRING = 3,
    NNG_STAT_BOOLEAN = 4,
    NNG_STAT_ID = 5
};

// Units of statistics.
enum nng_unit_enum {
    NNG_UNIT_NONE = 0,
    NNG_UNIT_BYTES = 1,
    NNG_UNIT_MESSAGES = 2,
    NNG_UNIT_MILLIS = 3,
    NNG_UNIT_EVENTS = 4
};

// Parameters of the library.
enum nng_init_parameter_enum {
    NNG_INIT_PARAMETER_NONE = 0,
    NNG_INIT_NUM_TASK_THREADS = 1,
    NNG_INIT_NUM_EXPIRE_THREADS = 2,
    NNG_INIT_NUM_POLLER_THREADS = 3,
    NNG_INIT_NUM_RESOLVER_THREADS = 4,
    NNG_INIT_MAX_TASK_THREADS = 5,
    NNG_INIT_MAX_EXPIRE_THREADS = 6,
    NNG_INIT_MAX_POLLER_THREADS = 7
};

// Levels of messages, as in RFC 5424.
typedef enum nng_log_level {
    NNG_LOG_NONE = 0,
    NNG_LOG_ERR = 3,
    NNG_LOG_WARN = 4,
    NNG_LOG_NOTICE = 5,
    NNG_LOG_INFO = 6,
    NNG_LOG_DEBUG = 7
} nng_log_level;

// Facilities of messages, as in RFC 5424.
typedef enum nng_log_facility {
    NNG_LOG_USER = 1,
    NNG_LOG_DAEMON = 3,
    NNG_LOG_AUTH = 10,
    NNG_LOG_LOCAL0 = 16,
    NNG_LOG_LOCAL1 = 17,
    NNG_LOG_LOCAL2 = 18,
    NNG_LOG_LOCAL3 = 19,
    NNG_LOG_LOCAL4 = 20,
    NNG_LOG_LOCAL5 = 21,
    NNG_LOG_LOCAL6 = 22,
    NNG_LOG_LOCAL7 = 23
} nng_log_facility;

#define NNG_DURATION_DEFAULT (-2)
#define NNG_DURATION_INFINITE (-1)
#define NNG_DURATION_ZERO 0
#define NNG_FLAG_ALLOC 1
#define NNG_FLAG_NONBLOCK 2
#define NNG_MAXADDRLEN 128
#define NNG_MAXADDRSTRLEN 144
#define NNG_OPT_IPC_PEER_GID "ipc:peer-gid"
#define NNG_OPT_IPC_PEER_PID "ipc:peer-pid"
#define NNG_OPT_IPC_PEER_UID "ipc:peer-uid"
#define NNG_OPT_IPC_PEER_ZONEID "ipc:peer-zoneid"
#define NNG_OPT_IPC_PERMISSIONS "ipc:permissions"
#define NNG_OPT_IPC_SECURITY_DESCRIPTOR "ipc:security-descriptor"
#define NNG_OPT_LOCADDR "local-address"
#define NNG_OPT_MAXTTL "ttl-max"
#define NNG_OPT_PEER "peer"
#define NNG_OPT_PEERNAME "peer-name"
#define NNG_OPT_PEER_GID "ipc:peer-gid"
#define NNG_OPT_PEER_PID "ipc:peer-pid"
#define NNG_OPT_PEER_UID "ipc:peer-uid"
#define NNG_OPT_PEER_ZONEID "ipc:peer-zoneid"
#define NNG_OPT_PROTO "protocol"
#define NNG_OPT_PROTONAME "protocol-name"
#define NNG_OPT_RAW "raw"
#define NNG_OPT_RECONNMAXT "reconnect-time-max"
#define NNG_OPT_RECONNMINT "reconnect-time-min"
#define NNG_OPT_RECVBUF "recv-buffer"
#define NNG_OPT_RECVFD "recv-fd"
#define NNG_OPT_RECVMAXSZ "recv-size-max"
#define NNG_OPT_RECVTIMEO "recv-timeout"
#define NNG_OPT_REMADDR "remote-address"
#define NNG_OPT_SENDBUF "send-buffer"
#define NNG_OPT_SENDFD "send-fd"
#define NNG_OPT_SENDTIMEO "send-timeout"
#define NNG_OPT_SOCKET_FD "socket:fd"
#define NNG_OPT_SOCKNAME "socket-name"
#define NNG_OPT_TCP_BOUND_PORT "tcp-bound-port"
#define NNG_OPT_TCP_KEEPALIVE "tcp-keepalive"
#define NNG_OPT_TCP_NODELAY "tcp-nodelay"
#define NNG_OPT_TLS_AUTH_MODE "tls-authmode"
#define NNG_OPT_TLS_CA_FILE "tls-ca-file"
#define NNG_OPT_TLS_CERT_KEY_FILE "tls-cert-key-file"
#define NNG_OPT_TLS_CONFIG "tls-config"
#define NNG_OPT_TLS_PEER_ALT_NAMES "tls-peer-alt-names"
#define NNG_OPT_TLS_PEER_CN "tls-peer-cn"
#define NNG_OPT_TLS_SERVER_NAME "tls-server-name"
#define NNG_OPT_TLS_VERIFIED "tls-verified"
#define NNG_OPT_URL "url"
#define NNG_OPT_WS_PROTOCOL "ws:protocol"
#define NNG_OPT_WS_RECVMAXFRAME "ws:rxframe-max"
#define NNG_OPT_WS_RECV_TEXT "ws:recv-text"
#define NNG_OPT_WS_REQUEST_HEADER "ws:request-header:"
#define NNG_OPT_WS_REQUEST_HEADERS "ws:request-headers"
#define NNG_OPT_WS_REQUEST_URI "ws:request-uri"
#define NNG_OPT_WS_RESPONSE_HEADER "ws:response-header:"
#define NNG_OPT_WS_RESPONSE_HEADERS "ws:response-headers"
#define NNG_OPT_WS_SENDMAXFRAME "ws:txframe-max"
#define NNG_OPT_WS_SEND_TEXT "ws:send-text"
#define NNG_RELEASE_SUFFIX ""

typedef struct nng_msg nng_msg;
typedef struct nng_stat nng_stat;
typedef struct nng_aio nng_aio;
typedef struct nng_stream nng_stream;
typedef struct nng_stream_dialer nng_stream_dialer;
typedef struct nng_stream_listener nng_stream_listener;
typedef struct nng_udp nng_udp;
typedef struct nng_thread nng_thread;
typedef struct nng_mtx nng_mtx;
typedef struct nng_cv nng_cv;

// Milliseconds; `NNG_DURATION_INFINITE` and `NNG_DURATION_DEFAULT` are less than zero.
typedef int32_t nng_duration;

// Milliseconds since some time in the past that is the same for the whole process.
typedef uint64_t nng_time;

// A part of a scattered buffer.
typedef struct nng_iov {
    void *iov_buf;
    size_t iov_len;
} nng_iov;

// Ends a provider's operation early: it is called with the aio, the argument given to
// `nng_aio_defer` and the reason, and calls `nng_aio_finish`, with that reason, if the
// operation has not ended meanwhile.
typedef void (*nng_aio_cancelfn)(nng_aio*, void*, int);

// A context, by number.
typedef struct nng_ctx_s {
    uint32_t id;
} nng_ctx_s;

typedef struct nng_ctx_s nng_ctx;

// A socket, by number.
typedef struct nng_socket_s {
    uint32_t id;
} nng_socket_s;

typedef struct nng_socket_s nng_socket;

// A path in the file system.
typedef struct nng_sockaddr_path {
    uint16_t sa_family;
    char sa_path[128];
} nng_sockaddr_path;

typedef struct nng_sockaddr_path nng_sockaddr_ipc;

// An in-process address: a name.
typedef struct nng_sockaddr_inproc {
    uint16_t sa_family;
    char sa_name[128];
} nng_sockaddr_inproc;

// An IPv6 address; port and address in network byte order.
typedef struct nng_sockaddr_in6 {
    uint16_t sa_family;
    uint16_t sa_port;
    uint8_t sa_addr[16];
    uint32_t sa_scope;
} nng_sockaddr_in6;

// An IPv4 address; port and address in network byte order.
typedef struct nng_sockaddr_in {
    uint16_t sa_family;
    uint16_t sa_port;
    uint32_t sa_addr;
} nng_sockaddr_in;

// A ZeroTier address, which this library shows but cannot use.
typedef struct nng_sockaddr_zt {
    uint16_t sa_family;
    uint64_t sa_nwid;
    uint64_t sa_nodeid;
    uint32_t sa_port;
} nng_sockaddr_zt;

// A name in Linux's abstract namespace, without its leading NUL, of `sa_len` bytes.
typedef struct nng_sockaddr_abstract {
    uint16_t sa_family;
    uint16_t sa_len;
    uint8_t sa_name[107];
} nng_sockaddr_abstract;

// As large as the largest address.
typedef struct nng_sockaddr_storage {
    uint16_t sa_family;
    uint64_t sa_pad[16];
} nng_sockaddr_storage;

// An address of any family; `s_family` says which member holds it.
typedef union nng_sockaddr {
    uint16_t s_family;
    nng_sockaddr_ipc s_ipc;
    struct nng_sockaddr_inproc s_inproc;
    struct nng_sockaddr_in6 s_in6;
    struct nng_sockaddr_in s_in;
    struct nng_sockaddr_zt s_zt;
    struct nng_sockaddr_abstract s_abstract;
    struct nng_sockaddr_storage s_storage;
} nng_sockaddr;

// A dialer, by number.
typedef struct nng_dialer_s {
    uint32_t id;
} nng_dialer_s;

typedef struct nng_dialer_s nng_dialer;

// The parts of a URL, to be read only; a part that the URL cannot have is NULL.
typedef struct nng_url {
    // As it was given.
    char *u_rawurl;
    char *u_scheme;
    char *u_userinfo;
    // Host and port.
    char *u_host;
    char *u_hostname;
    // The scheme's own, if the URL names none.
    char *u_port;
    char *u_path;
    char *u_query;
    char *u_fragment;
    // Path, query and fragment.
    char *u_requri;
} nng_url;

typedef int nng_init_parameter;

// A listener, by number.
typedef struct nng_listener_s {
    uint32_t id;
} nng_listener_s;

typedef struct nng_listener_s nng_listener;

// What gets messages: level, facility, a short identifier (or NULL) and the text, which are
// valid during the call. May be called on any thread, on several at a time.
typedef void (*nng_logger)(nng_log_level, nng_log_facility, const char*, const char*);

// A pipe, by number.
typedef struct nng_pipe_s {
    uint32_t id;
} nng_pipe_s;

typedef struct nng_pipe_s nng_pipe;

// What is called on a pipe's event, with the argument given to `nng_pipe_notify`.
typedef void (*nng_pipe_cb)(nng_pipe, nng_pipe_ev, void*);

// Makes an aio, to be freed with `nng_aio_free` or `nng_aio_reap`. `cb`, if not NULL, is called
// with `arg` after each operation, on a thread of the library, with no lock held; it may use
// the library, the aio included.
NNG_DECL int nng_aio_alloc(nng_aio **aiop, void (*cb)(void*), void *arg);

// Ends the aio's operation, waits for its callback, and frees it. Called from that callback it
// does not wait, and the aio goes when the callback returns. NULL is allowed.
NNG_DECL void nng_aio_free(nng_aio *aio);

// Frees an aio as `nng_aio_free` does, without waiting. NULL is allowed.
NNG_DECL void nng_aio_reap(nng_aio *aio);

// Ends the aio's operation with `NNG_ECANCELED`, refuses new ones, and waits for the callback
// (not when called from it).
NNG_DECL void nng_aio_stop(nng_aio *aio);

// The result of the last operation.
NNG_DECL int nng_aio_result(nng_aio *aio);

// How many bytes the last operation moved.
NNG_DECL size_t nng_aio_count(nng_aio *aio);

// Ends the aio's operation with `NNG_ECANCELED` if it is under way, without waiting.
NNG_DECL void nng_aio_cancel(nng_aio *aio);

// Ends the aio's operation with an error of the caller's choice if it is under way, without
// waiting.
NNG_DECL void nng_aio_abort(nng_aio *aio, int error);

// Waits until no operation of the aio is under way and its callback has returned. Returns at
// once when called from that callback.
NNG_DECL void nng_aio_wait(nng_aio *aio);

// Whether an operation of the aio, or its callback, is under way.
NNG_DECL bool nng_aio_busy(nng_aio *aio);

// Sets the message to send. It stays the caller's until a send has succeeded; NULL is none.
NNG_DECL void nng_aio_set_msg(nng_aio *aio, nng_msg *msg);

// The message that was received, that was to be sent and was not, or that was set; NULL if
// there is none. It is the caller's.
NNG_DECL nng_msg *nng_aio_get_msg(nng_aio *aio);

// Sets one of four input parameters for the next operation; `NNG_EINVAL` for an index beyond.
NNG_DECL int nng_aio_set_input(nng_aio *aio, unsigned int index, void *param);

// An input parameter; NULL for an index beyond.
NNG_DECL void *nng_aio_get_input(nng_aio *aio, unsigned int index);

// Sets one of four results, for a provider; `NNG_EINVAL` for an index beyond.
NNG_DECL int nng_aio_set_output(nng_aio *aio, unsigned int index, void *result);

// A result of the last operation; NULL for an index beyond, or if it has none there.
NNG_DECL void *nng_aio_get_output(nng_aio *aio, unsigned int index);

// How long each operation may take, in milliseconds, before it ends with `NNG_ETIMEDOUT`;
// `NNG_DURATION_INFINITE`, or `NNG_DURATION_DEFAULT` for what the object says.
NNG_DECL void nng_aio_set_timeout(nng_aio *aio, nng_duration timeout);

// When, on `nng_clock`, the next operation ends with `NNG_ETIMEDOUT`; the timeout
// (`nng_aio_set_timeout`) is then for those after it.
NNG_DECL void nng_aio_set_expire(nng_aio *aio, nng_time when);

// Sets up to eight buffers to read into or write from. The array is copied; the buffers must
// last until the operation ends. `NNG_EINVAL` for more.
NNG_DECL int nng_aio_set_iov(nng_aio *aio, unsigned int count, const struct nng_iov *iov);

// For a provider: starts an operation. False if it must not be started; then nothing follows.
NNG_DECL bool nng_aio_begin(nng_aio *aio);

// For a provider: ends its operation with `result`, once. The callback follows.
NNG_DECL void nng_aio_finish(nng_aio *aio, int result);

// For a provider: makes a begun operation cancellable. `fn` is called on a cancellation, a
// stop or a timeout. With NULL the library then ends the operation itself, and ignores the
// provider's `nng_aio_finish`.
NNG_DECL void nng_aio_defer(nng_aio *aio, nng_aio_cancelfn fn, void *arg);

// Completes `aio` successfully after `ms` milliseconds; at once, if that is negative.
NNG_DECL void nng_sleep_aio(nng_duration ms, nng_aio *aio);

// Opens a context: a conversation of its own on the socket, with its own state and timeouts.
// `NNG_ENOTSUP` for protocols without contexts.
NNG_DECL int nng_ctx_open(nng_ctx *ctx, nng_socket socket);

// Closes a context; its operations end with `NNG_ECLOSED`.
NNG_DECL int nng_ctx_close(nng_ctx ctx);

// The context's number, or −1 if it was never opened.
NNG_DECL int nng_ctx_id(nng_ctx ctx);

// Receives into `aio`, as `nng_recv_aio`.
NNG_DECL void nng_ctx_recv(nng_ctx ctx, nng_aio *aio);

// Receives a message, as `nng_recvmsg`.
NNG_DECL int nng_ctx_recvmsg(nng_ctx ctx, nng_msg **msgp, int flags);

// Sends the message of `aio`, as `nng_send_aio`.
NNG_DECL void nng_ctx_send(nng_ctx ctx, nng_aio *aio);

// Sends a message, as `nng_sendmsg`.
NNG_DECL int nng_ctx_sendmsg(nng_ctx ctx, nng_msg *msg, int flags);

// Copies an option of a context of any type to `value`, `*size` bytes at most, and sets
// `*size` to its own size; `NNG_EINVAL` if that was more. `NNG_ENOTSUP` for an option that is
// not there, `NNG_EWRITEONLY`, `NNG_EBADTYPE` for another type.
NNG_DECL int nng_ctx_get(nng_ctx ctx, const char *name, void *value, size_t *size);

// Gets a truth value.
NNG_DECL int nng_ctx_get_bool(nng_ctx ctx, const char *name, bool *value);

// Gets a number.
NNG_DECL int nng_ctx_get_int(nng_ctx ctx, const char *name, int *value);

// Gets a duration in milliseconds.
NNG_DECL int nng_ctx_get_ms(nng_ctx ctx, const char *name, nng_duration *value);

// Gets a size.
NNG_DECL int nng_ctx_get_size(nng_ctx ctx, const char *name, size_t *value);

// Gets a 64-bit number.
NNG_DECL int nng_ctx_get_uint64(nng_ctx ctx, const char *name, uint64_t *value);

// Gets a copy of a string, to be freed with `nng_strfree`.
NNG_DECL int nng_ctx_get_string(nng_ctx ctx, const char *name, char **value);

// Gets a pointer, which the option itself says who owns.
NNG_DECL int nng_ctx_get_ptr(nng_ctx ctx, const char *name, void **value);

// Gets an address.
NNG_DECL int nng_ctx_get_addr(nng_ctx ctx, const char *name, union nng_sockaddr *value);

// Sets an option of a context from `size` bytes that hold a value of its type.
// `NNG_ENOTSUP` for an option that is not there, `NNG_EREADONLY`, `NNG_EINVAL` for a value or
// size that is not allowed, `NNG_EBADTYPE` for another type.
NNG_DECL int nng_ctx_set(nng_ctx ctx, const char *name, const void *value, size_t size);

// Sets a truth value.
NNG_DECL int nng_ctx_set_bool(nng_ctx ctx, const char *name, bool value);

// Sets a number.
NNG_DECL int nng_ctx_set_int(nng_ctx ctx, const char *name, int value);

// Sets a duration in milliseconds.
NNG_DECL int nng_ctx_set_ms(nng_ctx ctx, const char *name, nng_duration value);

// Sets a size.
NNG_DECL int nng_ctx_set_size(nng_ctx ctx, const char *name, size_t value);

// Sets a 64-bit number.
NNG_DECL int nng_ctx_set_uint64(nng_ctx ctx, const char *name, uint64_t value);

// Sets a string, which is copied.
NNG_DECL int nng_ctx_set_string(nng_ctx ctx, const char *name, const char *value);

// Sets a pointer, which the option itself says who owns.
NNG_DECL int nng_ctx_set_ptr(nng_ctx ctx, const char *name, void *value);

// Sets an address, which is copied.
NNG_DECL int nng_ctx_set_addr(nng_ctx ctx, const char *name, const union nng_sockaddr *value);

// Makes and starts a dialer in one; `dialerp` may be NULL. On failure there is no dialer. Flags
// and errors as for `nng_dialer_create` and `nng_dialer_start`.
NNG_DECL int nng_dial(nng_socket socket, const char *url, nng_dialer *dialerp, int flags);

// Makes a dialer without starting it, so that options can be set. `NNG_EINVAL` for a URL that
// is none, `NNG_ENOTSUP` for an unknown scheme, `NNG_EADDRINVAL`.
NNG_DECL int nng_dialer_create(nng_dialer *dialerp, nng_socket socket, const char *url);

// Starts a dialer, which then connects again whenever its pipe goes. Waits for the first
// attempt, and on its failure gives that error with the dialer not started; with
// `NNG_FLAG_NONBLOCK` connecting goes on in the background. `NNG_ESTATE` if it was started.
NNG_DECL int nng_dialer_start(nng_dialer dialer, int flags);

// Closes a dialer and the pipes it made.
NNG_DECL int nng_dialer_close(nng_dialer dialer);

// The dialer's number, or −1 if it was never made.
NNG_DECL int nng_dialer_id(nng_dialer dialer);

// The dialer's URL, as it was given; valid while the dialer is.
NNG_DECL int nng_dialer_get_url(nng_dialer dialer, const struct nng_url **urlp);

// Sets an option of a dialer from `size` bytes that hold a value of its type.
// `NNG_ENOTSUP` for an option that is not there, `NNG_EREADONLY`, `NNG_EINVAL` for a value or
// size that is not allowed, `NNG_EBADTYPE` for another type.
NNG_DECL int nng_dialer_set(nng_dialer dialer, const char *name, const void *value,
    size_t size);

// Sets a truth value.
NNG_DECL int nng_dialer_set_bool(nng_dialer dialer, const char *name, bool value);

// Sets a number.
NNG_DECL int nng_dialer_set_int(nng_dialer dialer, const char *name, int value);

// Sets a duration in milliseconds.
NNG_DECL int nng_dialer_set_ms(nng_dialer dialer, const char *name, nng_duration value);

// Sets a size.
NNG_DECL int nng_dialer_set_size(nng_dialer dialer, const char *name, size_t value);

// Sets a 64-bit number.
NNG_DECL int nng_dialer_set_uint64(nng_dialer dialer, const char *name, uint64_t value);

// Sets a string, which is copied.
NNG_DECL int nng_dialer_set_string(nng_dialer dialer, const char *name, const char *value);

// Sets a pointer, which the option itself says who owns.
NNG_DECL int nng_dialer_set_ptr(nng_dialer dialer, const char *name, void *value);

// Sets an address, which is copied.
NNG_DECL int nng_dialer_set_addr(nng_dialer dialer, const char *name,
    const union nng_sockaddr *value);

// Copies an option of a dialer of any type to `value`, `*size` bytes at most, and sets
// `*size` to its own size; `NNG_EINVAL` if that was more. `NNG_ENOTSUP` for an option that is
// not there, `NNG_EWRITEONLY`, `NNG_EBADTYPE` for another type.
NNG_DECL int nng_dialer_get(nng_dialer dialer, const char *name, void *value, size_t *size);

// Gets a truth value.
NNG_DECL int nng_dialer_get_bool(nng_dialer dialer, const char *name, bool *value);

// Gets a number.
NNG_DECL int nng_dialer_get_int(nng_dialer dialer, const char *name, int *value);

// Gets a duration in milliseconds.
NNG_DECL int nng_dialer_get_ms(nng_dialer dialer, const char *name, nng_duration *value);

// Gets a size.
NNG_DECL int nng_dialer_get_size(nng_dialer dialer, const char *name, size_t *value);

// Gets a 64-bit number.
NNG_DECL int nng_dialer_get_uint64(nng_dialer dialer, const char *name, uint64_t *value);

// Gets a copy of a string, to be freed with `nng_strfree`.
NNG_DECL int nng_dialer_get_string(nng_dialer dialer, const char *name, char **value);

// Gets a pointer, which the option itself says who owns.
NNG_DECL int nng_dialer_get_ptr(nng_dialer dialer, const char *name, void **value);

// Gets an address.
NNG_DECL int nng_dialer_get_addr(nng_dialer dialer, const char *name,
    union nng_sockaddr *value);

// The text of an error code, valid for the life of the process. System errors (`NNG_ESYSERR`)
// have the system's text, and codes that are not known one with their number.
NNG_DECL const char *nng_strerror(int code);

// The version of the library that is running, as `NNG_MAJOR_VERSION` and its siblings in the
// header are that of the header. Valid for the life of the process.
NNG_DECL const char *nng_version(void);

// Closes every socket and ends the library's threads. Safe to call while other threads still
// use the library, and to use the library after it.
NNG_DECL void nng_fini(void);

// Sets a parameter, best before the library is used. The numbers of task threads are bounds on
// threads that run callbacks; others are accepted and have no meaning here.
NNG_DECL void nng_init_set_parameter(nng_init_parameter parameter, uint64_t value);

// Memory of `size` bytes, to be freed with `nng_free`; NULL if there is none, or for no bytes.
NNG_DECL void *nng_alloc(size_t size);

// Frees memory that came from `nng_alloc` or was received with `NNG_FLAG_ALLOC`. NULL is
// allowed.
NNG_DECL void nng_free(void *memory, size_t _size);

// A copy of a string, to be freed with `nng_strfree`; NULL if there is no memory.
NNG_DECL char *nng_strdup(const char *s);

// Frees a string that the library gave away. NULL is allowed.
NNG_DECL void nng_strfree(char *s);

// Milliseconds since some time in the past; never goes back.
NNG_DECL nng_time nng_clock(void);

// Sleeps for at least `ms` milliseconds.
NNG_DECL void nng_msleep(nng_duration ms);

// A random number, fit for back-offs and identifiers; not for secrets.
NNG_DECL uint32_t nng_random(void);

// Makes two connected stream sockets, which the caller closes or gives to `socket://`
// listeners.
NNG_DECL int nng_socket_pair(int *fds);

// Makes and starts a listener in one; `listenerp` may be NULL. On failure there is no listener.
// Errors as for `nng_listener_create` and `nng_listener_start`.
NNG_DECL int nng_listen(nng_socket socket, const char *url, nng_listener *listenerp,
    int _flags);

// Makes a listener without starting it, so that options can be set. `NNG_EINVAL` for a URL that
// is none, `NNG_ENOTSUP` for an unknown scheme, `NNG_EADDRINVAL`.
NNG_DECL int nng_listener_create(nng_listener *listenerp, nng_socket socket, const char *url);

// Starts a listener: it claims its address. `NNG_ESTATE` if it was started, `NNG_EADDRINUSE`.
NNG_DECL int nng_listener_start(nng_listener listener, int _flags);

// Closes a listener and the pipes it made.
NNG_DECL int nng_listener_close(nng_listener listener);

// The listener's number, or −1 if it was never made.
NNG_DECL int nng_listener_id(nng_listener listener);

// The listener's URL, as it was given; valid while the listener is.
NNG_DECL int nng_listener_get_url(nng_listener listener, const struct nng_url **urlp);

// Sets an option of a listener from `size` bytes that hold a value of its type.
// `NNG_ENOTSUP` for an option that is not there, `NNG_EREADONLY`, `NNG_EINVAL` for a value or
// size that is not allowed, `NNG_EBADTYPE` for another type.
NNG_DECL int nng_listener_set(nng_listener listener, const char *name, const void *value,
    size_t size);

// Sets a truth value.
NNG_DECL int nng_listener_set_bool(nng_listener listener, const char *name, bool value);

// Sets a number.
NNG_DECL int nng_listener_set_int(nng_listener listener, const char *name, int value);

// Sets a duration in milliseconds.
NNG_DECL int nng_listener_set_ms(nng_listener listener, const char *name, nng_duration value);

// Sets a size.
NNG_DECL int nng_listener_set_size(nng_listener listener, const char *name, size_t value);

// Sets a 64-bit number.
NNG_DECL int nng_listener_set_uint64(nng_listener listener, const char *name, uint64_t value);

// Sets a string, which is copied.
NNG_DECL int nng_listener_set_string(nng_listener listener, const char *name,
    const char *value);

// Sets a pointer, which the option itself says who owns.
NNG_DECL int nng_listener_set_ptr(nng_listener listener, const char *name, void *value);

// Sets an address, which is copied.
NNG_DECL int nng_listener_set_addr(nng_listener listener, const char *name,
    const union nng_sockaddr *value);

// Copies an option of a listener of any type to `value`, `*size` bytes at most, and sets
// `*size` to its own size; `NNG_EINVAL` if that was more. `NNG_ENOTSUP` for an option that is
// not there, `NNG_EWRITEONLY`, `NNG_EBADTYPE` for another type.
NNG_DECL int nng_listener_get(nng_listener listener, const char *name, void *value,
    size_t *size);

// Gets a truth value.
NNG_DECL int nng_listener_get_bool(nng_listener listener, const char *name, bool *value);

// Gets a number.
NNG_DECL int nng_listener_get_int(nng_listener listener, const char *name, int *value);

// Gets a duration in milliseconds.
NNG_DECL int nng_listener_get_ms(nng_listener listener, const char *name, nng_duration *value);

// Gets a size.
NNG_DECL int nng_listener_get_size(nng_listener listener, const char *name, size_t *value);

// Gets a 64-bit number.
NNG_DECL int nng_listener_get_uint64(nng_listener listener, const char *name, uint64_t *value);

// Gets a copy of a string, to be freed with `nng_strfree`.
NNG_DECL int nng_listener_get_string(nng_listener listener, const char *name, char **value);

// Gets a pointer, which the option itself says who owns.
NNG_DECL int nng_listener_get_ptr(nng_listener listener, const char *name, void **value);

// Gets an address.
NNG_DECL int nng_listener_get_addr(nng_listener listener, const char *name,
    union nng_sockaddr *value);

// Sets the facility of messages that have none of their own; `NNG_LOG_USER` at first. With 0
// they are not logged.
NNG_DECL void nng_log_set_facility(nng_log_facility facility);

// Sets the most detailed level that is logged; `NNG_LOG_NOTICE` at first.
NNG_DECL void nng_log_set_level(nng_log_level level);

// The most detailed level that is logged.
NNG_DECL nng_log_level nng_log_get_level(void);

// Sets what gets messages; NULL, as at first, is nobody.
NNG_DECL void nng_log_set_logger(nng_logger logger);

// A logger that discards.
NNG_DECL void nng_null_logger(nng_log_level _level, nng_log_facility _facility, const char *_id,
    const char *_message);

// A logger that writes lines to the standard error stream, in colours on a terminal unless
// `NO_COLOR` or `NNG_LOG_NO_COLOR` is set.
NNG_DECL void nng_stderr_logger(nng_log_level level, nng_log_facility _facility, const char *id,
    const char *message);

// A logger that writes to the system's log.
NNG_DECL void nng_system_logger(nng_log_level level, nng_log_facility facility, const char *id,
    const char *message);

// Makes a message with a body of `size` zero bytes, to be freed with `nng_msg_free` or given
// away by sending it. `NNG_ENOMEM`.
NNG_DECL int nng_msg_alloc(nng_msg **msgp, size_t size);

// Frees a message that is the caller's. NULL is allowed.
NNG_DECL void nng_msg_free(nng_msg *msg);

// Sets the length of the body; what is added is zero. Pointers into the message are void.
// `NNG_ENOMEM`.
NNG_DECL int nng_msg_realloc(nng_msg *msg, size_t size);

// Makes room for a body of `capacity` bytes in all, so that growing to that does not move it.
// `NNG_ENOMEM`.
NNG_DECL int nng_msg_reserve(nng_msg *msg, size_t capacity);

// How many bytes the body can grow to without moving.
NNG_DECL size_t nng_msg_capacity(nng_msg *msg);

// The header's bytes, valid until the message is changed, sent or freed.
NNG_DECL void *nng_msg_header(nng_msg *msg);

// The length of the header in bytes.
NNG_DECL size_t nng_msg_header_len(const nng_msg *msg);

// The body's bytes, valid until the message is changed, sent or freed.
NNG_DECL void *nng_msg_body(nng_msg *msg);

// The length of the body in bytes.
NNG_DECL size_t nng_msg_len(const nng_msg *msg);

// Copies `len` bytes to the end of the body. `NNG_ENOMEM`.
NNG_DECL int nng_msg_append(nng_msg *msg, const void *data, size_t len);

// Copies `len` bytes to the front of the body. `NNG_ENOMEM`.
NNG_DECL int nng_msg_insert(nng_msg *msg, const void *data, size_t len);

// Removes `len` bytes from the front of the body; `NNG_EINVAL` if it is shorter.
NNG_DECL int nng_msg_trim(nng_msg *msg, size_t len);

// Removes `len` bytes from the end of the body; `NNG_EINVAL` if it is shorter.
NNG_DECL int nng_msg_chop(nng_msg *msg, size_t len);

// Copies `len` bytes to the end of the header. `NNG_ENOMEM`.
NNG_DECL int nng_msg_header_append(nng_msg *msg, const void *data, size_t len);

// Copies `len` bytes to the front of the header. `NNG_ENOMEM`.
NNG_DECL int nng_msg_header_insert(nng_msg *msg, const void *data, size_t len);

// Removes `len` bytes from the front of the header; `NNG_EINVAL` if it is shorter.
NNG_DECL int nng_msg_header_trim(nng_msg *msg, size_t len);

// Removes `len` bytes from the end of the header; `NNG_EINVAL` if it is shorter.
NNG_DECL int nng_msg_header_chop(nng_msg *msg, size_t len);

// Adds a number, in network byte order, to the end of the header. `NNG_ENOMEM`.
NNG_DECL int nng_msg_header_append_u16(nng_msg *msg, uint16_t value);

// Adds a number, in network byte order, to the end of the header. `NNG_ENOMEM`.
NNG_DECL int nng_msg_header_append_u32(nng_msg *msg, uint32_t value);

// Adds a number, in network byte order, to the end of the header. `NNG_ENOMEM`.
NNG_DECL int nng_msg_header_append_u64(nng_msg *msg, uint64_t value);

// Adds a number, in network byte order, to the front of the header. `NNG_ENOMEM`.
NNG_DECL int nng_msg_header_insert_u16(nng_msg *msg, uint16_t value);

// Adds a number, in network byte order, to the front of the header. `NNG_ENOMEM`.
NNG_DECL int nng_msg_header_insert_u32(nng_msg *msg, uint32_t value);

// Adds a number, in network byte order, to the front of the header. `NNG_ENOMEM`.
NNG_DECL int nng_msg_header_insert_u64(nng_msg *msg, uint64_t value);

// Removes a number, in network byte order, from the end of the header; `NNG_EINVAL` if the
// header is too short.
NNG_DECL int nng_msg_header_chop_u16(nng_msg *msg, uint16_t *value);

// Removes a number, in network byte order, from the end of the header; `NNG_EINVAL` if the
// header is too short.
NNG_DECL int nng_msg_header_chop_u32(nng_msg *msg, uint32_t *value);

// Removes a number, in network byte order, from the end of the header; `NNG_EINVAL` if the
// header is too short.
NNG_DECL int nng_msg_header_chop_u64(nng_msg *msg, uint64_t *value);

// Removes a number, in network byte order, from the front of the header; `NNG_EINVAL` if the
// header is too short.
NNG_DECL int nng_msg_header_trim_u16(nng_msg *msg, uint16_t *value);

// Removes a number, in network byte order, from the front of the header; `NNG_EINVAL` if the
// header is too short.
NNG_DECL int nng_msg_header_trim_u32(nng_msg *msg, uint32_t *value);

// Removes a number, in network byte order, from the front of the header; `NNG_EINVAL` if the
// header is too short.
NNG_DECL int nng_msg_header_trim_u64(nng_msg *msg, uint64_t *value);

// Adds a number, in network byte order, to the end of the body. `NNG_ENOMEM`.
NNG_DECL int nng_msg_append_u16(nng_msg *msg, uint16_t value);

// Adds a number, in network byte order, to the end of the body. `NNG_ENOMEM`.
NNG_DECL int nng_msg_append_u32(nng_msg *msg, uint32_t value);

// Adds a number, in network byte order, to the end of the body. `NNG_ENOMEM`.
NNG_DECL int nng_msg_append_u64(nng_msg *msg, uint64_t value);

// Adds a number, in network byte order, to the front of the body. `NNG_ENOMEM`.
NNG_DECL int nng_msg_insert_u16(nng_msg *msg, uint16_t value);

// Adds a number, in network byte order, to the front of the body. `NNG_ENOMEM`.
NNG_DECL int nng_msg_insert_u32(nng_msg *msg, uint32_t value);

// Adds a number, in network byte order, to the front of the body. `NNG_ENOMEM`.
NNG_DECL int nng_msg_insert_u64(nng_msg *msg, uint64_t value);

// Removes a number, in network byte order, from the end of the body; `NNG_EINVAL` if the
// body is too short.
NNG_DECL int nng_msg_chop_u16(nng_msg *msg, uint16_t *value);

// Removes a number, in network byte order, from the end of the body; `NNG_EINVAL` if the
// body is too short.
NNG_DECL int nng_msg_chop_u32(nng_msg *msg, uint32_t *value);

// Removes a number, in network byte order, from the end of the body; `NNG_EINVAL` if the
// body is too short.
NNG_DECL int nng_msg_chop_u64(nng_msg *msg, uint64_t *value);

// Removes a number, in network byte order, from the front of the body; `NNG_EINVAL` if the
// body is too short.
NNG_DECL int nng_msg_trim_u16(nng_msg *msg, uint16_t *value);

// Removes a number, in network byte order, from the front of the body; `NNG_EINVAL` if the
// body is too short.
NNG_DECL int nng_msg_trim_u32(nng_msg *msg, uint32_t *value);

// Removes a number, in network byte order, from the front of the body; `NNG_EINVAL` if the
// body is too short.
NNG_DECL int nng_msg_trim_u64(nng_msg *msg, uint64_t *value);

// Makes an independent copy of a message, to be freed or sent on its own. `NNG_ENOMEM`.
NNG_DECL int nng_msg_dup(nng_msg **dup, const nng_msg *msg);

// Empties the body.
NNG_DECL void nng_msg_clear(nng_msg *msg);

// Empties the header.
NNG_DECL void nng_msg_header_clear(nng_msg *msg);

// Names the pipe by which the message is to go, for protocols that let the sender choose.
NNG_DECL void nng_msg_set_pipe(nng_msg *msg, nng_pipe pipe);

// The pipe by which the message came; its id is not positive if there is none.
NNG_DECL nng_pipe nng_msg_get_pipe(const nng_msg *msg);

// Copies an option of a pipe of any type to `value`, `*size` bytes at most, and sets
// `*size` to its own size; `NNG_EINVAL` if that was more. `NNG_ENOTSUP` for an option that is
// not there, `NNG_EWRITEONLY`, `NNG_EBADTYPE` for another type.
NNG_DECL int nng_pipe_get(nng_pipe pipe, const char *name, void *value, size_t *size);

// Gets a truth value.
NNG_DECL int nng_pipe_get_bool(nng_pipe pipe, const char *name, bool *value);

// Gets a number.
NNG_DECL int nng_pipe_get_int(nng_pipe pipe, const char *name, int *value);

// Gets a duration in milliseconds.
NNG_DECL int nng_pipe_get_ms(nng_pipe pipe, const char *name, nng_duration *value);

// Gets a size.
NNG_DECL int nng_pipe_get_size(nng_pipe pipe, const char *name, size_t *value);

// Gets a 64-bit number.
NNG_DECL int nng_pipe_get_uint64(nng_pipe pipe, const char *name, uint64_t *value);

// Gets a copy of a string, to be freed with `nng_strfree`.
NNG_DECL int nng_pipe_get_string(nng_pipe pipe, const char *name, char **value);

// Gets a pointer, which the option itself says who owns.
NNG_DECL int nng_pipe_get_ptr(nng_pipe pipe, const char *name, void **value);

// Gets an address.
NNG_DECL int nng_pipe_get_addr(nng_pipe pipe, const char *name, union nng_sockaddr *value);

// Closes a pipe; its dialer, if it has one, connects again.
NNG_DECL int nng_pipe_close(nng_pipe pipe);

// The pipe's number, or −1 if it is none.
NNG_DECL int nng_pipe_id(nng_pipe pipe);

// The socket that the pipe belongs to; its id is not positive if the pipe is gone.
NNG_DECL nng_socket nng_pipe_socket(nng_pipe pipe);

// The dialer that made the pipe; its id is not positive if none did, or the pipe is gone.
NNG_DECL nng_dialer nng_pipe_dialer(nng_pipe pipe);

// The listener that made the pipe; its id is not positive if none did, or the pipe is gone.
NNG_DECL nng_listener nng_pipe_listener(nng_pipe pipe);

// Writes an address into `buf` of `size` bytes, cut off where it does not fit
// (`NNG_MAXADDRSTRLEN` is enough for all), and returns `buf`; "unknown" for no address.
NNG_DECL const char *nng_str_sockaddr(const union nng_sockaddr *sa, char *buf, size_t size);

// Closes a socket with its contexts, dialers, listeners and pipes. Messages that were accepted
// are still written out; operations end with `NNG_ECLOSED`. Never waits for a peer. Of several
// calls one succeeds, the others give `NNG_ECLOSED`. May be called from any callback.
NNG_DECL int nng_close(nng_socket socket);

// The same as `nng_close`.
NNG_DECL int nng_socket_close(nng_socket socket);

// The socket's number, or −1 if it was never opened.
NNG_DECL int nng_socket_id(nng_socket socket);

// Sets an option of a socket from `size` bytes that hold a value of its type.
// `NNG_ENOTSUP` for an option that is not there, `NNG_EREADONLY`, `NNG_EINVAL` for a value or
// size that is not allowed, `NNG_EBADTYPE` for another type.
NNG_DECL int nng_socket_set(nng_socket socket, const char *name, const void *value,
    size_t size);

// Sets a truth value.
NNG_DECL int nng_socket_set_bool(nng_socket socket, const char *name, bool value);

// Sets a number.
NNG_DECL int nng_socket_set_int(nng_socket socket, const char *name, int value);

// Sets a duration in milliseconds.
NNG_DECL int nng_socket_set_ms(nng_socket socket, const char *name, nng_duration value);

// Sets a size.
NNG_DECL int nng_socket_set_size(nng_socket socket, const char *name, size_t value);

// Sets a 64-bit number.
NNG_DECL int nng_socket_set_uint64(nng_socket socket, const char *name, uint64_t value);

// Sets a string, which is copied.
NNG_DECL int nng_socket_set_string(nng_socket socket, const char *name, const char *value);

// Sets a pointer, which the option itself says who owns.
NNG_DECL int nng_socket_set_ptr(nng_socket socket, const char *name, void *value);

// Sets an address, which is copied.
NNG_DECL int nng_socket_set_addr(nng_socket socket, const char *name,
    const union nng_sockaddr *value);

// Copies an option of a socket of any type to `value`, `*size` bytes at most, and sets
// `*size` to its own size; `NNG_EINVAL` if that was more. `NNG_ENOTSUP` for an option that is
// not there, `NNG_EWRITEONLY`, `NNG_EBADTYPE` for another type.
NNG_DECL int nng_socket_get(nng_socket socket, const char *name, void *value, size_t *size);

// Gets a truth value.
NNG_DECL int nng_socket_get_bool(nng_socket socket, const char *name, bool *value);

// Gets a number.
NNG_DECL int nng_socket_get_int(nng_socket socket, const char *name, int *value);

// Gets a duration in milliseconds.
NNG_DECL int nng_socket_get_ms(nng_socket socket, const char *name, nng_duration *value);

// Gets a size.
NNG_DECL int nng_socket_get_size(nng_socket socket, const char *name, size_t *value);

// Gets a 64-bit number.
NNG_DECL int nng_socket_get_uint64(nng_socket socket, const char *name, uint64_t *value);

// Gets a copy of a string, to be freed with `nng_strfree`.
NNG_DECL int nng_socket_get_string(nng_socket socket, const char *name, char **value);

// Gets a pointer, which the option itself says who owns.
NNG_DECL int nng_socket_get_ptr(nng_socket socket, const char *name, void **value);

// Gets an address.
NNG_DECL int nng_socket_get_addr(nng_socket socket, const char *name,
    union nng_sockaddr *value);

// The protocol's number.
NNG_DECL int nng_socket_proto_id(nng_socket socket, uint16_t *id);

// The number of the protocol that peers must have.
NNG_DECL int nng_socket_peer_id(nng_socket socket, uint16_t *id);

// The protocol's name, valid for the life of the process.
NNG_DECL int nng_socket_proto_name(nng_socket socket, const char **name);

// The name of the protocol that peers must have, valid for the life of the process.
NNG_DECL int nng_socket_peer_name(nng_socket socket, const char **name);

// Whether the socket is in raw mode.
NNG_DECL int nng_socket_raw(nng_socket socket, bool *raw);

// Has `cb` called with `arg` on an event of any pipe of the socket; NULL ends that. The
// callback runs without locks, may use the library, and may close the pipe or the socket; in
// `NNG_PIPE_EV_ADD_PRE` closing the pipe rejects it.
NNG_DECL int nng_pipe_notify(nng_socket socket, nng_pipe_ev ev, nng_pipe_cb cb, void *arg);

// Sends a copy of `len` bytes as one message. With `NNG_FLAG_ALLOC`, `buf` came from
// `nng_alloc` and is freed when the call succeeds. With `NNG_FLAG_NONBLOCK` the call gives
// `NNG_EAGAIN` rather than wait; otherwise it waits as `NNG_OPT_SENDTIMEO` says, then gives
// `NNG_ETIMEDOUT`.
NNG_DECL int nng_send(nng_socket socket, void *buf, size_t len, int flags);

// Receives one message into `buf` of `*len` bytes, cutting off what does not fit, and sets
// `*len` to the message's length. With `NNG_FLAG_ALLOC`, `buf` points to a pointer that is set
// to new memory, to be freed with `nng_free`. With `NNG_FLAG_NONBLOCK` the call gives
// `NNG_EAGAIN` rather than wait; otherwise it waits as `NNG_OPT_RECVTIMEO` says, then gives
// `NNG_ETIMEDOUT`.
NNG_DECL int nng_recv(nng_socket socket, void *buf, size_t *len, int flags);

// Sends a message, which is the library's if the call succeeds and stays the caller's if it
// does not. Flags and waiting as for `nng_send`.
NNG_DECL int nng_sendmsg(nng_socket socket, nng_msg *msg, int flags);

// Receives a message, which is the caller's, to be freed with `nng_msg_free` or sent on. Flags
// and waiting as for `nng_recv`.
NNG_DECL int nng_recvmsg(nng_socket socket, nng_msg **msgp, int flags);

// Sends the message of `aio` (`nng_aio_set_msg`), which is the library's if the operation
// succeeds and stays with the aio if it does not.
NNG_DECL void nng_send_aio(nng_socket socket, nng_aio *aio);

// The same as `nng_send_aio`.
NNG_DECL void nng_sock_send(nng_socket socket, nng_aio *aio);

// Receives into `aio`: on success its message (`nng_aio_get_msg`) is the caller's.
NNG_DECL void nng_recv_aio(nng_socket socket, nng_aio *aio);

// The same as `nng_recv_aio`.
NNG_DECL void nng_sock_recv(nng_socket socket, nng_aio *aio);

// Forwards messages between two raw sockets, or back to one (the other is then an invalid
// socket or the same), until either is closed; closes neither. Returns why it ended, never zero.
// Errors: `NNG_EINVAL` if the protocols do not fit or a socket is not raw, `NNG_ECLOSED`.
NNG_DECL int nng_device(nng_socket s1, nng_socket s2);

// As `nng_device`, without waiting: the aio ends when the device does.
NNG_DECL void nng_device_aio(nng_aio *aio, nng_socket s1, nng_socket s2);

// Takes a snapshot of the statistics; it is the caller's, for `nng_stats_free`.
// Errors: `NNG_EINVAL`.
NNG_DECL int nng_stats_get(nng_stat **statp);

// Frees a snapshot, given by its root; null is nothing.
NNG_DECL void nng_stats_free(nng_stat *stat);

// Prints a snapshot to the standard output.
NNG_DECL void nng_stats_dump(nng_stat *stat);

// The next node of the same parent; null after the last.
NNG_DECL nng_stat *nng_stat_next(nng_stat *stat);

// The first child; null if there is none.
NNG_DECL nng_stat *nng_stat_child(nng_stat *stat);

// The node's name, which lives as long as the snapshot.
NNG_DECL const char *nng_stat_name(nng_stat *stat);

// What kind of value it is: `NNG_STAT_SCOPE` and so on.
NNG_DECL int nng_stat_type(nng_stat *stat);

// The first node below `stat`, itself included, with this name; null if there is none.
NNG_DECL nng_stat *nng_stat_find(nng_stat *stat, const char *name);

// The node of a socket; null if there is none.
NNG_DECL nng_stat *nng_stat_find_socket(nng_stat *stat, nng_socket s);

// The node of a dialer; null if there is none.
NNG_DECL nng_stat *nng_stat_find_dialer(nng_stat *stat, nng_dialer d);

// The node of a listener; null if there is none.
NNG_DECL nng_stat *nng_stat_find_listener(nng_stat *stat, nng_listener l);

// What the value counts: `NNG_UNIT_NONE` and so on.
NNG_DECL int nng_stat_unit(nng_stat *stat);

// The value of a level, counter or id.
NNG_DECL uint64_t nng_stat_value(nng_stat *stat);

// The value of a boolean.
NNG_DECL bool nng_stat_bool(nng_stat *stat);

// The value of a string, which lives as long as the snapshot; null for other kinds.
NNG_DECL const char *nng_stat_string(nng_stat *stat);

// The node's description, which lives as long as the snapshot.
NNG_DECL const char *nng_stat_desc(nng_stat *stat);

// When the snapshot was taken, in milliseconds of `nng_clock`.
NNG_DECL uint64_t nng_stat_timestamp(nng_stat *stat);

// Closes a stream and frees it. Its operations end with `NNG_ECLOSED`. NULL is allowed.
NNG_DECL void nng_stream_free(nng_stream *stream);

// Closes a stream: its operations end with `NNG_ECLOSED`, as do new ones.
NNG_DECL void nng_stream_close(nng_stream *stream);

// Writes from the buffers of `aio` (`nng_aio_set_iov`): as many bytes as the stream takes at once
// (`nng_aio_count`), at least one if there is any. Operations are served in turn.
NNG_DECL void nng_stream_send(nng_stream *stream, nng_aio *aio);

// Reads into the buffers of `aio` (`nng_aio_set_iov`): at least a byte, as many as are there
// (`nng_aio_count`). `NNG_ECONNSHUT` when the peer has ended the stream.
NNG_DECL void nng_stream_recv(nng_stream *stream, nng_aio *aio);

// Copies an option of a stream; sizes and errors as for `nng_socket_get`.
NNG_DECL int nng_stream_get(nng_stream *stream, const char *name, void *value, size_t *size);

// Gets a truth value.
NNG_DECL int nng_stream_get_bool(nng_stream *stream, const char *name, bool *value);

// Gets a number.
NNG_DECL int nng_stream_get_int(nng_stream *stream, const char *name, int *value);

// Gets a duration in milliseconds.
NNG_DECL int nng_stream_get_ms(nng_stream *stream, const char *name, nng_duration *value);

// Gets a size.
NNG_DECL int nng_stream_get_size(nng_stream *stream, const char *name, size_t *value);

// Gets a 64-bit number.
NNG_DECL int nng_stream_get_uint64(nng_stream *stream, const char *name, uint64_t *value);

// Gets a copy of a string, to be freed with `nng_strfree`.
NNG_DECL int nng_stream_get_string(nng_stream *stream, const char *name, char **value);

// Gets a pointer, which the option itself says who owns.
NNG_DECL int nng_stream_get_ptr(nng_stream *stream, const char *name, void **value);

// Gets an address.
NNG_DECL int nng_stream_get_addr(nng_stream *stream, const char *name,
    union nng_sockaddr *value);

// Sets an option of a stream from `size` bytes; errors as for `nng_socket_set`.
NNG_DECL int nng_stream_set(nng_stream *stream, const char *name, const void *value,
    size_t size);

// Sets a truth value.
NNG_DECL int nng_stream_set_bool(nng_stream *stream, const char *name, bool value);

// Sets a number.
NNG_DECL int nng_stream_set_int(nng_stream *stream, const char *name, int value);

// Sets a duration in milliseconds.
NNG_DECL int nng_stream_set_ms(nng_stream *stream, const char *name, nng_duration value);

// Sets a size.
NNG_DECL int nng_stream_set_size(nng_stream *stream, const char *name, size_t value);

// Sets a 64-bit number.
NNG_DECL int nng_stream_set_uint64(nng_stream *stream, const char *name, uint64_t value);

// Sets a string, which is copied.
NNG_DECL int nng_stream_set_string(nng_stream *stream, const char *name, const char *value);

// Sets a pointer, which the option itself says who owns.
NNG_DECL int nng_stream_set_ptr(nng_stream *stream, const char *name, void *value);

// Sets an address, which is copied.
NNG_DECL int nng_stream_set_addr(nng_stream *stream, const char *name,
    const union nng_sockaddr *value);

// Makes a dialer for streams, to be freed with `nng_stream_dialer_free`. `NNG_EINVAL` for a URL that
// is none, `NNG_ENOTSUP` for an unknown scheme, `NNG_EADDRINVAL`.
NNG_DECL int nng_stream_dialer_alloc(nng_stream_dialer **dialerp, const char *url);

// As `nng_stream_dialer_alloc`, from a URL that was parsed.
NNG_DECL int nng_stream_dialer_alloc_url(nng_stream_dialer **dialerp,
    const struct nng_url *url);

// Closes a dialer and frees it. NULL is allowed.
NNG_DECL void nng_stream_dialer_free(nng_stream_dialer *dialer);

// Closes a dialer: its operations end with `NNG_ECLOSED`, as do new ones. Streams that it
// made stay.
NNG_DECL void nng_stream_dialer_close(nng_stream_dialer *dialer);

// Connects. On success the new stream is output 0 of `aio` (`nng_aio_get_output`), to be freed
// with `nng_stream_free`.
NNG_DECL void nng_stream_dialer_dial(nng_stream_dialer *dialer, nng_aio *aio);

// Copies an option of a stream dialer; sizes and errors as for `nng_socket_get`.
NNG_DECL int nng_stream_dialer_get(nng_stream_dialer *dialer, const char *name, void *value,
    size_t *size);

// Gets a truth value.
NNG_DECL int nng_stream_dialer_get_bool(nng_stream_dialer *dialer, const char *name,
    bool *value);

// Gets a number.
NNG_DECL int nng_stream_dialer_get_int(nng_stream_dialer *dialer, const char *name, int *value);

// Gets a duration in milliseconds.
NNG_DECL int nng_stream_dialer_get_ms(nng_stream_dialer *dialer, const char *name,
    nng_duration *value);

// Gets a size.
NNG_DECL int nng_stream_dialer_get_size(nng_stream_dialer *dialer, const char *name,
    size_t *value);

// Gets a 64-bit number.
NNG_DECL int nng_stream_dialer_get_uint64(nng_stream_dialer *dialer, const char *name,
    uint64_t *value);

// Gets a copy of a string, to be freed with `nng_strfree`.
NNG_DECL int nng_stream_dialer_get_string(nng_stream_dialer *dialer, const char *name,
    char **value);

// Gets a pointer, which the option itself says who owns.
NNG_DECL int nng_stream_dialer_get_ptr(nng_stream_dialer *dialer, const char *name,
    void **value);

// Gets an address.
NNG_DECL int nng_stream_dialer_get_addr(nng_stream_dialer *dialer, const char *name,
    union nng_sockaddr *value);

// Sets an option of a stream dialer from `size` bytes; errors as for `nng_socket_set`.
NNG_DECL int nng_stream_dialer_set(nng_stream_dialer *dialer, const char *name,
    const void *value, size_t size);

// Sets a truth value.
NNG_DECL int nng_stream_dialer_set_bool(nng_stream_dialer *dialer, const char *name,
    bool value);

// Sets a number.
NNG_DECL int nng_stream_dialer_set_int(nng_stream_dialer *dialer, const char *name, int value);

// Sets a duration in milliseconds.
NNG_DECL int nng_stream_dialer_set_ms(nng_stream_dialer *dialer, const char *name,
    nng_duration value);

// Sets a size.
NNG_DECL int nng_stream_dialer_set_size(nng_stream_dialer *dialer, const char *name,
    size_t value);

// Sets a 64-bit number.
NNG_DECL int nng_stream_dialer_set_uint64(nng_stream_dialer *dialer, const char *name,
    uint64_t value);

// Sets a string, which is copied.
NNG_DECL int nng_stream_dialer_set_string(nng_stream_dialer *dialer, const char *name,
    const char *value);

// Sets a pointer, which the option itself says who owns.
NNG_DECL int nng_stream_dialer_set_ptr(nng_stream_dialer *dialer, const char *name,
    void *value);

// Sets an address, which is copied.
NNG_DECL int nng_stream_dialer_set_addr(nng_stream_dialer *dialer, const char *name,
    const union nng_sockaddr *value);

// Makes a listener for streams, to be freed with `nng_stream_listener_free`. `NNG_EINVAL` for a URL that
// is none, `NNG_ENOTSUP` for an unknown scheme, `NNG_EADDRINVAL`.
NNG_DECL int nng_stream_listener_alloc(nng_stream_listener **listenerp, const char *url);

// As `nng_stream_listener_alloc`, from a URL that was parsed.
NNG_DECL int nng_stream_listener_alloc_url(nng_stream_listener **listenerp,
    const struct nng_url *url);

// Closes a listener and frees it. NULL is allowed.
NNG_DECL void nng_stream_listener_free(nng_stream_listener *listener);

// Closes a listener: its operations end with `NNG_ECLOSED`, as do new ones. Streams that it
// made stay.
NNG_DECL void nng_stream_listener_close(nng_stream_listener *listener);

// Claims the address. `NNG_EADDRINUSE`.
NNG_DECL int nng_stream_listener_listen(nng_stream_listener *listener);

// Waits for a connection. On success the new stream is output 0 of `aio`
// (`nng_aio_get_output`), to be freed with `nng_stream_free`.
NNG_DECL void nng_stream_listener_accept(nng_stream_listener *listener, nng_aio *aio);

// Copies an option of a stream listener; sizes and errors as for `nng_socket_get`.
NNG_DECL int nng_stream_listener_get(nng_stream_listener *listener, const char *name,
    void *value, size_t *size);

// Gets a truth value.
NNG_DECL int nng_stream_listener_get_bool(nng_stream_listener *listener, const char *name,
    bool *value);

// Gets a number.
NNG_DECL int nng_stream_listener_get_int(nng_stream_listener *listener, const char *name,
    int *value);

// Gets a duration in milliseconds.
NNG_DECL int nng_stream_listener_get_ms(nng_stream_listener *listener, const char *name,
    nng_duration *value);

// Gets a size.
NNG_DECL int nng_stream_listener_get_size(nng_stream_listener *listener, const char *name,
    size_t *value);

// Gets a 64-bit number.
NNG_DECL int nng_stream_listener_get_uint64(nng_stream_listener *listener, const char *name,
    uint64_t *value);

// Gets a copy of a string, to be freed with `nng_strfree`.
NNG_DECL int nng_stream_listener_get_string(nng_stream_listener *listener, const char *name,
    char **value);

// Gets a pointer, which the option itself says who owns.
NNG_DECL int nng_stream_listener_get_ptr(nng_stream_listener *listener, const char *name,
    void **value);

// Gets an address.
NNG_DECL int nng_stream_listener_get_addr(nng_stream_listener *listener, const char *name,
    union nng_sockaddr *value);

// Sets an option of a stream listener from `size` bytes; errors as for `nng_socket_set`.
NNG_DECL int nng_stream_listener_set(nng_stream_listener *listener, const char *name,
    const void *value, size_t size);

// Sets a truth value.
NNG_DECL int nng_stream_listener_set_bool(nng_stream_listener *listener, const char *name,
    bool value);

// Sets a number.
NNG_DECL int nng_stream_listener_set_int(nng_stream_listener *listener, const char *name,
    int value);

// Sets a duration in milliseconds.
NNG_DECL int nng_stream_listener_set_ms(nng_stream_listener *listener, const char *name,
    nng_duration value);

// Sets a size.
NNG_DECL int nng_stream_listener_set_size(nng_stream_listener *listener, const char *name,
    size_t value);

// Sets a 64-bit number.
NNG_DECL int nng_stream_listener_set_uint64(nng_stream_listener *listener, const char *name,
    uint64_t value);

// Sets a string, which is copied.
NNG_DECL int nng_stream_listener_set_string(nng_stream_listener *listener, const char *name,
    const char *value);

// Sets a pointer, which the option itself says who owns.
NNG_DECL int nng_stream_listener_set_ptr(nng_stream_listener *listener, const char *name,
    void *value);

// Sets an address, which is copied.
NNG_DECL int nng_stream_listener_set_addr(nng_stream_listener *listener, const char *name,
    const union nng_sockaddr *value);

// Starts a thread that calls `func` with `arg`; to be ended with `nng_thread_destroy`.
// `NNG_ENOMEM`.
NNG_DECL int nng_thread_create(nng_thread **threadp, void (*func)(void*), void *arg);

// Names a thread (NULL for the calling one) for debuggers; a long name is cut off.
NNG_DECL void nng_thread_set_name(nng_thread *thread, const char *name);

// Waits for a thread to return, and frees it. NULL is allowed.
NNG_DECL void nng_thread_destroy(nng_thread *thread);

// Makes a mutex, to be freed with `nng_mtx_free`. `NNG_ENOMEM`.
NNG_DECL int nng_mtx_alloc(nng_mtx **mtxp);

// Frees a mutex that nobody holds. NULL is allowed.
NNG_DECL void nng_mtx_free(nng_mtx *mtx);

// Locks a mutex that the calling thread does not hold.
NNG_DECL void nng_mtx_lock(nng_mtx *mtx);

// Unlocks a mutex that the calling thread holds.
NNG_DECL void nng_mtx_unlock(nng_mtx *mtx);

// Makes a condition variable for a mutex, to be freed with `nng_cv_free`. `NNG_ENOMEM`.
NNG_DECL int nng_cv_alloc(nng_cv **cvp, nng_mtx *mtx);

// Frees a condition variable on which nobody waits. NULL is allowed.
NNG_DECL void nng_cv_free(nng_cv *cv);

// Waits for a wake, with the mutex (which must be held) unlocked meanwhile. It may return
// without one.
NNG_DECL void nng_cv_wait(nng_cv *cv);

// As `nng_cv_wait`, until `when` on `nng_clock` at the latest: then `NNG_ETIMEDOUT`. Zero does
// not wait, and gives `NNG_EAGAIN`.
NNG_DECL int nng_cv_until(nng_cv *cv, nng_time when);

// Wakes all that wait.
NNG_DECL void nng_cv_wake(nng_cv *cv);

// Wakes one that waits.
NNG_DECL void nng_cv_wake1(nng_cv *cv);

// Opens a UDP socket bound to an address (port 0 for any), to be ended with `nng_udp_close`.
// `NNG_EADDRINVAL`, `NNG_EADDRINUSE`.
NNG_DECL int nng_udp_open(nng_udp **udpp, union nng_sockaddr *addr);

// Closes a UDP socket and frees it. Its operations end with `NNG_ECLOSED`. NULL is allowed.
NNG_DECL void nng_udp_close(nng_udp *udp);

// The address that the socket is bound to.
NNG_DECL int nng_udp_sockname(nng_udp *udp, union nng_sockaddr *addr);

// Sends the buffers of `aio` (`nng_aio_set_iov`) as one datagram to the `nng_sockaddr` that its
// input 0 (`nng_aio_set_input`) points to.
NNG_DECL void nng_udp_send(nng_udp *udp, nng_aio *aio);

// Receives a datagram into the buffers of `aio`, cut off where it does not fit, and where it
// came from into the `nng_sockaddr` that its input 0 points to, unless that is NULL.
NNG_DECL void nng_udp_recv(nng_udp *udp, nng_aio *aio);

// Joins or leaves a multicast group, at the interface that the socket is bound to.
// `NNG_EADDRINVAL` for a group of another family.
NNG_DECL int nng_udp_multicast_membership(nng_udp *udp, union nng_sockaddr *group, bool join);

// Parses a URL into a structure to be freed with `nng_url_free`. `NNG_EINVAL` if it is none.
NNG_DECL int nng_url_parse(struct nng_url **urlp, const char *raw);

// Frees a parsed URL. NULL is allowed.
NNG_DECL void nng_url_free(struct nng_url *url);

// Copies a URL, to be freed with `nng_url_free`.
NNG_DECL int nng_url_clone(struct nng_url **dup, const struct nng_url *url);

// Logs a message at a level. `msgid` is a short identifier or NULL, `msg` a format as for
// printf. Nothing is formatted that nobody would see.
NNG_DECL void nng_log_err(const char *msgid, const char *msg, ...);
NNG_DECL void nng_log_warn(const char *msgid, const char *msg, ...);
NNG_DECL void nng_log_notice(const char *msgid, const char *msg, ...);
NNG_DECL void nng_log_info(const char *msgid, const char *msg, ...);
NNG_DECL void nng_log_debug(const char *msgid, const char *msg, ...);

// Logs a message about security, at the facility NNG_LOG_AUTH.
NNG_DECL void nng_log_auth(nng_log_level level, const char *msgid, const char *msg, ...);

#define NNG_CTX_INITIALIZER {0}
#define NNG_DIALER_INITIALIZER {0}
#define NNG_LISTENER_INITIALIZER {0}
#define NNG_PIPE_INITIALIZER {0}
#define NNG_SOCKET_INITIALIZER {0}

#ifndef NNG_ELIDE_DEPRECATED

// Deprecated: use `nng_socket_get`.
NNG_DECL int nng_getopt(nng_socket socket, const char *name, void *value,
    size_t *size) NNG_DEPRECATED;

// Deprecated: use `nng_socket_get_bool`.
NNG_DECL int nng_getopt_bool(nng_socket socket, const char *name, bool *value) NNG_DEPRECATED;

// Deprecated: use `nng_socket_get_int`.
NNG_DECL int nng_getopt_int(nng_socket socket, const char *name, int *value) NNG_DEPRECATED;

// Deprecated: use `nng_socket_get_ms`.
NNG_DECL int nng_getopt_ms(nng_socket socket, const char *name,
    nng_duration *value) NNG_DEPRECATED;

// Deprecated: use `nng_socket_get_size`.
NNG_DECL int nng_getopt_size(nng_socket socket, const char *name, size_t *value) NNG_DEPRECATED;

// Deprecated: use `nng_socket_get_uint64`.
NNG_DECL int nng_getopt_uint64(nng_socket socket, const char *name,
    uint64_t *value) NNG_DEPRECATED;

// Deprecated: use `nng_socket_get_ptr`.
NNG_DECL int nng_getopt_ptr(nng_socket socket, const char *name, void **value) NNG_DEPRECATED;

// Deprecated: use `nng_socket_get_string`.
NNG_DECL int nng_getopt_string(nng_socket socket, const char *name,
    char **value) NNG_DEPRECATED;

// Deprecated: use `nng_socket_set`.
NNG_DECL int nng_setopt(nng_socket socket, const char *name, const void *value,
    size_t size) NNG_DEPRECATED;

// Deprecated: use `nng_socket_set_bool`.
NNG_DECL int nng_setopt_bool(nng_socket socket, const char *name, bool value) NNG_DEPRECATED;

// Deprecated: use `nng_socket_set_int`.
NNG_DECL int nng_setopt_int(nng_socket socket, const char *name, int value) NNG_DEPRECATED;

// Deprecated: use `nng_socket_set_ms`.
NNG_DECL int nng_setopt_ms(nng_socket socket, const char *name,
    nng_duration value) NNG_DEPRECATED;

// Deprecated: use `nng_socket_set_size`.
NNG_DECL int nng_setopt_size(nng_socket socket, const char *name, size_t value) NNG_DEPRECATED;

// Deprecated: use `nng_socket_set_uint64`.
NNG_DECL int nng_setopt_uint64(nng_socket socket, const char *name,
    uint64_t value) NNG_DEPRECATED;

// Deprecated: use `nng_socket_set_ptr`.
NNG_DECL int nng_setopt_ptr(nng_socket socket, const char *name, void *value) NNG_DEPRECATED;

// Deprecated: use `nng_socket_set_string`.
NNG_DECL int nng_setopt_string(nng_socket socket, const char *name,
    const char *value) NNG_DEPRECATED;

// Deprecated: use `nng_ctx_get`.
NNG_DECL int nng_ctx_getopt(nng_ctx ctx, const char *name, void *value,
    size_t *size) NNG_DEPRECATED;

// Deprecated: use `nng_ctx_get_bool`.
NNG_DECL int nng_ctx_getopt_bool(nng_ctx ctx, const char *name, bool *value) NNG_DEPRECATED;

// Deprecated: use `nng_ctx_get_int`.
NNG_DECL int nng_ctx_getopt_int(nng_ctx ctx, const char *name, int *value) NNG_DEPRECATED;

// Deprecated: use `nng_ctx_get_ms`.
NNG_DECL int nng_ctx_getopt_ms(nng_ctx ctx, const char *name,
    nng_duration *value) NNG_DEPRECATED;

// Deprecated: use `nng_ctx_get_size`.
NNG_DECL int nng_ctx_getopt_size(nng_ctx ctx, const char *name, size_t *value) NNG_DEPRECATED;

// Deprecated: use `nng_ctx_set`.
NNG_DECL int nng_ctx_setopt(nng_ctx ctx, const char *name, const void *value,
    size_t size) NNG_DEPRECATED;

// Deprecated: use `nng_ctx_set_bool`.
NNG_DECL int nng_ctx_setopt_bool(nng_ctx ctx, const char *name, bool value) NNG_DEPRECATED;

// Deprecated: use `nng_ctx_set_int`.
NNG_DECL int nng_ctx_setopt_int(nng_ctx ctx, const char *name, int value) NNG_DEPRECATED;

// Deprecated: use `nng_ctx_set_ms`.
NNG_DECL int nng_ctx_setopt_ms(nng_ctx ctx, const char *name,
    nng_duration value) NNG_DEPRECATED;

// Deprecated: use `nng_ctx_set_size`.
NNG_DECL int nng_ctx_setopt_size(nng_ctx ctx, const char *name, size_t value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_get`.
NNG_DECL int nng_dialer_getopt(nng_dialer dialer, const char *name, void *value,
    size_t *size) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_get_bool`.
NNG_DECL int nng_dialer_getopt_bool(nng_dialer dialer, const char *name,
    bool *value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_get_int`.
NNG_DECL int nng_dialer_getopt_int(nng_dialer dialer, const char *name,
    int *value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_get_ms`.
NNG_DECL int nng_dialer_getopt_ms(nng_dialer dialer, const char *name,
    nng_duration *value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_get_size`.
NNG_DECL int nng_dialer_getopt_size(nng_dialer dialer, const char *name,
    size_t *value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_get_addr`.
NNG_DECL int nng_dialer_getopt_sockaddr(nng_dialer dialer, const char *name,
    nng_sockaddr *value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_get_uint64`.
NNG_DECL int nng_dialer_getopt_uint64(nng_dialer dialer, const char *name,
    uint64_t *value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_get_ptr`.
NNG_DECL int nng_dialer_getopt_ptr(nng_dialer dialer, const char *name,
    void **value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_get_string`.
NNG_DECL int nng_dialer_getopt_string(nng_dialer dialer, const char *name,
    char **value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_set`.
NNG_DECL int nng_dialer_setopt(nng_dialer dialer, const char *name, const void *value,
    size_t size) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_set_bool`.
NNG_DECL int nng_dialer_setopt_bool(nng_dialer dialer, const char *name,
    bool value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_set_int`.
NNG_DECL int nng_dialer_setopt_int(nng_dialer dialer, const char *name,
    int value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_set_ms`.
NNG_DECL int nng_dialer_setopt_ms(nng_dialer dialer, const char *name,
    nng_duration value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_set_size`.
NNG_DECL int nng_dialer_setopt_size(nng_dialer dialer, const char *name,
    size_t value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_set_uint64`.
NNG_DECL int nng_dialer_setopt_uint64(nng_dialer dialer, const char *name,
    uint64_t value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_set_ptr`.
NNG_DECL int nng_dialer_setopt_ptr(nng_dialer dialer, const char *name,
    void *value) NNG_DEPRECATED;

// Deprecated: use `nng_dialer_set_string`.
NNG_DECL int nng_dialer_setopt_string(nng_dialer dialer, const char *name,
    const char *value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_get`.
NNG_DECL int nng_listener_getopt(nng_listener listener, const char *name, void *value,
    size_t *size) NNG_DEPRECATED;

// Deprecated: use `nng_listener_get_bool`.
NNG_DECL int nng_listener_getopt_bool(nng_listener listener, const char *name,
    bool *value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_get_int`.
NNG_DECL int nng_listener_getopt_int(nng_listener listener, const char *name,
    int *value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_get_ms`.
NNG_DECL int nng_listener_getopt_ms(nng_listener listener, const char *name,
    nng_duration *value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_get_size`.
NNG_DECL int nng_listener_getopt_size(nng_listener listener, const char *name,
    size_t *value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_get_addr`.
NNG_DECL int nng_listener_getopt_sockaddr(nng_listener listener, const char *name,
    nng_sockaddr *value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_get_uint64`.
NNG_DECL int nng_listener_getopt_uint64(nng_listener listener, const char *name,
    uint64_t *value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_get_ptr`.
NNG_DECL int nng_listener_getopt_ptr(nng_listener listener, const char *name,
    void **value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_get_string`.
NNG_DECL int nng_listener_getopt_string(nng_listener listener, const char *name,
    char **value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_set`.
NNG_DECL int nng_listener_setopt(nng_listener listener, const char *name, const void *value,
    size_t size) NNG_DEPRECATED;

// Deprecated: use `nng_listener_set_bool`.
NNG_DECL int nng_listener_setopt_bool(nng_listener listener, const char *name,
    bool value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_set_int`.
NNG_DECL int nng_listener_setopt_int(nng_listener listener, const char *name,
    int value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_set_ms`.
NNG_DECL int nng_listener_setopt_ms(nng_listener listener, const char *name,
    nng_duration value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_set_size`.
NNG_DECL int nng_listener_setopt_size(nng_listener listener, const char *name,
    size_t value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_set_uint64`.
NNG_DECL int nng_listener_setopt_uint64(nng_listener listener, const char *name,
    uint64_t value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_set_ptr`.
NNG_DECL int nng_listener_setopt_ptr(nng_listener listener, const char *name,
    void *value) NNG_DEPRECATED;

// Deprecated: use `nng_listener_set_string`.
NNG_DECL int nng_listener_setopt_string(nng_listener listener, const char *name,
    const char *value) NNG_DEPRECATED;

// Deprecated: use `nng_pipe_get`.
NNG_DECL int nng_pipe_getopt(nng_pipe pipe, const char *name, void *value,
    size_t *size) NNG_DEPRECATED;

// Deprecated: use `nng_pipe_get_bool`.
NNG_DECL int nng_pipe_getopt_bool(nng_pipe pipe, const char *name, bool *value) NNG_DEPRECATED;

// Deprecated: use `nng_pipe_get_int`.
NNG_DECL int nng_pipe_getopt_int(nng_pipe pipe, const char *name, int *value) NNG_DEPRECATED;

// Deprecated: use `nng_pipe_get_ms`.
NNG_DECL int nng_pipe_getopt_ms(nng_pipe pipe, const char *name,
    nng_duration *value) NNG_DEPRECATED;

// Deprecated: use `nng_pipe_get_size`.
NNG_DECL int nng_pipe_getopt_size(nng_pipe pipe, const char *name,
    size_t *value) NNG_DEPRECATED;

// Deprecated: use `nng_pipe_get_addr`.
NNG_DECL int nng_pipe_getopt_sockaddr(nng_pipe pipe, const char *name,
    nng_sockaddr *value) NNG_DEPRECATED;

// Deprecated: use `nng_pipe_get_uint64`.
NNG_DECL int nng_pipe_getopt_uint64(nng_pipe pipe, const char *name,
    uint64_t *value) NNG_DEPRECATED;

// Deprecated: use `nng_pipe_get_ptr`.
NNG_DECL int nng_pipe_getopt_ptr(nng_pipe pipe, const char *name, void **value) NNG_DEPRECATED;

// Deprecated: use `nng_pipe_get_string`.
NNG_DECL int nng_pipe_getopt_string(nng_pipe pipe, const char *name,
    char **value) NNG_DEPRECATED;

// Deprecated: messages have no options. Always `NNG_ENOTSUP`.
NNG_DECL int nng_msg_getopt(nng_msg *_msg, int _option, void *_value,
    size_t *_size) NNG_DEPRECATED;

// Deprecated: closes every socket of the process.
NNG_DECL void nng_closeall(void) NNG_DEPRECATED;

#endif // NNG_ELIDE_DEPRECATED

#ifdef __cplusplus
}
#endif

#endif // NNG_NNG_H
