//! Messages.
use crate::base::memory::enough_memory;
use crate::base::{Error, Result};
use crate::capi::handle::{change, give, look, take};
use crate::capi::nng::pipe::nng_pipe;
use crate::capi::{bytes, put, ret};
use crate::msg::{Message, MessageInner};
use std::ffi::{c_int, c_void};

pub type nng_msg = MessageInner;

/// Makes a message with a body of `size` zero bytes, to be freed with `nng_msg_free` or given
/// away by sending it. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_alloc(msgp: *mut *mut nng_msg, size: usize) -> c_int {
    ret(enough_memory().and_then(|()| give(msgp, Message::with_len(size)?)))
}

/// Frees a message that is the caller's. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_free(msg: *mut nng_msg) {
    drop(take(msg));
}

/// Sets the length of the body; what is added is zero. Pointers into the message are void.
/// `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_realloc(msg: *mut nng_msg, size: usize) -> c_int {
    ret(change(msg).and_then(|msg| msg.realloc(size)))
}

/// Makes room for a body of `capacity` bytes in all, so that growing to that does not move it.
/// `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_reserve(msg: *mut nng_msg, capacity: usize) -> c_int {
    ret(change(msg).and_then(|msg| msg.reserve(capacity)))
}

/// How many bytes the body can grow to without moving.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_capacity(msg: *mut nng_msg) -> usize {
    look(msg).map_or(0, |msg| msg.capacity())
}

/// The header's bytes, valid until the message is changed, sent or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header(msg: *mut nng_msg) -> *mut c_void {
    change(msg).map_or(std::ptr::null_mut(), |msg| msg.header_mut().as_mut_ptr().cast())
}

/// The length of the header in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_len(msg: *const nng_msg) -> usize {
    look(msg).map_or(0, |msg| msg.header_len())
}

/// The body's bytes, valid until the message is changed, sent or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_body(msg: *mut nng_msg) -> *mut c_void {
    change(msg).map_or(std::ptr::null_mut(), |msg| msg.body_mut().as_mut_ptr().cast())
}

/// The length of the body in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_len(msg: *const nng_msg) -> usize {
    look(msg).map_or(0, |msg| msg.len())
}

/// Copies `len` bytes to the end of the body. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_append(
    msg: *mut nng_msg,
    data: *const c_void,
    len: usize,
) -> c_int {
    ret(change(msg).and_then(|msg| msg.append(bytes(data, len)?)))
}

/// Copies `len` bytes to the front of the body. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_insert(
    msg: *mut nng_msg,
    data: *const c_void,
    len: usize,
) -> c_int {
    ret(change(msg).and_then(|msg| msg.insert(bytes(data, len)?)))
}

/// Removes `len` bytes from the front of the body; `NNG_EINVAL` if it is shorter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_trim(msg: *mut nng_msg, len: usize) -> c_int {
    ret(change(msg).and_then(|msg| msg.trim(len)))
}

/// Removes `len` bytes from the end of the body; `NNG_EINVAL` if it is shorter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_chop(msg: *mut nng_msg, len: usize) -> c_int {
    ret(change(msg).and_then(|msg| msg.chop(len)))
}

/// Copies `len` bytes to the end of the header. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_append(
    msg: *mut nng_msg,
    data: *const c_void,
    len: usize,
) -> c_int {
    ret(change(msg).and_then(|msg| msg.header_append(bytes(data, len)?)))
}

/// Copies `len` bytes to the front of the header. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_insert(
    msg: *mut nng_msg,
    data: *const c_void,
    len: usize,
) -> c_int {
    ret(change(msg).and_then(|msg| msg.header_insert(bytes(data, len)?)))
}

/// Removes `len` bytes from the front of the header; `NNG_EINVAL` if it is shorter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_trim(msg: *mut nng_msg, len: usize) -> c_int {
    ret(change(msg).and_then(|msg| msg.header_trim(len)))
}

/// Removes `len` bytes from the end of the header; `NNG_EINVAL` if it is shorter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_chop(msg: *mut nng_msg, len: usize) -> c_int {
    ret(change(msg).and_then(|msg| msg.header_chop(len)))
}

/// The first `N` bytes.
fn first<const N: usize>(data: &[u8]) -> Result<[u8; N]> {
    data.first_chunk().copied().ok_or(Error::INVAL)
}

/// The last `N` bytes.
fn last<const N: usize>(data: &[u8]) -> Result<[u8; N]> {
    data.last_chunk().copied().ok_or(Error::INVAL)
}

/// Adds a number, in network byte order, to the end of the header. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_append_u16(msg: *mut nng_msg, value: u16) -> c_int {
    ret(change(msg).and_then(|msg| msg.header_append(&value.to_be_bytes())))
}

/// Adds a number, in network byte order, to the end of the header. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_append_u32(msg: *mut nng_msg, value: u32) -> c_int {
    ret(change(msg).and_then(|msg| msg.header_append(&value.to_be_bytes())))
}

/// Adds a number, in network byte order, to the end of the header. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_append_u64(msg: *mut nng_msg, value: u64) -> c_int {
    ret(change(msg).and_then(|msg| msg.header_append(&value.to_be_bytes())))
}

/// Adds a number, in network byte order, to the front of the header. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_insert_u16(msg: *mut nng_msg, value: u16) -> c_int {
    ret(change(msg).and_then(|msg| msg.header_insert(&value.to_be_bytes())))
}

/// Adds a number, in network byte order, to the front of the header. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_insert_u32(msg: *mut nng_msg, value: u32) -> c_int {
    ret(change(msg).and_then(|msg| msg.header_insert(&value.to_be_bytes())))
}

/// Adds a number, in network byte order, to the front of the header. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_insert_u64(msg: *mut nng_msg, value: u64) -> c_int {
    ret(change(msg).and_then(|msg| msg.header_insert(&value.to_be_bytes())))
}

/// Removes a number, in network byte order, from the end of the header; `NNG_EINVAL` if the
/// header is too short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_chop_u16(msg: *mut nng_msg, value: *mut u16) -> c_int {
    ret(change(msg).and_then(|msg| {
        put(value, u16::from_be_bytes(last(msg.header())?))?;
        msg.header_chop(2)
    }))
}

/// Removes a number, in network byte order, from the end of the header; `NNG_EINVAL` if the
/// header is too short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_chop_u32(msg: *mut nng_msg, value: *mut u32) -> c_int {
    ret(change(msg).and_then(|msg| {
        put(value, u32::from_be_bytes(last(msg.header())?))?;
        msg.header_chop(4)
    }))
}

/// Removes a number, in network byte order, from the end of the header; `NNG_EINVAL` if the
/// header is too short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_chop_u64(msg: *mut nng_msg, value: *mut u64) -> c_int {
    ret(change(msg).and_then(|msg| {
        put(value, u64::from_be_bytes(last(msg.header())?))?;
        msg.header_chop(8)
    }))
}

/// Removes a number, in network byte order, from the front of the header; `NNG_EINVAL` if the
/// header is too short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_trim_u16(msg: *mut nng_msg, value: *mut u16) -> c_int {
    ret(change(msg).and_then(|msg| {
        put(value, u16::from_be_bytes(first(msg.header())?))?;
        msg.header_trim(2)
    }))
}

/// Removes a number, in network byte order, from the front of the header; `NNG_EINVAL` if the
/// header is too short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_trim_u32(msg: *mut nng_msg, value: *mut u32) -> c_int {
    ret(change(msg).and_then(|msg| {
        put(value, u32::from_be_bytes(first(msg.header())?))?;
        msg.header_trim(4)
    }))
}

/// Removes a number, in network byte order, from the front of the header; `NNG_EINVAL` if the
/// header is too short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_trim_u64(msg: *mut nng_msg, value: *mut u64) -> c_int {
    ret(change(msg).and_then(|msg| {
        put(value, u64::from_be_bytes(first(msg.header())?))?;
        msg.header_trim(8)
    }))
}

/// Adds a number, in network byte order, to the end of the body. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_append_u16(msg: *mut nng_msg, value: u16) -> c_int {
    ret(change(msg).and_then(|msg| msg.append(&value.to_be_bytes())))
}

/// Adds a number, in network byte order, to the end of the body. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_append_u32(msg: *mut nng_msg, value: u32) -> c_int {
    ret(change(msg).and_then(|msg| msg.append(&value.to_be_bytes())))
}

/// Adds a number, in network byte order, to the end of the body. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_append_u64(msg: *mut nng_msg, value: u64) -> c_int {
    ret(change(msg).and_then(|msg| msg.append(&value.to_be_bytes())))
}

/// Adds a number, in network byte order, to the front of the body. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_insert_u16(msg: *mut nng_msg, value: u16) -> c_int {
    ret(change(msg).and_then(|msg| msg.insert(&value.to_be_bytes())))
}

/// Adds a number, in network byte order, to the front of the body. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_insert_u32(msg: *mut nng_msg, value: u32) -> c_int {
    ret(change(msg).and_then(|msg| msg.insert(&value.to_be_bytes())))
}

/// Adds a number, in network byte order, to the front of the body. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_insert_u64(msg: *mut nng_msg, value: u64) -> c_int {
    ret(change(msg).and_then(|msg| msg.insert(&value.to_be_bytes())))
}

/// Removes a number, in network byte order, from the end of the body; `NNG_EINVAL` if the
/// body is too short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_chop_u16(msg: *mut nng_msg, value: *mut u16) -> c_int {
    ret(change(msg).and_then(|msg| {
        put(value, u16::from_be_bytes(last(msg.body())?))?;
        msg.chop(2)
    }))
}

/// Removes a number, in network byte order, from the end of the body; `NNG_EINVAL` if the
/// body is too short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_chop_u32(msg: *mut nng_msg, value: *mut u32) -> c_int {
    ret(change(msg).and_then(|msg| {
        put(value, u32::from_be_bytes(last(msg.body())?))?;
        msg.chop(4)
    }))
}

/// Removes a number, in network byte order, from the end of the body; `NNG_EINVAL` if the
/// body is too short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_chop_u64(msg: *mut nng_msg, value: *mut u64) -> c_int {
    ret(change(msg).and_then(|msg| {
        put(value, u64::from_be_bytes(last(msg.body())?))?;
        msg.chop(8)
    }))
}

/// Removes a number, in network byte order, from the front of the body; `NNG_EINVAL` if the
/// body is too short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_trim_u16(msg: *mut nng_msg, value: *mut u16) -> c_int {
    ret(change(msg).and_then(|msg| {
        put(value, u16::from_be_bytes(first(msg.body())?))?;
        msg.trim(2)
    }))
}

/// Removes a number, in network byte order, from the front of the body; `NNG_EINVAL` if the
/// body is too short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_trim_u32(msg: *mut nng_msg, value: *mut u32) -> c_int {
    ret(change(msg).and_then(|msg| {
        put(value, u32::from_be_bytes(first(msg.body())?))?;
        msg.trim(4)
    }))
}

/// Removes a number, in network byte order, from the front of the body; `NNG_EINVAL` if the
/// body is too short.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_trim_u64(msg: *mut nng_msg, value: *mut u64) -> c_int {
    ret(change(msg).and_then(|msg| {
        put(value, u64::from_be_bytes(first(msg.body())?))?;
        msg.trim(8)
    }))
}

fn copy(msg: &nng_msg) -> Result<Message> {
    let mut copy = Message::from_slice(msg.body())?;
    copy.header_append(msg.header())?;
    copy.set_pipe(msg.pipe());
    Ok(copy)
}

/// Makes an independent copy of a message, to be freed or sent on its own. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_dup(dup: *mut *mut nng_msg, msg: *const nng_msg) -> c_int {
    ret(enough_memory().and_then(|()| look(msg)).and_then(|msg| give(dup, copy(msg)?)))
}

/// Empties the body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_clear(msg: *mut nng_msg) {
    if let Ok(msg) = change(msg) {
        msg.clear();
    }
}

/// Empties the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_header_clear(msg: *mut nng_msg) {
    if let Ok(msg) = change(msg) {
        msg.header_clear();
    }
}

/// Names the pipe by which the message is to go, for protocols that let the sender choose.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_set_pipe(msg: *mut nng_msg, pipe: nng_pipe) {
    if let Ok(msg) = change(msg) {
        msg.set_pipe(pipe.id);
    }
}

/// The pipe by which the message came; its id is not positive if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_msg_get_pipe(msg: *const nng_msg) -> nng_pipe {
    nng_pipe { id: look(msg).map_or(0, |msg| msg.pipe()) }
}
