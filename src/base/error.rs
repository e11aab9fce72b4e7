//! Error codes, as numbered by the ABI, and their texts.
#![forbid(unsafe_code)]

use std::fmt;
use std::io;

/// An nng error code. System errors outside the table are `SYSERR + errno`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Error(i32);

pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! errors {
    ($($name:ident = $code:literal, $text:literal;)*) => {
        impl Error {
            $(pub const $name: Error = Error($code);)*
            /// The text of a code from the table.
            fn text(self) -> Option<&'static std::ffi::CStr> {
                match self.0 {
                    0 => Some(c"Hunky dory"),
                    $($code => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

errors! {
    INTR = 1, c"Interrupted";
    NOMEM = 2, c"Out of memory";
    INVAL = 3, c"Invalid argument";
    BUSY = 4, c"Resource busy";
    TIMEDOUT = 5, c"Timed out";
    CONNREFUSED = 6, c"Connection refused";
    CLOSED = 7, c"Object closed";
    AGAIN = 8, c"Try again";
    NOTSUP = 9, c"Not supported";
    ADDRINUSE = 10, c"Address in use";
    STATE = 11, c"Incorrect state";
    NOENT = 12, c"Entry not found";
    PROTO = 13, c"Protocol error";
    UNREACHABLE = 14, c"Destination unreachable";
    ADDRINVAL = 15, c"Address invalid";
    PERM = 16, c"Permission denied";
    MSGSIZE = 17, c"Message too large";
    CONNABORTED = 18, c"Connection aborted";
    CONNRESET = 19, c"Connection reset";
    CANCELED = 20, c"Operation canceled";
    NOFILES = 21, c"Out of files";
    NOSPC = 22, c"Out of space";
    EXIST = 23, c"Resource already exists";
    READONLY = 24, c"Read only resource";
    WRITEONLY = 25, c"Write only resource";
    CRYPTO = 26, c"Cryptographic error";
    PEERAUTH = 27, c"Peer could not be authenticated";
    NOARG = 28, c"Option requires argument";
    AMBIGUOUS = 29, c"Ambiguous option";
    BADTYPE = 30, c"Incorrect type";
    CONNSHUT = 31, c"Connection shutdown";
    INTERNAL = 1000, c"Internal error detected";
}

/// Added to an errno that has no code of its own.
pub const SYSERR: i32 = 0x1000_0000;
/// Added to an error particular to a transport.
pub const TRANERR: i32 = 0x2000_0000;

impl Error {
    pub const fn code(self) -> i32 {
        self.0
    }

    /// The error for a nonzero code from C; zero is no error.
    pub const fn from_code(code: i32) -> Option<Error> {
        if code == 0 { None } else { Some(Error(code)) }
    }

    pub fn from_errno(errno: i32) -> Error {
        use crate::sys::errno as e;
        match errno {
            e::EINTR => Error::INTR,
            e::EINVAL | e::ENAMETOOLONG => Error::INVAL,
            e::ENOMEM => Error::NOMEM,
            e::EACCES | e::EPERM => Error::PERM,
            e::EAGAIN => Error::AGAIN,
            e::EBADF => Error::CLOSED,
            e::ETIMEDOUT | e::ETIME => Error::TIMEDOUT,
            e::ENOENT => Error::NOENT,
            e::EADDRINUSE => Error::ADDRINUSE,
            e::EADDRNOTAVAIL => Error::ADDRINVAL,
            e::ECONNRESET => Error::CONNRESET,
            e::EPIPE => Error::CLOSED,
            e::ECONNREFUSED => Error::CONNREFUSED,
            e::ECONNABORTED => Error::CONNABORTED,
            e::ENOBUFS => Error::NOMEM,
            e::EPROTO => Error::PROTO,
            e::EHOSTUNREACH | e::ENETUNREACH => Error::UNREACHABLE,
            e::EPROTONOSUPPORT | e::ENOPROTOOPT | e::ENOSYS | e::ENOTSUP | e::EAFNOSUPPORT => {
                Error::NOTSUP
            }
            e::EEXIST => Error::EXIST,
            e::EMFILE | e::ENFILE => Error::NOFILES,
            e::ENOSPC | e::EFBIG | e::EDQUOT => Error::NOSPC,
            e::EBUSY => Error::BUSY,
            other => Error(SYSERR + other),
        }
    }
}

impl From<io::Error> for Error {
    fn from(e: io::Error) -> Error {
        match e.raw_os_error() {
            Some(errno) => Error::from_errno(errno),
            None if let Some(own) = e.get_ref().and_then(|e| e.downcast_ref()) => *own,
            None => match e.kind() {
                io::ErrorKind::WouldBlock => Error::AGAIN,
                io::ErrorKind::Interrupted => Error::INTR,
                io::ErrorKind::UnexpectedEof => Error::CONNSHUT,
                io::ErrorKind::InvalidInput => Error::INVAL,
                io::ErrorKind::OutOfMemory => Error::NOMEM,
                _ => Error::INTERNAL,
            },
        }
    }
}

/// For what reports as `io::Result` and has an error of ours to tell.
impl From<Error> for io::Error {
    fn from(e: Error) -> io::Error {
        io::Error::other(e)
    }
}

/// The text for any code, zero included, valid for the life of the process.
pub fn strerror(code: i32) -> &'static std::ffi::CStr {
    if let Some(text) = Error(code).text() {
        return text;
    }
    interned(code)
}

/// Texts of system errors and unknown codes are made once each, so that C may keep the pointer.
fn interned(code: i32) -> &'static std::ffi::CStr {
    use parking_lot::Mutex;
    use std::collections::BTreeMap;
    use std::ffi::{CStr, CString};
    static TEXTS: Mutex<BTreeMap<i32, &'static CStr>> = Mutex::new(BTreeMap::new());
    const KEPT: usize = 1024;
    let mut texts = TEXTS.lock();
    if let Some(text) = texts.get(&code) {
        return text;
    }
    if texts.len() >= KEPT {
        return c"Unknown error";
    }
    let text = if code & TRANERR != 0 && code > 0 {
        format!("Transport error #{}", code & !TRANERR)
    } else if code & SYSERR != 0 && code > 0 {
        crate::sys::errno::text(code & !SYSERR)
    } else {
        format!("Unknown error #{code}")
    };
    let text: &'static CStr = match CString::new(text) {
        Ok(text) => Box::leak(text.into_boxed_c_str()),
        Err(_) => c"Unknown error",
    };
    texts.insert(code, text);
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&strerror(self.0).to_string_lossy())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self, self.0)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::errno as e;

    #[test]
    fn errnos_become_codes() {
        for (errno, error) in [
            (e::EINTR, Error::INTR),
            (e::EACCES, Error::PERM),
            (e::EAFNOSUPPORT, Error::NOTSUP),
            (e::ENAMETOOLONG, Error::INVAL),
            (e::EDQUOT, Error::NOSPC),
            (e::EFBIG, Error::NOSPC),
            (e::ETIME, Error::TIMEDOUT),
            (e::EMFILE, Error::NOFILES),
            (e::EPIPE, Error::CLOSED),
            (e::ECONNRESET, Error::CONNRESET),
        ] {
            assert_eq!(Error::from_errno(errno), error);
            assert_eq!(Error::from(io::Error::from_raw_os_error(errno)), error);
        }
        assert_eq!(Error::from_errno(e::EIO).code(), SYSERR + e::EIO);
        assert_eq!(Error::from_code(0), None);
    }

    #[test]
    fn texts() {
        let text = |code| strerror(code).to_str().unwrap();
        assert_eq!(text(0), "Hunky dory");
        assert_eq!(text(Error::AGAIN.code()), "Try again");
        // Miri has texts of its own.
        if !cfg!(miri) {
            assert_eq!(text(SYSERR + e::EIO), "Input/output error");
        }
        assert_eq!(text(TRANERR + 5), "Transport error #5");
        assert_eq!(text(99), "Unknown error #99");
        assert_eq!(text(-1), "Unknown error #-1");
        // The same place each time, as C programs keep it.
        assert_eq!(strerror(99).as_ptr(), strerror(99).as_ptr());
    }
}
