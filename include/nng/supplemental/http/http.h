// nng/supplemental/http/http.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_SUPPLEMENTAL_HTTP_HTTP_H
#define NNG_SUPPLEMENTAL_HTTP_HTTP_H

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>

#ifdef __cplusplus
extern "C" {
#endif

// Status codes of responses.
enum nng_http_status {
    NNG_HTTP_STATUS_CONTINUE = 100,
    NNG_HTTP_STATUS_SWITCHING = 101,
    NNG_HTTP_STATUS_PROCESSING = 102,
    NNG_HTTP_STATUS_OK = 200,
    NNG_HTTP_STATUS_CREATED = 201,
    NNG_HTTP_STATUS_ACCEPTED = 202,
    NNG_HTTP_STATUS_NOT_AUTHORITATIVE = 203,
    NNG_HTTP_STATUS_NO_CONTENT = 204,
    NNG_HTTP_STATUS_RESET_CONTENT = 205,
    NNG_HTTP_STATUS_PARTIAL_CONTENT = 206,
    NNG_HTTP_STATUS_MULTI_STATUS = 207,
    NNG_HTTP_STATUS_ALREADY_REPORTED = 208,
    NNG_HTTP_STATUS_IM_USED = 226,
    NNG_HTTP_STATUS_MULTIPLE_CHOICES = 300,
    NNG_HTTP_STATUS_STATUS_MOVED_PERMANENTLY = 301,
    NNG_HTTP_STATUS_FOUND = 302,
    NNG_HTTP_STATUS_SEE_OTHER = 303,
    NNG_HTTP_STATUS_NOT_MODIFIED = 304,
    NNG_HTTP_STATUS_USE_PROXY = 305,
    NNG_HTTP_STATUS_TEMPORARY_REDIRECT = 307,
    NNG_HTTP_STATUS_PERMANENT_REDIRECT = 308,
    NNG_HTTP_STATUS_BAD_REQUEST = 400,
    NNG_HTTP_STATUS_UNAUTHORIZED = 401,
    NNG_HTTP_STATUS_PAYMENT_REQUIRED = 402,
    NNG_HTTP_STATUS_FORBIDDEN = 403,
    NNG_HTTP_STATUS_NOT_FOUND = 404,
    NNG_HTTP_STATUS_METHOD_NOT_ALLOWED = 405,
    NNG_HTTP_STATUS_NOT_ACCEPTABLE = 406,
    NNG_HTTP_STATUS_PROXY_AUTH_REQUIRED = 407,
    NNG_HTTP_STATUS_REQUEST_TIMEOUT = 408,
    NNG_HTTP_STATUS_CONFLICT = 409,
    NNG_HTTP_STATUS_GONE = 410,
    NNG_HTTP_STATUS_LENGTH_REQUIRED = 411,
    NNG_HTTP_STATUS_PRECONDITION_FAILED = 412,
    NNG_HTTP_STATUS_PAYLOAD_TOO_LARGE = 413,
    NNG_HTTP_STATUS_ENTITY_TOO_LONG = 414,
    NNG_HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE = 415,
    NNG_HTTP_STATUS_RANGE_NOT_SATISFIABLE = 416,
    NNG_HTTP_STATUS_EXPECTATION_FAILED = 417,
    NNG_HTTP_STATUS_TEAPOT = 418,
    NNG_HTTP_STATUS_UNPROCESSABLE_ENTITY = 422,
    NNG_HTTP_STATUS_LOCKED = 423,
    NNG_HTTP_STATUS_FAILED_DEPENDENCY = 424,
    NNG_HTTP_STATUS_UPGRADE_REQUIRED = 426,
    NNG_HTTP_STATUS_PRECONDITION_REQUIRED = 428,
    NNG_HTTP_STATUS_TOO_MANY_REQUESTS = 429,
    NNG_HTTP_STATUS_HEADERS_TOO_LARGE = 431,
    NNG_HTTP_STATUS_UNAVAIL_LEGAL_REASONS = 451,
    NNG_HTTP_STATUS_INTERNAL_SERVER_ERROR = 500,
    NNG_HTTP_STATUS_NOT_IMPLEMENTED = 501,
    NNG_HTTP_STATUS_BAD_GATEWAY = 502,
    NNG_HTTP_STATUS_SERVICE_UNAVAILABLE = 503,
    NNG_HTTP_STATUS_GATEWAY_TIMEOUT = 504,
    NNG_HTTP_STATUS_HTTP_VERSION_NOT_SUPP = 505,
    NNG_HTTP_STATUS_VARIANT_ALSO_NEGOTIATES = 506,
    NNG_HTTP_STATUS_INSUFFICIENT_STORAGE = 507,
    NNG_HTTP_STATUS_LOOP_DETECTED = 508,
    NNG_HTTP_STATUS_NOT_EXTENDED = 510,
    NNG_HTTP_STATUS_NETWORK_AUTH_REQUIRED = 511
};

typedef struct nng_http_req nng_http_req;
typedef struct nng_http_res nng_http_res;
typedef struct nng_http_conn nng_http_conn;
typedef struct nng_http_handler nng_http_handler;
typedef struct nng_http_server nng_http_server;
typedef struct nng_http_client nng_http_client;

// Makes a client for a server, to be freed with `nng_http_client_free`. `NNG_EADDRINVAL` for a
// URL that is not of HTTP or names no host.
NNG_DECL int nng_http_client_alloc(nng_http_client **clientp, const nng_url *url);

// Frees a client; what is still connecting ends with `NNG_ECLOSED`. NULL is allowed.
NNG_DECL void nng_http_client_free(nng_http_client *client);

// Sets the TLS configuration, which is shared. `NNG_ENOTSUP` for a client without TLS.
NNG_DECL int nng_http_client_set_tls(nng_http_client *client, nng_tls_config *cfg);

// Gets the TLS configuration, to be freed with `nng_tls_config_free`.
NNG_DECL int nng_http_client_get_tls(nng_http_client *client, nng_tls_config **cfgp);

// Connects; output 0 of the aio becomes an `nng_http_conn`, to be closed with
// `nng_http_conn_close`.
NNG_DECL void nng_http_client_connect(nng_http_client *client, nng_aio *aio);

// Connects, sends a request, receives the response with its data, and closes.
NNG_DECL void nng_http_client_transact(nng_http_client *client, nng_http_req *req,
    nng_http_res *res, nng_aio *aio);

// Closes a connection and frees it; its operations end with `NNG_ECLOSED`. NULL is allowed.
NNG_DECL void nng_http_conn_close(nng_http_conn *conn);

// Reads into the aio's buffers: at least a byte, as many as are there.
NNG_DECL void nng_http_conn_read(nng_http_conn *conn, nng_aio *aio);

// Reads into the aio's buffers until they are full.
NNG_DECL void nng_http_conn_read_all(nng_http_conn *conn, nng_aio *aio);

// Writes from the aio's buffers: at least a byte, as many as go.
NNG_DECL void nng_http_conn_write(nng_http_conn *conn, nng_aio *aio);

// Writes all of the aio's buffers.
NNG_DECL void nng_http_conn_write_all(nng_http_conn *conn, nng_aio *aio);

// Writes a request, with its data.
NNG_DECL void nng_http_conn_write_req(nng_http_conn *conn, nng_http_req *req, nng_aio *aio);

// Writes a response, with its data.
NNG_DECL void nng_http_conn_write_res(nng_http_conn *conn, nng_http_res *res, nng_aio *aio);

// Reads a request, up to its data.
NNG_DECL void nng_http_conn_read_req(nng_http_conn *conn, nng_http_req *req, nng_aio *aio);

// Reads a response, up to its data.
NNG_DECL void nng_http_conn_read_res(nng_http_conn *conn, nng_http_res *res, nng_aio *aio);

// Sends a request and receives the response with its data. A failure closes the connection.
NNG_DECL void nng_http_conn_transact(nng_http_conn *conn, nng_http_req *req, nng_http_res *res,
    nng_aio *aio);

// Takes the connection of a handler's call from the server: it is now the caller's, to be closed
// with `nng_http_conn_close`, as is the request. The handler then ends without a response.
NNG_DECL int nng_http_hijack(nng_http_conn *conn);

// Makes a handler, to be freed with `nng_http_handler_free` unless a server has it. `cb` is
// called for each request with an aio whose inputs are the request, the handler and the
// connection, on a thread of the library. It ends the aio with `nng_aio_finish`, then or later,
// with a response as output 0, which it gives away, or without if it has answered by itself.
NNG_DECL int nng_http_handler_alloc(nng_http_handler **handlerp, const char *path,
    void (*cb)(nng_aio*));

// Frees a handler that no server has. NULL is allowed.
NNG_DECL void nng_http_handler_free(nng_http_handler *handler);

// Makes a handler that serves one file.
NNG_DECL int nng_http_handler_alloc_file(nng_http_handler **handlerp, const char *at,
    const char *file);

// Makes a handler that serves data, which is copied; `content_type` may be NULL.
NNG_DECL int nng_http_handler_alloc_static(nng_http_handler **handlerp, const char *at,
    const void *data, size_t size, const char *content_type);

// Makes a handler that sends clients to `location`, with what follows its own path in theirs.
// Status 0 is 301.
NNG_DECL int nng_http_handler_alloc_redirect(nng_http_handler **handlerp, const char *at,
    uint16_t status, const char *location);

// Makes a handler that serves the files below a directory, and its `index.html` or
// `index.htm`.
NNG_DECL int nng_http_handler_alloc_directory(nng_http_handler **handlerp, const char *at,
    const char *dir);

// Sets the method of the requests that a handler is for; NULL is every method. GET is what a
// new handler has, and it covers HEAD. `NNG_EBUSY` when a server has the handler, as below.
NNG_DECL int nng_http_handler_set_method(nng_http_handler *handler, const char *method);

// Sets the host that requests must name; NULL is every host.
NNG_DECL int nng_http_handler_set_host(nng_http_handler *handler, const char *host);

// Says whether the data of requests is collected before the call, and up to which size; more is
// refused.
NNG_DECL int nng_http_handler_collect_body(nng_http_handler *handler, bool want, size_t most);

// Makes a handler serve what is below its path as well, unless another one is nearer.
NNG_DECL int nng_http_handler_set_tree(nng_http_handler *handler);

// As `nng_http_handler_set_tree`, and no other handler may be below.
NNG_DECL int nng_http_handler_set_tree_exclusive(nng_http_handler *handler);

// Keeps a pointer with a handler; `dtor`, if not NULL, is called with it when the handler goes.
NNG_DECL int nng_http_handler_set_data(nng_http_handler *handler, void *data,
    void (*dtor)(void*));

// The pointer that is kept with a handler.
NNG_DECL void *nng_http_handler_get_data(nng_http_handler *handler);

// Makes a request, to be freed with `nng_http_req_free`: for a URL, with its Host header, or
// for NULL an empty one.
NNG_DECL int nng_http_req_alloc(nng_http_req **reqp, const nng_url *url);

// Frees a request. NULL is allowed.
NNG_DECL void nng_http_req_free(nng_http_req *req);

// Makes a request as it was when new.
NNG_DECL void nng_http_req_reset(nng_http_req *req);

// The value of a header, or NULL if there is none. It is valid until the header is changed.
NNG_DECL const char *nng_http_req_get_header(nng_http_req *req, const char *name);

// Sets a header, in place of an earlier value. `NNG_EINVAL` for line ends.
NNG_DECL int nng_http_req_set_header(nng_http_req *req, const char *name, const char *value);

// Adds to a header, after a comma if it is there already. `NNG_EINVAL` for line ends.
NNG_DECL int nng_http_req_add_header(nng_http_req *req, const char *name, const char *value);

// Removes a header. `NNG_ENOENT` if there is none.
NNG_DECL int nng_http_req_del_header(nng_http_req *req, const char *name);

// Sets the data, which stays where it is and the caller's, and its Content-Length.
NNG_DECL int nng_http_req_set_data(nng_http_req *req, const void *data, size_t size);

// Sets the data, which is copied, and its Content-Length.
NNG_DECL int nng_http_req_copy_data(nng_http_req *req, const void *data, size_t size);

// The data and its size, NULL and zero if there is none. It is valid until it is set anew.
NNG_DECL void nng_http_req_get_data(nng_http_req *req, void **datap, size_t *sizep);

// The method, valid until it is changed.
NNG_DECL const char *nng_http_req_get_method(nng_http_req *req);

// Sets the method; NULL is GET. `NNG_EINVAL` for characters that end it.
NNG_DECL int nng_http_req_set_method(nng_http_req *req, const char *method);

// The URI, valid until it is changed.
NNG_DECL const char *nng_http_req_get_uri(nng_http_req *req);

// Sets the URI. `NNG_EINVAL` for characters that end it.
NNG_DECL int nng_http_req_set_uri(nng_http_req *req, const char *uri);

// The version, valid until it is changed.
NNG_DECL const char *nng_http_req_get_version(nng_http_req *req);

// Sets the version; NULL is HTTP/1.1. `NNG_EINVAL` for characters that end it.
NNG_DECL int nng_http_req_set_version(nng_http_req *req, const char *version);

// Makes a response with the status 200, to be freed with `nng_http_res_free`.
NNG_DECL int nng_http_res_alloc(nng_http_res **resp);

// Makes a response with an error's status and a page that shows it; a server puts its own page
// in its place, if it has one for the status.
NNG_DECL int nng_http_res_alloc_error(nng_http_res **resp, uint16_t status);

// The status.
NNG_DECL uint16_t nng_http_res_get_status(nng_http_res *res);

// Sets the status; the reason goes with it unless it is set.
NNG_DECL int nng_http_res_set_status(nng_http_res *res, uint16_t status);

// Frees a response. NULL is allowed.
NNG_DECL void nng_http_res_free(nng_http_res *res);

// Makes a response as it was when new.
NNG_DECL void nng_http_res_reset(nng_http_res *res);

// The value of a header, or NULL if there is none. It is valid until the header is changed.
NNG_DECL const char *nng_http_res_get_header(nng_http_res *res, const char *name);

// Sets a header, in place of an earlier value. `NNG_EINVAL` for line ends.
NNG_DECL int nng_http_res_set_header(nng_http_res *res, const char *name, const char *value);

// Adds to a header, after a comma if it is there already. `NNG_EINVAL` for line ends.
NNG_DECL int nng_http_res_add_header(nng_http_res *res, const char *name, const char *value);

// Removes a header. `NNG_ENOENT` if there is none.
NNG_DECL int nng_http_res_del_header(nng_http_res *res, const char *name);

// Sets the data, which stays where it is and the caller's, and its Content-Length.
NNG_DECL int nng_http_res_set_data(nng_http_res *res, const void *data, size_t size);

// Sets the data, which is copied, and its Content-Length.
NNG_DECL int nng_http_res_copy_data(nng_http_res *res, const void *data, size_t size);

// The data and its size, NULL and zero if there is none. It is valid until it is set anew.
NNG_DECL void nng_http_res_get_data(nng_http_res *res, void **datap, size_t *sizep);

// The version, valid until it is changed.
NNG_DECL const char *nng_http_res_get_version(nng_http_res *res);

// Sets the version; NULL is HTTP/1.1. `NNG_EINVAL` for characters that end it.
NNG_DECL int nng_http_res_set_version(nng_http_res *res, const char *version);

// The reason, valid until it is changed.
NNG_DECL const char *nng_http_res_get_reason(nng_http_res *res);

// Sets the reason; NULL is the usual one for the status. `NNG_EINVAL` for characters that end it.
NNG_DECL int nng_http_res_set_reason(nng_http_res *res, const char *reason);

// Gets the server for the host and port of a URL, a new one if there is none; to be given back
// with `nng_http_server_release`.
NNG_DECL int nng_http_server_hold(nng_http_server **serverp, const nng_url *url);

// Gives a server back; with the last reference it stops. NULL is allowed.
NNG_DECL void nng_http_server_release(nng_http_server *server);

// Begins to serve. Each start needs its own stop.
NNG_DECL int nng_http_server_start(nng_http_server *server);

// Takes a start back; with the last one all connections are closed, and the server does not
// start again.
NNG_DECL void nng_http_server_stop(nng_http_server *server);

// Gives a handler to a server. `NNG_EADDRINUSE` if another one is for the same requests;
// `NNG_EINVAL` for a path without a slash; then it stays the caller's.
NNG_DECL int nng_http_server_add_handler(nng_http_server *server, nng_http_handler *handler);

// Takes a handler back from a server; it is the caller's again. `NNG_ENOENT` if the server does
// not have it. Requests that it works on are not affected.
NNG_DECL int nng_http_server_del_handler(nng_http_server *server, nng_http_handler *handler);

// Sets the TLS configuration, which is shared. `NNG_ENOTSUP` for a server without TLS.
NNG_DECL int nng_http_server_set_tls(nng_http_server *server, nng_tls_config *cfg);

// Gets the TLS configuration, to be freed with `nng_tls_config_free`.
NNG_DECL int nng_http_server_get_tls(nng_http_server *server, nng_tls_config **cfgp);

// Gets the address that a started server is bound to.
NNG_DECL int nng_http_server_get_addr(nng_http_server *server, nng_sockaddr *addr);

// Sets the page (HTML) for an error's status.
NNG_DECL int nng_http_server_set_error_page(nng_http_server *server, uint16_t status,
    const char *html);

// Sets the page for an error's status from a file, which is read now.
NNG_DECL int nng_http_server_set_error_file(nng_http_server *server, uint16_t status,
    const char *file);

// Makes a response the server's error page for its status.
NNG_DECL int nng_http_server_res_error(nng_http_server *server, nng_http_res *res);

#ifdef __cplusplus
}
#endif

#endif // NNG_SUPPLEMENTAL_HTTP_HTTP_H
