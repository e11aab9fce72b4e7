//! errno values and their texts.
#![forbid(unsafe_code)]

pub use libc::{
    EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN, EBADF, EBUSY, ECONNABORTED,
    ECONNREFUSED, ECONNRESET, EEXIST, EHOSTDOWN, EHOSTUNREACH, EINPROGRESS, EINTR, EINVAL, EMFILE,
    EMSGSIZE, ENETDOWN, ENETUNREACH, ENFILE, ENOBUFS, ENODEV, ENOENT, ENOMEM, ENOPROTOOPT, ENOSPC,
    ENOSYS, ENOTCONN, ENOTSUP, EPERM, EPIPE, EPROTO, EPROTONOSUPPORT, EPROTOTYPE, EROFS, ESHUTDOWN,
    ETIMEDOUT,
};

/// The system's text for an errno.
pub fn text(errno: i32) -> String {
    let text = std::io::Error::from_raw_os_error(errno).to_string();
    match text.rfind(" (os error") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}
