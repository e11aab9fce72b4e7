//! The system's log.
use std::ffi::{CStr, CString};

/// Writes one line; `level` and `facility` are numbered as in RFC 5424.
pub fn write(level: i32, facility: i32, text: &CStr) {
    // SAFETY: the format takes one string, and gets one.
    unsafe { libc::syslog(level | facility << 3, c"%s".as_ptr(), text.as_ptr()) };
}

/// The local time of day as hours, minutes and seconds.
pub fn local_time(seconds: i64) -> CString {
    let mut text = [0u8; 16];
    // SAFETY: `tm` is plain data that `localtime_r` fills, and `text` is longer than the result.
    unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        libc::localtime_r(&seconds, &mut tm);
        libc::strftime(text.as_mut_ptr().cast(), text.len(), c"%H:%M:%S".as_ptr(), &tm);
    }
    CStr::from_bytes_until_nul(&text).map(CStr::to_owned).unwrap_or_default()
}
