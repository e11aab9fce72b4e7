//! What socket2 leaves out.
use super::syscall;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// Who is at the other end of a unix socket.
#[derive(Clone, Copy, Debug)]
pub struct Credentials {
    pub pid: i32,
    pub uid: u32,
    pub gid: u32,
}

pub fn peer_credentials(fd: BorrowedFd) -> io::Result<Credentials> {
    let mut cred = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut len = size_of::<libc::ucred>() as libc::socklen_t;
    let at = (&raw mut cred).cast();
    syscall!(getsockopt(fd.as_raw_fd(), libc::SOL_SOCKET, libc::SO_PEERCRED, at, &raw mut len))?;
    Ok(Credentials { pid: cred.pid, uid: cred.uid, gid: cred.gid })
}

/// Two connected unix stream sockets.
pub fn stream_pair() -> io::Result<[OwnedFd; 2]> {
    let mut fds = [0; 2];
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
    syscall!(socketpair(libc::AF_UNIX, kind, 0, fds.as_mut_ptr()))?;
    // SAFETY: both descriptors are new and nobody else's.
    Ok(fds.map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }))
}

/// Accepts a connection, whose socket does not block.
pub fn accept(listener: BorrowedFd) -> io::Result<socket2::Socket> {
    let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    let nobody = std::ptr::null_mut();
    let fd = syscall!(accept4(listener.as_raw_fd(), nobody, std::ptr::null_mut(), flags))?;
    // SAFETY: it is new and nobody else's.
    Ok(unsafe { socket2::Socket::from_raw_fd(fd) })
}

/// Takes over a descriptor that a program gave, if it is open.
pub fn adopt(fd: i32) -> io::Result<socket2::Socket> {
    syscall!(fcntl(fd, libc::F_GETFD))?;
    // SAFETY: it is open, and the program gave it away.
    Ok(unsafe { socket2::Socket::from_raw_fd(fd) })
}
