//! Reading and writing without blocking.
use super::iov::IoVec;
use super::syscall;
use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, BorrowedFd};

/// Reads into `buf`; 0 is the end of the stream.
pub fn read(fd: BorrowedFd, buf: &mut [u8]) -> io::Result<usize> {
    retry(|| syscall!(read(fd.as_raw_fd(), buf.as_mut_ptr().cast(), buf.len())))
}

/// Appends up to `want` bytes to `buf`, within its spare capacity.
pub fn read_spare(fd: BorrowedFd, buf: &mut Vec<u8>, want: usize) -> io::Result<usize> {
    let spare = buf.spare_capacity_mut();
    let want = want.min(spare.len());
    let n = retry(|| syscall!(read(fd.as_raw_fd(), spare.as_mut_ptr().cast(), want)))?;
    // SAFETY: the kernel has just written `n` bytes behind the length, within the capacity.
    unsafe { buf.set_len(buf.len() + n) };
    Ok(n)
}

/// Reads into a caller's buffers.
pub fn read_iov(fd: BorrowedFd, iov: &IoVec) -> io::Result<usize> {
    let parts: Vec<libc::iovec> = parts(iov);
    retry(|| syscall!(readv(fd.as_raw_fd(), parts.as_ptr(), parts.len() as i32)))
}

/// Writes from a caller's buffers; never raises SIGPIPE on a socket.
pub fn write_iov(fd: BorrowedFd, iov: &IoVec) -> io::Result<usize> {
    let mut parts: Vec<libc::iovec> = parts(iov);
    send_parts(fd, parts.as_mut_ptr(), parts.len())
}

fn parts(iov: &IoVec) -> Vec<libc::iovec> {
    const MOST: usize = 1024;
    iov.parts()
        .iter()
        .filter(|p| p.1 > 0)
        .take(MOST)
        .map(|p| libc::iovec { iov_base: p.0 as *mut _, iov_len: p.1 })
        .collect()
}

/// Writes `buf`; never raises SIGPIPE.
pub fn send(fd: BorrowedFd, buf: &[u8]) -> io::Result<usize> {
    retry(|| syscall!(send(fd.as_raw_fd(), buf.as_ptr().cast(), buf.len(), libc::MSG_NOSIGNAL)))
}

/// Writes several pieces at once; never raises SIGPIPE.
pub fn send_vectored(fd: BorrowedFd, bufs: &[IoSlice]) -> io::Result<usize> {
    // IoSlice has iovec's layout, as the standard library promises.
    send_parts(fd, bufs.as_ptr().cast_mut().cast(), bufs.len())
}

fn send_parts(fd: BorrowedFd, at: *mut libc::iovec, len: usize) -> io::Result<usize> {
    // SAFETY: a msghdr of zeros is valid and empty.
    let mut msg: libc::msghdr = unsafe { std::mem::zeroed() };
    msg.msg_iov = at;
    msg.msg_iovlen = len as _;
    retry(|| syscall!(sendmsg(fd.as_raw_fd(), &raw const msg, libc::MSG_NOSIGNAL)))
}

/// Waits until there is something to read, or the end, for `ms` at most.
pub fn wait_readable(fd: BorrowedFd, ms: i32) -> io::Result<bool> {
    let mut one = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    Ok(syscall!(poll(&raw mut one, 1, ms))? > 0)
}

/// Calls until it is not interrupted.
pub(super) fn retry(mut f: impl FnMut() -> io::Result<isize>) -> io::Result<usize> {
    loop {
        match f() {
            Ok(n) => return Ok(n as usize),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}
