//! SUB: gets what is published under the topics it names.
use crate::base::options::{self, Value};
use crate::capi::accessors::OptionHost;
use crate::capi::nng::ctx::nng_ctx;
use crate::capi::nng::socket::{nng_socket, open};
use crate::capi::{bytes, owned, ret};
use crate::sp::proto::raw::Raw;
use crate::sp::proto::sub0::Sub0;
use std::ffi::{c_int, c_void};

/// Opens a SUB socket, to be closed with `nng_close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_sub0_open(socket: *mut nng_socket) -> c_int {
    open(socket, Sub0::new())
}

/// Opens a raw SUB socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_sub0_open_raw(socket: *mut nng_socket) -> c_int {
    open(socket, Raw::sub())
}

/// Has a socket receive messages whose body begins with `topic` (empty: all).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_sub0_socket_subscribe(
    socket: nng_socket,
    topic: *const c_void,
    len: usize,
) -> c_int {
    ret(bytes(topic, len)
        .and_then(|topic| socket.set_option(options::SUB_SUBSCRIBE, Value::Bytes(owned(topic)?))))
}

/// Ends a subscription; `NNG_ENOENT` if there is none for `topic`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_sub0_socket_unsubscribe(
    socket: nng_socket,
    topic: *const c_void,
    len: usize,
) -> c_int {
    ret(bytes(topic, len)
        .and_then(|topic| socket.set_option(options::SUB_UNSUBSCRIBE, Value::Bytes(owned(topic)?))))
}

/// Has a context receive messages whose body begins with `topic` (empty: all).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_sub0_ctx_subscribe(
    ctx: nng_ctx,
    topic: *const c_void,
    len: usize,
) -> c_int {
    ret(bytes(topic, len)
        .and_then(|topic| ctx.set_option(options::SUB_SUBSCRIBE, Value::Bytes(owned(topic)?))))
}

/// Ends a subscription; `NNG_ENOENT` if there is none for `topic`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_sub0_ctx_unsubscribe(
    ctx: nng_ctx,
    topic: *const c_void,
    len: usize,
) -> c_int {
    ret(bytes(topic, len)
        .and_then(|topic| ctx.set_option(options::SUB_UNSUBSCRIBE, Value::Bytes(owned(topic)?))))
}
