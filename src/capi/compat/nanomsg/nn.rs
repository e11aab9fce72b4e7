//! nanomsg's functions. Errors are -1 or NULL, with the reason in errno.
use crate::base::error::strerror;
use crate::base::{Error, Result};
use crate::capi::any_text;
use crate::msg::Message;
use crate::nn::{self, options};
use crate::rt::Aio;
use crate::sp::proto::CtxId;
use crate::sp::{Wait, device};
use crate::sys::poll;
use crate::{init, sys};
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;

/// A piece of a message.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nn_iovec {
    pub iov_base: *mut c_void,
    pub iov_len: usize,
}

/// A message in pieces, and its control data.
#[repr(C)]
pub struct nn_msghdr {
    pub msg_iov: *mut nn_iovec,
    pub msg_iovlen: c_int,
    pub msg_control: *mut c_void,
    pub msg_controllen: usize,
}

/// The head of an item of control data.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nn_cmsghdr {
    pub cmsg_len: usize,
    pub cmsg_level: c_int,
    pub cmsg_type: c_int,
}

/// A socket to poll.
#[repr(C)]
pub struct nn_pollfd {
    pub fd: c_int,
    pub events: u16,
    pub revents: u16,
}

const NN_MSG: usize = usize::MAX;
const NN_DONTWAIT: c_int = 1;
const PROTO_SP: c_int = 1;
const SP_HDR: c_int = 1;
const POLLIN: u16 = 1;
const POLLOUT: u16 = 2;

/// Ends a function: its number, or -1 and errno.
fn ret(result: Result<c_int>) -> c_int {
    result.unwrap_or_else(|why| fail(nn::errno(why)))
}

fn fail(errno: i32) -> c_int {
    sys::errno::set(errno);
    -1
}

/// Opens a socket: `domain` is AF_SP or AF_SP_RAW, `protocol` NN_REQ and so on. Returns its
/// number, for `nn_close`.
#[unsafe(no_mangle)]
pub extern "C" fn nn_socket(domain: c_int, protocol: c_int) -> c_int {
    if let Err(why) = init::start() {
        return fail(nn::errno(why));
    }
    nn::socket(domain, protocol).map_or_else(fail, |id| id as c_int)
}

/// Closes a socket; what waits on it fails with EBADF.
#[unsafe(no_mangle)]
pub extern "C" fn nn_close(s: c_int) -> c_int {
    ret(nn::find(s).and_then(|socket| socket.close()).map(|()| 0))
}

/// Listens on an address. Returns the endpoint's number, for `nn_shutdown`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nn_bind(s: c_int, addr: *const c_char) -> c_int {
    ret(any_text(addr).and_then(|addr| nn::bind(s, &addr)))
}

/// Connects to an address, again and again in the background. Returns the endpoint's number,
/// for `nn_shutdown`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nn_connect(s: c_int, addr: *const c_char) -> c_int {
    ret(any_text(addr).and_then(|addr| nn::connect(s, &addr)))
}

/// Closes an endpoint of a socket.
#[unsafe(no_mangle)]
pub extern "C" fn nn_shutdown(s: c_int, how: c_int) -> c_int {
    ret(nn::shutdown(s, how).map(|()| 0))
}

/// Sets an option from `optvallen` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nn_setsockopt(
    s: c_int,
    level: c_int,
    option: c_int,
    optval: *const c_void,
    optvallen: usize,
) -> c_int {
    let set =
        crate::capi::bytes(optval, optvallen).and_then(|data| options::set(s, level, option, data));
    match set {
        Ok(true) => 0,
        Ok(false) => fail(sys::errno::ENOPROTOOPT),
        Err(why) => fail(nn::errno(why)),
    }
}

/// Copies an option's bytes to `optval`; `*optvallen` is the room there, and becomes its size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nn_getsockopt(
    s: c_int,
    level: c_int,
    option: c_int,
    optval: *mut c_void,
    optvallen: *mut usize,
) -> c_int {
    let data = match options::get(s, level, option) {
        Ok(Some(data)) => data,
        Ok(None) => return fail(sys::errno::ENOPROTOOPT),
        Err(why) => return fail(nn::errno(why)),
    };
    let Some(len) = optvallen.as_mut() else { return fail(sys::errno::EFAULT) };
    let n = data.len().min(*len);
    if n > 0 && optval.is_null() {
        return fail(sys::errno::EFAULT);
    }
    optval.cast::<u8>().copy_from_nonoverlapping(data.as_ptr(), n);
    *len = data.len();
    0
}

// Memory from nn_allocmsg has its length in front.
const PREFIX: usize = 16;

unsafe fn allotted(len: usize) -> Result<*mut u8> {
    let total = len.checked_add(PREFIX).ok_or(Error::INVAL)?;
    let block = libc::malloc(total).cast::<u8>();
    if block.is_null() {
        return Err(Error::NOMEM);
    }
    block.cast::<usize>().write(len);
    Ok(block.add(PREFIX))
}

unsafe fn allotted_len(chunk: *const c_void) -> usize {
    chunk.cast::<u8>().sub(PREFIX).cast::<usize>().read()
}

/// Memory for a message of `size` bytes, to be sent with NN_MSG or freed with `nn_freemsg`.
/// `type` must be zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nn_allocmsg(size: usize, type_: c_int) -> *mut c_void {
    let chunk = if type_ != 0 || size == 0 { Err(Error::INVAL) } else { allotted(size) };
    match chunk {
        Ok(chunk) => chunk.cast(),
        Err(why) => {
            fail(nn::errno(why));
            null_mut()
        }
    }
}

/// Changes the size of memory from `nn_allocmsg`, which may move; on failure it stays as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nn_reallocmsg(msg: *mut c_void, size: usize) -> *mut c_void {
    if msg.is_null() {
        return nn_allocmsg(size, 0);
    }
    let old = allotted_len(msg);
    if size <= old {
        msg.cast::<u8>().sub(PREFIX).cast::<usize>().write(size);
        return msg;
    }
    match allotted(size) {
        Ok(chunk) => {
            chunk.copy_from_nonoverlapping(msg.cast(), old);
            nn_freemsg(msg);
            chunk.cast()
        }
        Err(why) => {
            fail(nn::errno(why));
            null_mut()
        }
    }
}

/// Frees memory from `nn_allocmsg` or received with NN_MSG.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nn_freemsg(msg: *mut c_void) -> c_int {
    if msg.is_null() {
        return fail(sys::errno::EFAULT);
    }
    libc::free(msg.cast::<u8>().sub(PREFIX).cast());
    0
}

/// Sends `len` bytes, or with NN_MSG the memory from `nn_allocmsg` that `buf` points to, which
/// is the library's on success. Returns how many bytes were sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nn_send(s: c_int, buf: *const c_void, len: usize, flags: c_int) -> c_int {
    let mut iov = nn_iovec { iov_base: buf.cast_mut(), iov_len: len };
    let hdr =
        nn_msghdr { msg_iov: &mut iov, msg_iovlen: 1, msg_control: null_mut(), msg_controllen: 0 };
    nn_sendmsg(s, &hdr, flags)
}

/// Receives up to `len` bytes, or with NN_MSG a pointer to memory for `nn_freemsg`. Returns the
/// message's length, even if that is more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nn_recv(s: c_int, buf: *mut c_void, len: usize, flags: c_int) -> c_int {
    let mut iov = nn_iovec { iov_base: buf, iov_len: len };
    let mut hdr =
        nn_msghdr { msg_iov: &mut iov, msg_iovlen: 1, msg_control: null_mut(), msg_controllen: 0 };
    nn_recvmsg(s, &mut hdr, flags)
}

fn wait(flags: c_int, timeout: crate::rt::aio::Timeout) -> Result<Wait> {
    match flags {
        0 => Ok(Wait::for_timeout(timeout)),
        NN_DONTWAIT => Ok(Wait::No),
        _ => Err(Error::INVAL),
    }
}

unsafe fn pieces<'a>(hdr: &nn_msghdr) -> Result<&'a [nn_iovec]> {
    let count = usize::try_from(hdr.msg_iovlen).map_err(|_| Error::MSGSIZE)?;
    match (hdr.msg_iov.is_null(), count) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Error::INVAL),
        (false, _) => Ok(std::slice::from_raw_parts(hdr.msg_iov, count)),
    }
}

/// Sends a message from pieces, or one piece of length NN_MSG, with the header that control
/// data bring. Returns how many bytes were sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nn_sendmsg(s: c_int, msghdr: *const nn_msghdr, flags: c_int) -> c_int {
    ret(send_pieces(s, msghdr, flags))
}

unsafe fn send_pieces(s: c_int, msghdr: *const nn_msghdr, flags: c_int) -> Result<c_int> {
    let hdr = msghdr.as_ref().ok_or(Error::INVAL)?;
    let socket = nn::find(s)?;
    let wait = wait(flags, socket.timeouts().0)?;
    let pieces = pieces(hdr)?;
    let mut chunk = null_mut();
    let mut msg = Message::new();
    match pieces {
        [one] if one.iov_len == NN_MSG => {
            chunk = one.iov_base.cast::<*mut c_void>().as_ref().copied().ok_or(Error::INVAL)?;
            if chunk.is_null() {
                return Err(Error::INVAL);
            }
            msg.append(crate::capi::bytes(chunk, allotted_len(chunk))?)?;
        }
        pieces => {
            for piece in pieces {
                msg.append(crate::capi::bytes(piece.iov_base, piece.iov_len)?)?;
            }
        }
    }
    let mut control = hdr.msg_control;
    let mut control_chunk = null_mut();
    let mut control_len = hdr.msg_controllen;
    if !control.is_null() && control_len == NN_MSG {
        control_chunk = control.cast::<*mut c_void>().read_unaligned();
        control = control_chunk;
        control_len = if control.is_null() { 0 } else { allotted_len(control) };
    }
    if !control.is_null()
        && let Some(header) = sp_header(crate::capi::bytes(control, control_len)?)
    {
        msg.header_append(header)?;
    }
    let len = c_int::try_from(msg.len()).map_err(|_| Error::MSGSIZE)?;
    socket.send(CtxId::SOCKET, msg, wait).map_err(|(why, _)| why)?;
    for gone in [chunk, control_chunk] {
        if !gone.is_null() {
            nn_freemsg(gone);
        }
    }
    Ok(len)
}

/// Finds the SP header among control data.
fn sp_header(mut data: &[u8]) -> Option<&[u8]> {
    const HEAD: usize = size_of::<nn_cmsghdr>();
    loop {
        let len = usize::from_ne_bytes(*data.first_chunk()?);
        let level = c_int::from_ne_bytes(*data.get(8..)?.first_chunk()?);
        let kind = c_int::from_ne_bytes(*data.get(12..)?.first_chunk()?);
        if len < HEAD || len > data.len() {
            return None;
        }
        if level == PROTO_SP && kind == SP_HDR {
            let content = &data[HEAD..len];
            let size = usize::from_ne_bytes(*content.first_chunk()?);
            return content.get(8..)?.get(..size);
        }
        data = data.get(len.next_multiple_of(size_of::<usize>())..)?;
    }
}

/// Receives a message into pieces, or with one piece of length NN_MSG a pointer to memory for
/// `nn_freemsg`; its header goes to the control data, if there is room. Returns the message's
/// length, even if that is more than the pieces hold.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nn_recvmsg(s: c_int, msghdr: *mut nn_msghdr, flags: c_int) -> c_int {
    ret(receive_pieces(s, msghdr, flags))
}

unsafe fn receive_pieces(s: c_int, msghdr: *mut nn_msghdr, flags: c_int) -> Result<c_int> {
    let hdr = msghdr.as_mut().ok_or(Error::INVAL)?;
    let socket = nn::find(s)?;
    let wait = wait(flags, socket.timeouts().1)?;
    let pieces = pieces(hdr)?;
    let whole = matches!(pieces, [one] if one.iov_len == NN_MSG);
    if pieces
        .iter()
        .any(|p| (!whole && p.iov_len == NN_MSG) || (p.iov_base.is_null() && p.iov_len > 0))
    {
        return Err(Error::INVAL);
    }
    let msg = socket.recv(CtxId::SOCKET, wait)?;
    let body = msg.body();
    if whole {
        let chunk = allotted(body.len())?;
        chunk.copy_from_nonoverlapping(body.as_ptr(), body.len());
        pieces[0].iov_base.cast::<*mut u8>().write(chunk);
    } else {
        let mut rest = body;
        for piece in pieces {
            let (now, later) = rest.split_at(piece.iov_len.min(rest.len()));
            piece.iov_base.cast::<u8>().copy_from_nonoverlapping(now.as_ptr(), now.len());
            rest = later;
        }
    }
    if !hdr.msg_control.is_null() {
        put_header(hdr, msg.header())?;
    }
    c_int::try_from(body.len()).map_err(|_| Error::MSGSIZE)
}

/// Writes control data that hold an SP header.
unsafe fn put_header(hdr: &mut nn_msghdr, header: &[u8]) -> Result<()> {
    let head = size_of::<nn_cmsghdr>();
    let space = (head + size_of::<usize>() + header.len()).next_multiple_of(size_of::<usize>());
    let place = if hdr.msg_controllen == NN_MSG {
        let chunk = allotted(space)?;
        hdr.msg_control.cast::<*mut u8>().write(chunk);
        chunk
    } else if hdr.msg_controllen < space {
        hdr.msg_control.cast::<u8>().write_bytes(0, hdr.msg_controllen.min(head));
        return Ok(());
    } else {
        hdr.msg_control.cast::<u8>()
    };
    place.write_bytes(0, space);
    let item = nn_cmsghdr { cmsg_len: space, cmsg_level: PROTO_SP, cmsg_type: SP_HDR };
    place.cast::<nn_cmsghdr>().write_unaligned(item);
    let content = place.add(head);
    content.cast::<usize>().write_unaligned(header.len());
    content.add(size_of::<usize>()).copy_from_nonoverlapping(header.as_ptr(), header.len());
    Ok(())
}

/// The first item of control data, or the one behind `cmsg`; NULL if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nn_cmsg_next(
    mhdr: *mut nn_msghdr,
    cmsg: *mut nn_cmsghdr,
) -> *mut nn_cmsghdr {
    let Some(hdr) = mhdr.as_ref() else { return null_mut() };
    let (mut data, mut len) = (hdr.msg_control.cast::<u8>(), hdr.msg_controllen);
    if !data.is_null() && len == NN_MSG {
        data = data.cast::<*mut u8>().read_unaligned();
        len = if data.is_null() { 0 } else { allotted_len(data.cast()) };
    }
    if data.is_null() {
        return null_mut();
    }
    let mut at = 0;
    if !cmsg.is_null() {
        // The item and its length are the program's, and may be anything.
        let step = cmsg.read_unaligned().cmsg_len.checked_next_multiple_of(size_of::<usize>());
        let from = (cmsg as usize).checked_sub(data as usize);
        match step.zip(from).and_then(|(step, from)| from.checked_add(step)) {
            Some(sum) => at = sum,
            None => return null_mut(),
        }
    }
    let head = size_of::<nn_cmsghdr>();
    if at.saturating_add(head) > len {
        return null_mut();
    }
    let next = data.add(at).cast::<nn_cmsghdr>();
    let item = next.read_unaligned();
    if item.cmsg_len < head || at.saturating_add(item.cmsg_len) > len { null_mut() } else { next }
}

/// Waits until one of `nfds` sockets can do what its `events` ask, at most `timeout`
/// milliseconds (-1 is for ever). Returns how many can.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nn_poll(fds: *mut nn_pollfd, nfds: c_int, timeout: c_int) -> c_int {
    let Ok(count) = usize::try_from(nfds) else { return fail(sys::errno::EINVAL) };
    if count > 0 && fds.is_null() {
        return fail(sys::errno::EFAULT);
    }
    let sockets = if count == 0 { &mut [] } else { std::slice::from_raw_parts_mut(fds, count) };
    let mut watched = Vec::with_capacity(2 * count);
    for (at, socket) in sockets.iter().enumerate() {
        for (event, send) in [(POLLIN, false), (POLLOUT, true)] {
            if socket.events & event != 0 {
                match options::descriptor(socket.fd, send) {
                    Ok(fd) => watched.push((at, event, fd)),
                    Err(why) => return fail(nn::errno(why)),
                }
            }
        }
    }
    let descriptors: Vec<c_int> = watched.iter().map(|w| w.2).collect();
    let ready = match poll::readable(&descriptors, timeout) {
        Ok(ready) => ready,
        Err(e) => return fail(e.raw_os_error().unwrap_or(sys::errno::EIO)),
    };
    for socket in sockets.iter_mut() {
        socket.revents = 0;
    }
    for ((at, event, _), ready) in watched.iter().zip(ready) {
        if ready {
            sockets[*at].revents |= event;
        }
    }
    sockets.iter().filter(|socket| socket.revents != 0).count() as c_int
}

/// Forwards messages between two raw sockets, or back to one (the other is -1), until one is
/// closed. Always returns -1.
#[unsafe(no_mangle)]
pub extern "C" fn nn_device(s1: c_int, s2: c_int) -> c_int {
    let end = |s: c_int| if s < 0 { Ok(None) } else { nn::find(s).map(Some) };
    let ran = end(s1).and_then(|one| {
        let aio = Aio::new();
        device::start(&aio, one, end(s2)?);
        aio.wait();
        Err(aio.result().unwrap_or(Error::CLOSED))
    });
    ret(ran)
}

/// One of nanomsg's statistics of a socket, as far as it is kept: messages and bytes sent and
/// received, and connections.
#[unsafe(no_mangle)]
pub extern "C" fn nn_get_statistic(s: c_int, stat: c_int) -> u64 {
    nn::statistic(s, stat).unwrap_or_else(|why| {
        fail(nn::errno(why));
        u64::MAX
    })
}

/// The reason of the last failure on this thread.
#[unsafe(no_mangle)]
pub extern "C" fn nn_errno() -> c_int {
    sys::errno::last()
}

/// The text of an errno, which lives as long as the process.
#[unsafe(no_mangle)]
pub extern "C" fn nn_strerror(errnum: c_int) -> *const c_char {
    let code = match nn::error(errnum) {
        Some(why) => why.code(),
        None => crate::base::error::SYSERR + errnum,
    };
    strerror(code).as_ptr()
}

/// Closes all sockets of the process.
#[unsafe(no_mangle)]
pub extern "C" fn nn_term() {
    init::close_all();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps through control data from an item of this length, `at` bytes from their beginning.
    fn next(data: &mut [u8], at: isize, cmsg_len: usize) -> Option<usize> {
        let begin = data.as_mut_ptr();
        let mut hdr = nn_msghdr {
            msg_iov: null_mut(),
            msg_iovlen: 0,
            msg_control: begin.cast(),
            msg_controllen: data.len(),
        };
        let item = nn_cmsghdr { cmsg_len, cmsg_level: 1, cmsg_type: 1 };
        let mut around = [0u8; 64];
        // SAFETY: the item is written within a buffer, or within the data.
        unsafe {
            let place = if at < 0 { around.as_mut_ptr() } else { begin.offset(at) };
            let place = place.cast::<nn_cmsghdr>();
            place.write_unaligned(item);
            let found = nn_cmsg_next(&mut hdr, place);
            (!found.is_null()).then(|| found as usize - begin as usize)
        }
    }

    #[test]
    fn items_of_any_length_and_place() {
        let mut data = [0u8; 65];
        data[32..40].copy_from_slice(&24usize.to_ne_bytes());
        assert_eq!(next(&mut data, 0, 32), Some(32));
        assert_eq!(next(&mut data, 0, 25), Some(32));
        for len in [usize::MAX, usize::MAX - 6, usize::MAX - 7, isize::MAX as usize, 60, 0] {
            assert_eq!(next(&mut data, 0, len), None, "{len}");
            assert_eq!(next(&mut data, 8, len), None, "{len}");
        }
        // An item from elsewhere, and data that begin at an odd address.
        assert_eq!(next(&mut data, -1, usize::MAX), None);
        data[33..41].copy_from_slice(&24usize.to_ne_bytes());
        assert_eq!(next(&mut data[1..], 0, 32), Some(32));
    }
}
