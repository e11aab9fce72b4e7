//! What programs written for older versions of nng use. New programs use the functions that are
//! named in each comment.
use crate::base::Error;
use crate::capi::accessors::accessors;
use crate::capi::nng::ctx::nng_ctx;
use crate::capi::nng::dialer::nng_dialer;
use crate::capi::nng::listener::nng_listener;
use crate::capi::nng::msg::nng_msg;
use crate::capi::nng::nng_duration;
use crate::capi::nng::pipe::nng_pipe;
use crate::capi::nng::sockaddr::nng_sockaddr;
use crate::capi::nng::socket::nng_socket;
use crate::sp::registry;
use std::ffi::{c_char, c_int, c_void};

accessors! {
    /// Deprecated: use `nng_socket_get`.
    fn nng_getopt(
        socket: nng_socket,
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize
    ) -> c_int;
    /// Deprecated: use `nng_socket_get_bool`.
    fn nng_getopt_bool(socket: nng_socket, name: *const c_char, value: *mut bool) -> c_int;
    /// Deprecated: use `nng_socket_get_int`.
    fn nng_getopt_int(socket: nng_socket, name: *const c_char, value: *mut c_int) -> c_int;
    /// Deprecated: use `nng_socket_get_ms`.
    fn nng_getopt_ms(socket: nng_socket, name: *const c_char, value: *mut nng_duration) -> c_int;
    /// Deprecated: use `nng_socket_get_size`.
    fn nng_getopt_size(socket: nng_socket, name: *const c_char, value: *mut usize) -> c_int;
    /// Deprecated: use `nng_socket_get_uint64`.
    fn nng_getopt_uint64(socket: nng_socket, name: *const c_char, value: *mut u64) -> c_int;
    /// Deprecated: use `nng_socket_get_ptr`.
    fn nng_getopt_ptr(socket: nng_socket, name: *const c_char, value: *mut *mut c_void) -> c_int;
    /// Deprecated: use `nng_socket_get_string`.
    fn nng_getopt_string(socket: nng_socket, name: *const c_char, value: *mut *mut c_char) -> c_int;
}

accessors! {
    /// Deprecated: use `nng_socket_set`.
    fn nng_setopt(
        socket: nng_socket,
        name: *const c_char,
        value: *const c_void,
        size: usize
    ) -> c_int;
    /// Deprecated: use `nng_socket_set_bool`.
    fn nng_setopt_bool(socket: nng_socket, name: *const c_char, value: bool) -> c_int;
    /// Deprecated: use `nng_socket_set_int`.
    fn nng_setopt_int(socket: nng_socket, name: *const c_char, value: c_int) -> c_int;
    /// Deprecated: use `nng_socket_set_ms`.
    fn nng_setopt_ms(socket: nng_socket, name: *const c_char, value: nng_duration) -> c_int;
    /// Deprecated: use `nng_socket_set_size`.
    fn nng_setopt_size(socket: nng_socket, name: *const c_char, value: usize) -> c_int;
    /// Deprecated: use `nng_socket_set_uint64`.
    fn nng_setopt_uint64(socket: nng_socket, name: *const c_char, value: u64) -> c_int;
    /// Deprecated: use `nng_socket_set_ptr`.
    fn nng_setopt_ptr(socket: nng_socket, name: *const c_char, value: *mut c_void) -> c_int;
    /// Deprecated: use `nng_socket_set_string`.
    fn nng_setopt_string(socket: nng_socket, name: *const c_char, value: *const c_char) -> c_int;
}

accessors! {
    /// Deprecated: use `nng_ctx_get`.
    fn nng_ctx_getopt(
        ctx: nng_ctx,
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize
    ) -> c_int;
    /// Deprecated: use `nng_ctx_get_bool`.
    fn nng_ctx_getopt_bool(ctx: nng_ctx, name: *const c_char, value: *mut bool) -> c_int;
    /// Deprecated: use `nng_ctx_get_int`.
    fn nng_ctx_getopt_int(ctx: nng_ctx, name: *const c_char, value: *mut c_int) -> c_int;
    /// Deprecated: use `nng_ctx_get_ms`.
    fn nng_ctx_getopt_ms(ctx: nng_ctx, name: *const c_char, value: *mut nng_duration) -> c_int;
    /// Deprecated: use `nng_ctx_get_size`.
    fn nng_ctx_getopt_size(ctx: nng_ctx, name: *const c_char, value: *mut usize) -> c_int;
    /// Deprecated: use `nng_ctx_set`.
    fn nng_ctx_setopt(
        ctx: nng_ctx,
        name: *const c_char,
        value: *const c_void,
        size: usize
    ) -> c_int;
    /// Deprecated: use `nng_ctx_set_bool`.
    fn nng_ctx_setopt_bool(ctx: nng_ctx, name: *const c_char, value: bool) -> c_int;
    /// Deprecated: use `nng_ctx_set_int`.
    fn nng_ctx_setopt_int(ctx: nng_ctx, name: *const c_char, value: c_int) -> c_int;
    /// Deprecated: use `nng_ctx_set_ms`.
    fn nng_ctx_setopt_ms(ctx: nng_ctx, name: *const c_char, value: nng_duration) -> c_int;
    /// Deprecated: use `nng_ctx_set_size`.
    fn nng_ctx_setopt_size(ctx: nng_ctx, name: *const c_char, value: usize) -> c_int;
}

accessors! {
    /// Deprecated: use `nng_dialer_get`.
    fn nng_dialer_getopt(
        dialer: nng_dialer,
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize
    ) -> c_int;
    /// Deprecated: use `nng_dialer_get_bool`.
    fn nng_dialer_getopt_bool(dialer: nng_dialer, name: *const c_char, value: *mut bool) -> c_int;
    /// Deprecated: use `nng_dialer_get_int`.
    fn nng_dialer_getopt_int(dialer: nng_dialer, name: *const c_char, value: *mut c_int) -> c_int;
    /// Deprecated: use `nng_dialer_get_ms`.
    fn nng_dialer_getopt_ms(
        dialer: nng_dialer,
        name: *const c_char,
        value: *mut nng_duration
    ) -> c_int;
    /// Deprecated: use `nng_dialer_get_size`.
    fn nng_dialer_getopt_size(dialer: nng_dialer, name: *const c_char, value: *mut usize) -> c_int;
    /// Deprecated: use `nng_dialer_get_addr`.
    fn nng_dialer_getopt_sockaddr(
        dialer: nng_dialer,
        name: *const c_char,
        value: *mut nng_sockaddr
    ) -> c_int;
    /// Deprecated: use `nng_dialer_get_uint64`.
    fn nng_dialer_getopt_uint64(dialer: nng_dialer, name: *const c_char, value: *mut u64) -> c_int;
    /// Deprecated: use `nng_dialer_get_ptr`.
    fn nng_dialer_getopt_ptr(
        dialer: nng_dialer,
        name: *const c_char,
        value: *mut *mut c_void
    ) -> c_int;
    /// Deprecated: use `nng_dialer_get_string`.
    fn nng_dialer_getopt_string(
        dialer: nng_dialer,
        name: *const c_char,
        value: *mut *mut c_char
    ) -> c_int;
    /// Deprecated: use `nng_dialer_set`.
    fn nng_dialer_setopt(
        dialer: nng_dialer,
        name: *const c_char,
        value: *const c_void,
        size: usize
    ) -> c_int;
    /// Deprecated: use `nng_dialer_set_bool`.
    fn nng_dialer_setopt_bool(dialer: nng_dialer, name: *const c_char, value: bool) -> c_int;
    /// Deprecated: use `nng_dialer_set_int`.
    fn nng_dialer_setopt_int(dialer: nng_dialer, name: *const c_char, value: c_int) -> c_int;
    /// Deprecated: use `nng_dialer_set_ms`.
    fn nng_dialer_setopt_ms(dialer: nng_dialer, name: *const c_char, value: nng_duration) -> c_int;
    /// Deprecated: use `nng_dialer_set_size`.
    fn nng_dialer_setopt_size(dialer: nng_dialer, name: *const c_char, value: usize) -> c_int;
    /// Deprecated: use `nng_dialer_set_uint64`.
    fn nng_dialer_setopt_uint64(dialer: nng_dialer, name: *const c_char, value: u64) -> c_int;
    /// Deprecated: use `nng_dialer_set_ptr`.
    fn nng_dialer_setopt_ptr(dialer: nng_dialer, name: *const c_char, value: *mut c_void) -> c_int;
    /// Deprecated: use `nng_dialer_set_string`.
    fn nng_dialer_setopt_string(
        dialer: nng_dialer,
        name: *const c_char,
        value: *const c_char
    ) -> c_int;
}

accessors! {
    /// Deprecated: use `nng_listener_get`.
    fn nng_listener_getopt(
        listener: nng_listener,
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize
    ) -> c_int;
    /// Deprecated: use `nng_listener_get_bool`.
    fn nng_listener_getopt_bool(
        listener: nng_listener,
        name: *const c_char,
        value: *mut bool
    ) -> c_int;
    /// Deprecated: use `nng_listener_get_int`.
    fn nng_listener_getopt_int(
        listener: nng_listener,
        name: *const c_char,
        value: *mut c_int
    ) -> c_int;
    /// Deprecated: use `nng_listener_get_ms`.
    fn nng_listener_getopt_ms(
        listener: nng_listener,
        name: *const c_char,
        value: *mut nng_duration
    ) -> c_int;
    /// Deprecated: use `nng_listener_get_size`.
    fn nng_listener_getopt_size(
        listener: nng_listener,
        name: *const c_char,
        value: *mut usize
    ) -> c_int;
    /// Deprecated: use `nng_listener_get_addr`.
    fn nng_listener_getopt_sockaddr(
        listener: nng_listener,
        name: *const c_char,
        value: *mut nng_sockaddr
    ) -> c_int;
    /// Deprecated: use `nng_listener_get_uint64`.
    fn nng_listener_getopt_uint64(
        listener: nng_listener,
        name: *const c_char,
        value: *mut u64
    ) -> c_int;
    /// Deprecated: use `nng_listener_get_ptr`.
    fn nng_listener_getopt_ptr(
        listener: nng_listener,
        name: *const c_char,
        value: *mut *mut c_void
    ) -> c_int;
    /// Deprecated: use `nng_listener_get_string`.
    fn nng_listener_getopt_string(
        listener: nng_listener,
        name: *const c_char,
        value: *mut *mut c_char
    ) -> c_int;
    /// Deprecated: use `nng_listener_set`.
    fn nng_listener_setopt(
        listener: nng_listener,
        name: *const c_char,
        value: *const c_void,
        size: usize
    ) -> c_int;
    /// Deprecated: use `nng_listener_set_bool`.
    fn nng_listener_setopt_bool(listener: nng_listener, name: *const c_char, value: bool) -> c_int;
    /// Deprecated: use `nng_listener_set_int`.
    fn nng_listener_setopt_int(listener: nng_listener, name: *const c_char, value: c_int) -> c_int;
    /// Deprecated: use `nng_listener_set_ms`.
    fn nng_listener_setopt_ms(
        listener: nng_listener,
        name: *const c_char,
        value: nng_duration
    ) -> c_int;
    /// Deprecated: use `nng_listener_set_size`.
    fn nng_listener_setopt_size(listener: nng_listener, name: *const c_char, value: usize) -> c_int;
    /// Deprecated: use `nng_listener_set_uint64`.
    fn nng_listener_setopt_uint64(listener: nng_listener, name: *const c_char, value: u64) -> c_int;
    /// Deprecated: use `nng_listener_set_ptr`.
    fn nng_listener_setopt_ptr(
        listener: nng_listener,
        name: *const c_char,
        value: *mut c_void
    ) -> c_int;
    /// Deprecated: use `nng_listener_set_string`.
    fn nng_listener_setopt_string(
        listener: nng_listener,
        name: *const c_char,
        value: *const c_char
    ) -> c_int;
}

accessors! {
    /// Deprecated: use `nng_pipe_get`.
    fn nng_pipe_getopt(
        pipe: nng_pipe,
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize
    ) -> c_int;
    /// Deprecated: use `nng_pipe_get_bool`.
    fn nng_pipe_getopt_bool(pipe: nng_pipe, name: *const c_char, value: *mut bool) -> c_int;
    /// Deprecated: use `nng_pipe_get_int`.
    fn nng_pipe_getopt_int(pipe: nng_pipe, name: *const c_char, value: *mut c_int) -> c_int;
    /// Deprecated: use `nng_pipe_get_ms`.
    fn nng_pipe_getopt_ms(pipe: nng_pipe, name: *const c_char, value: *mut nng_duration) -> c_int;
    /// Deprecated: use `nng_pipe_get_size`.
    fn nng_pipe_getopt_size(pipe: nng_pipe, name: *const c_char, value: *mut usize) -> c_int;
    /// Deprecated: use `nng_pipe_get_addr`.
    fn nng_pipe_getopt_sockaddr(
        pipe: nng_pipe,
        name: *const c_char,
        value: *mut nng_sockaddr
    ) -> c_int;
    /// Deprecated: use `nng_pipe_get_uint64`.
    fn nng_pipe_getopt_uint64(pipe: nng_pipe, name: *const c_char, value: *mut u64) -> c_int;
    /// Deprecated: use `nng_pipe_get_ptr`.
    fn nng_pipe_getopt_ptr(pipe: nng_pipe, name: *const c_char, value: *mut *mut c_void) -> c_int;
    /// Deprecated: use `nng_pipe_get_string`.
    fn nng_pipe_getopt_string(
        pipe: nng_pipe,
        name: *const c_char,
        value: *mut *mut c_char
    ) -> c_int;
}

/// Deprecated: messages have no options. Always `NNG_ENOTSUP`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_getopt(
    _msg: *mut nng_msg,
    _option: c_int,
    _value: *mut c_void,
    _size: *mut usize,
) -> c_int {
    Error::NOTSUP.code()
}

/// Deprecated: closes every socket of the process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_closeall() {
    for socket in registry::SOCKETS.all() {
        // Somebody else may have closed it meanwhile.
        let _ = socket.close();
    }
}
