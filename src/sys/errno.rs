//! errno values and their texts.

pub use libc::{
    EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN, EALREADY, EBADF, EBUSY, ECONNABORTED,
    ECONNREFUSED, ECONNRESET, EDQUOT, EEXIST, EFAULT, EFBIG, EHOSTUNREACH, EINPROGRESS, EINTR,
    EINVAL, EIO, EMFILE, EMSGSIZE, ENAMETOOLONG, ENETUNREACH, ENFILE, ENOBUFS, ENOENT, ENOMEM,
    ENOPROTOOPT, ENOSPC, ENOSYS, ENOTSUP, EPERM, EPIPE, EPROTO, EPROTONOSUPPORT, ETIME, ETIMEDOUT,
};

/// The system's text for an errno.
pub fn text(errno: i32) -> String {
    let text = std::io::Error::from_raw_os_error(errno).to_string();
    match text.rfind(" (os error") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

/// The calling thread's errno.
pub fn last() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

pub fn set(errno: i32) {
    // SAFETY: errno's place is the calling thread's own, and always there.
    unsafe { *libc::__errno_location() = errno };
}
