//! Every call into the operating system.
pub mod clock;
#[cfg(not(any(loom, shuttle)))]
pub mod epoll;
pub mod errno;
pub mod event;
pub mod fd;
pub mod fork;
pub mod iov;
pub mod memory;
#[cfg(any(loom, shuttle))]
pub mod model;
pub mod names;
pub mod poll;
pub mod random;
pub mod reserve;
pub mod socket;
pub mod sync;
pub mod syslog;
pub mod thread;

/// Calls a function of libc and turns −1 into the `io::Error` of errno.
macro_rules! syscall {
    ($f:ident ( $($arg:expr),* $(,)? )) => {{
        #[allow(unused_unsafe)]
        // SAFETY: each caller passes pointers that are valid for the lengths it gives.
        let rv = unsafe { libc::$f($($arg),*) };
        if rv == -1 { Err(std::io::Error::last_os_error()) } else { Ok(rv) }
    }};
}
pub(crate) use syscall;

/// The C name of a pointer that is only handed through.
pub use std::ffi::c_void;
