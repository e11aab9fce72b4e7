//! Sockets.
use crate::base::options::{Type, Value};
use crate::base::{Error, Result};
use crate::capi::accessors::{OptionHost, accessors};
use crate::capi::handle::{give, take};
use crate::capi::nng::aio::{self, nng_aio};
use crate::capi::nng::msg::nng_msg;
use crate::capi::nng::nng_duration;
use crate::capi::nng::pipe::{nng_pipe, nng_pipe_cb, nng_pipe_ev};
use crate::capi::nng::sockaddr::nng_sockaddr;
use crate::capi::{Argument, bytes, memory, put, ret};
use crate::init;
use crate::msg::Message;
use crate::rt::Aio;
use crate::rt::aio::Timeout;
use crate::sp::notify::Event;
use crate::sp::proto::{CtxId, Protocol};
use crate::sp::{Socket, Wait};
use crate::sp::{device, registry};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Arc;

/// A socket, by number.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_socket_s {
    pub id: u32,
}

pub type nng_socket = nng_socket_s;

pub const NNG_FLAG_ALLOC: c_int = 1;
pub const NNG_FLAG_NONBLOCK: c_int = 2;

/// Opens a socket for a protocol's `_open` function.
pub unsafe fn open(place: *mut nng_socket, proto: Box<dyn Protocol>) -> c_int {
    if place.is_null() {
        return Error::INVAL.code();
    }
    ret(init::start().and_then(|()| put(place, nng_socket { id: Socket::open(proto).id() })))
}

pub fn find(socket: nng_socket) -> Result<Arc<Socket>> {
    registry::socket(socket.id)
}

/// How long a call may wait.
pub fn wait(flags: c_int, timeout: impl FnOnce() -> Timeout) -> Wait {
    if flags & NNG_FLAG_NONBLOCK != 0 { Wait::No } else { Wait::for_timeout(timeout()) }
}

/// The number of an id as C shows it: −1 for none.
pub fn number(id: u32) -> c_int {
    c_int::try_from(id).ok().filter(|id| *id > 0).unwrap_or(-1)
}

impl OptionHost for nng_socket {
    unsafe fn get_option(self, name: &str, ty: Type) -> Result<Value> {
        find(self)?.get_option(name, ty)
    }

    unsafe fn set_option(self, name: &str, value: Value) -> Result<()> {
        find(self)?.set_option(name, value)
    }
}

/// Closes a socket with its contexts, dialers, listeners and pipes. Messages that were accepted
/// are still written out; operations end with `NNG_ECLOSED`. Never waits for a peer. Of several
/// calls one succeeds, the others give `NNG_ECLOSED`. May be called from any callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_close(socket: nng_socket) -> c_int {
    ret(find(socket).and_then(|socket| socket.close()))
}

/// The same as `nng_close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_socket_close(socket: nng_socket) -> c_int {
    nng_close(socket)
}

/// The socket's number, or −1 if it was never opened.
#[unsafe(no_mangle)]
pub extern "C" fn nng_socket_id(socket: nng_socket) -> c_int {
    number(socket.id)
}

accessors! {
    /// Sets an option of a socket from `size` bytes that hold a value of its type.
    /// `NNG_ENOTSUP` for an option that is not there, `NNG_EREADONLY`, `NNG_EINVAL` for a value or
    /// size that is not allowed, `NNG_EBADTYPE` for another type.
    fn nng_socket_set(
        socket: nng_socket,
        name: *const c_char,
        value: *const c_void,
        size: usize
    ) -> c_int;
    /// Sets a truth value.
    fn nng_socket_set_bool(socket: nng_socket, name: *const c_char, value: bool) -> c_int;
    /// Sets a number.
    fn nng_socket_set_int(socket: nng_socket, name: *const c_char, value: c_int) -> c_int;
    /// Sets a duration in milliseconds.
    fn nng_socket_set_ms(socket: nng_socket, name: *const c_char, value: nng_duration) -> c_int;
    /// Sets a size.
    fn nng_socket_set_size(socket: nng_socket, name: *const c_char, value: usize) -> c_int;
    /// Sets a 64-bit number.
    fn nng_socket_set_uint64(socket: nng_socket, name: *const c_char, value: u64) -> c_int;
    /// Sets a string, which is copied.
    fn nng_socket_set_string(
        socket: nng_socket,
        name: *const c_char,
        value: *const c_char
    ) -> c_int;
    /// Sets a pointer, which the option itself says who owns.
    fn nng_socket_set_ptr(socket: nng_socket, name: *const c_char, value: *mut c_void) -> c_int;
    /// Sets an address, which is copied.
    fn nng_socket_set_addr(
        socket: nng_socket,
        name: *const c_char,
        value: *const nng_sockaddr
    ) -> c_int;
    /// Copies an option of a socket of any type to `value`, `*size` bytes at most, and sets
    /// `*size` to its own size; `NNG_EINVAL` if that was more. `NNG_ENOTSUP` for an option that is
    /// not there, `NNG_EWRITEONLY`, `NNG_EBADTYPE` for another type.
    fn nng_socket_get(
        socket: nng_socket,
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize
    ) -> c_int;
    /// Gets a truth value.
    fn nng_socket_get_bool(socket: nng_socket, name: *const c_char, value: *mut bool) -> c_int;
    /// Gets a number.
    fn nng_socket_get_int(socket: nng_socket, name: *const c_char, value: *mut c_int) -> c_int;
    /// Gets a duration in milliseconds.
    fn nng_socket_get_ms(
        socket: nng_socket,
        name: *const c_char,
        value: *mut nng_duration
    ) -> c_int;
    /// Gets a size.
    fn nng_socket_get_size(socket: nng_socket, name: *const c_char, value: *mut usize) -> c_int;
    /// Gets a 64-bit number.
    fn nng_socket_get_uint64(socket: nng_socket, name: *const c_char, value: *mut u64) -> c_int;
    /// Gets a copy of a string, to be freed with `nng_strfree`.
    fn nng_socket_get_string(
        socket: nng_socket,
        name: *const c_char,
        value: *mut *mut c_char
    ) -> c_int;
    /// Gets a pointer, which the option itself says who owns.
    fn nng_socket_get_ptr(
        socket: nng_socket,
        name: *const c_char,
        value: *mut *mut c_void
    ) -> c_int;
    /// Gets an address.
    fn nng_socket_get_addr(
        socket: nng_socket,
        name: *const c_char,
        value: *mut nng_sockaddr
    ) -> c_int;
}

/// The protocol's number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_socket_proto_id(socket: nng_socket, id: *mut u16) -> c_int {
    ret(find(socket).and_then(|socket| put(id, socket.identity().id)))
}

/// The number of the protocol that peers must have.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_socket_peer_id(socket: nng_socket, id: *mut u16) -> c_int {
    ret(find(socket).and_then(|socket| put(id, socket.identity().peer)))
}

/// The names of the protocols, with their end for C.
fn c_name(name: &'static str) -> &'static CStr {
    const NAMES: &[&CStr] = &[
        c"bus",
        c"pair",
        c"pair1",
        c"pub",
        c"pull",
        c"push",
        c"rep",
        c"req",
        c"respondent",
        c"sub",
        c"surveyor",
    ];
    NAMES.iter().find(|known| known.to_bytes() == name.as_bytes()).copied().unwrap_or_default()
}

/// The protocol's name, valid for the life of the process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_socket_proto_name(
    socket: nng_socket,
    name: *mut *const c_char,
) -> c_int {
    ret(find(socket).and_then(|socket| put(name, c_name(socket.identity().name).as_ptr())))
}

/// The name of the protocol that peers must have, valid for the life of the process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_socket_peer_name(
    socket: nng_socket,
    name: *mut *const c_char,
) -> c_int {
    ret(find(socket).and_then(|socket| put(name, c_name(socket.identity().peer_name).as_ptr())))
}

/// Whether the socket is in raw mode.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_socket_raw(socket: nng_socket, raw: *mut bool) -> c_int {
    ret(find(socket).and_then(|socket| put(raw, socket.is_raw())))
}

/// Has `cb` called with `arg` on an event of any pipe of the socket; NULL ends that. The
/// callback runs without locks, may use the library, and may close the pipe or the socket; in
/// `NNG_PIPE_EV_ADD_PRE` closing the pipe rejects it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pipe_notify(
    socket: nng_socket,
    ev: nng_pipe_ev,
    cb: nng_pipe_cb,
    arg: *mut c_void,
) -> c_int {
    let arg = Argument::new(arg);
    let event = match ev {
        0 => Event::AddPre,
        1 => Event::AddPost,
        2 => Event::RemPost,
        _ => return ret(find(socket).map(|_| ())),
    };
    let callback = cb.map(|cb| -> crate::sp::notify::Callback {
        Arc::new(move |id| cb(nng_pipe { id }, ev, arg.get()))
    });
    ret(find(socket).map(|socket| socket.on_pipe(event, callback)))
}

/// Sends a copy of `len` bytes as one message. With `NNG_FLAG_ALLOC`, `buf` came from
/// `nng_alloc` and is freed when the call succeeds. With `NNG_FLAG_NONBLOCK` the call gives
/// `NNG_EAGAIN` rather than wait; otherwise it waits as `NNG_OPT_SENDTIMEO` says, then gives
/// `NNG_ETIMEDOUT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_send(
    socket: nng_socket,
    buf: *mut c_void,
    len: usize,
    flags: c_int,
) -> c_int {
    let sent = bytes(buf, len).and_then(|data| send(socket, Message::from_slice(data)?, flags));
    if sent.is_ok() && flags & NNG_FLAG_ALLOC != 0 {
        libc::free(buf);
    }
    ret(sent)
}

fn send(socket: nng_socket, msg: Message, flags: c_int) -> Result<()> {
    let socket = find(socket)?;
    let wait = wait(flags, || socket.timeouts().0);
    socket.send(CtxId::SOCKET, msg, wait).map_err(|(why, _)| why)
}

/// Receives one message into `buf` of `*len` bytes, cutting off what does not fit, and sets
/// `*len` to the message's length. With `NNG_FLAG_ALLOC`, `buf` points to a pointer that is set
/// to new memory, to be freed with `nng_free`. With `NNG_FLAG_NONBLOCK` the call gives
/// `NNG_EAGAIN` rather than wait; otherwise it waits as `NNG_OPT_RECVTIMEO` says, then gives
/// `NNG_ETIMEDOUT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_recv(
    socket: nng_socket,
    buf: *mut c_void,
    len: *mut usize,
    flags: c_int,
) -> c_int {
    if len.is_null() || buf.is_null() && (flags & NNG_FLAG_ALLOC != 0 || *len > 0) {
        // A socket that never receives says so first.
        let never = find(socket).map(|socket| !socket.receives());
        return never
            .map_or_else(|why| why, |never| if never { Error::NOTSUP } else { Error::INVAL })
            .code();
    }
    ret(recv(socket, flags).and_then(|msg| {
        let data = msg.body();
        if flags & NNG_FLAG_ALLOC == 0 {
            let fits = data.len().min(*len);
            buf.cast::<u8>().copy_from_nonoverlapping(data.as_ptr(), fits);
        } else if data.is_empty() {
            buf.cast::<*mut c_void>().write_unaligned(std::ptr::null_mut());
        } else {
            buf.cast::<*mut c_void>().write_unaligned(memory::copied(data)?);
        }
        put(len, data.len())
    }))
}

#[inline]
fn recv(socket: nng_socket, flags: c_int) -> Result<Message> {
    let socket = find(socket)?;
    let wait = wait(flags, || socket.timeouts().1);
    socket.recv(CtxId::SOCKET, wait)
}

/// Sends a message, which is the library's if the call succeeds and stays the caller's if it
/// does not. Flags and waiting as for `nng_send`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_sendmsg(socket: nng_socket, msg: *mut nng_msg, flags: c_int) -> c_int {
    ret(find(socket).and_then(|socket| {
        let msg = take(msg).ok_or(Error::INVAL)?;
        let wait = wait(flags, || socket.timeouts().0);
        socket.send(CtxId::SOCKET, msg, wait).map_err(aio::give_back)
    }))
}

/// Receives a message, which is the caller's, to be freed with `nng_msg_free` or sent on. Flags
/// and waiting as for `nng_recv`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_recvmsg(
    socket: nng_socket,
    msgp: *mut *mut nng_msg,
    flags: c_int,
) -> c_int {
    if msgp.is_null() {
        return Error::INVAL.code();
    }
    ret(recv(socket, flags).and_then(|msg| give(msgp, Message::into_own(msg)?)))
}

/// Sends the message of `aio` (`nng_aio_set_msg`), which is the library's if the operation
/// succeeds and stays with the aio if it does not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_send_aio(socket: nng_socket, aio: *mut nng_aio) {
    aio::start(aio, |aio| {
        let socket = find(socket)?;
        let timeout = socket.timeouts().0;
        socket.send_aio(CtxId::SOCKET, aio, aio::reclaim(aio), timeout);
        Ok(())
    });
}

/// The same as `nng_send_aio`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_sock_send(socket: nng_socket, aio: *mut nng_aio) {
    nng_send_aio(socket, aio);
}

/// Receives into `aio`: on success its message (`nng_aio_get_msg`) is the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_recv_aio(socket: nng_socket, aio: *mut nng_aio) {
    aio::start(aio, |aio| {
        let socket = find(socket)?;
        socket.recv_aio(CtxId::SOCKET, aio, socket.timeouts().1);
        Ok(())
    });
}

/// The same as `nng_recv_aio`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_sock_recv(socket: nng_socket, aio: *mut nng_aio) {
    nng_recv_aio(socket, aio);
}

/// Forwards messages between two raw sockets, or back to one (the other is then an invalid
/// socket or the same), until either is closed; closes neither. Returns why it ended, never zero.
/// Errors: `NNG_EINVAL` if the protocols do not fit or a socket is not raw, `NNG_ECLOSED`.
#[unsafe(no_mangle)]
pub extern "C" fn nng_device(s1: nng_socket, s2: nng_socket) -> c_int {
    let aio = Aio::new();
    match ends(s1, s2) {
        Ok((one, two)) => {
            device::start(&aio, one, two);
            aio.wait();
            aio.result().map_or(0, Error::code)
        }
        Err(why) => why.code(),
    }
}

/// As `nng_device`, without waiting: the aio ends when the device does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_device_aio(aio: *mut nng_aio, s1: nng_socket, s2: nng_socket) {
    aio::start(aio, |aio| {
        let (one, two) = ends(s1, s2)?;
        device::start(aio, one, two);
        Ok(())
    });
}

type Ends = (Option<Arc<Socket>>, Option<Arc<Socket>>);

/// A device's sockets; one of them may be missing.
fn ends(s1: nng_socket, s2: nng_socket) -> Result<Ends> {
    let end = |s: nng_socket| match s.id {
        0 | u32::MAX => Ok(None),
        _ => find(s).map(Some),
    };
    Ok((end(s1)?, end(s2)?))
}
