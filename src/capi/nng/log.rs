//! Logging: what the program says of loggers, and its own messages.
//!
//! The six functions with a variable number of arguments are in `log.c`, which Rust cannot
//! define; the symbols of their names are exported here and jump there.
use crate::base::log::{self, Level};
use crate::sys::syslog;
use parking_lot::RwLock;
use std::ffi::{CStr, CString, c_char, c_int, c_uint};
use std::io::{IsTerminal, Write};
use std::ptr::null;
use std::sync::Arc;
use std::time::SystemTime;

pub type nng_log_level = c_uint;

pub type nng_log_facility = c_uint;

/// What gets messages: level, facility, a short identifier (or NULL) and the text, which are
/// valid during the call. May be called on any thread, on several at a time.
pub type nng_logger =
    Option<unsafe extern "C" fn(nng_log_level, nng_log_facility, *const c_char, *const c_char)>;

/// The logger that was set, for messages that come from C.
static LOGGER: RwLock<nng_logger> = RwLock::new(None);

unsafe extern "C" {
    /// Where the functions in C leave their messages: asked first, with a NULL text, whether
    /// anybody listens. A negative facility is the default.
    static mut nng_log_sink:
        Option<unsafe extern "C" fn(nng_log_level, c_int, *const c_char, *const c_char) -> c_int>;
}

unsafe extern "C" fn sink(
    level: nng_log_level,
    facility: c_int,
    id: *const c_char,
    message: *const c_char,
) -> c_int {
    let level = match level {
        0 => return 0,
        1..=3 => Level::Error,
        4 => Level::Warn,
        5 => Level::Notice,
        6 => Level::Info,
        _ => Level::Debug,
    };
    if !log::enabled(level) || (facility < 0 && log::facility() == 0) {
        return 0;
    }
    let logger = *LOGGER.read();
    if let (false, Some(logger)) = (message.is_null(), logger) {
        let facility = if facility < 0 { log::facility() } else { facility };
        // The program's own identifier: its logger may keep the pointer.
        logger(level as nng_log_level, facility.unsigned_abs(), id, message);
    }
    1
}

/// Sets the facility of messages that have none of their own; `NNG_LOG_USER` at first. With 0
/// they are not logged.
#[unsafe(no_mangle)]
pub extern "C" fn nng_log_set_facility(facility: nng_log_facility) {
    log::set_facility(facility.min(u8::MAX.into()) as u8);
}

/// Sets the most detailed level that is logged; `NNG_LOG_NOTICE` at first.
#[unsafe(no_mangle)]
pub extern "C" fn nng_log_set_level(level: nng_log_level) {
    log::set_level(level);
}

/// The most detailed level that is logged.
#[unsafe(no_mangle)]
pub extern "C" fn nng_log_get_level() -> nng_log_level {
    log::level()
}

/// Sets what gets messages; NULL, as at first, is nobody.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_log_set_logger(logger: nng_logger) {
    *LOGGER.write() = logger;
    nng_log_sink = Some(sink);
    log::set_logger(logger.map(|logger| -> log::Logger {
        Arc::new(move |level, facility, id, message| {
            let message = CString::new(message).unwrap_or_default();
            let id = id.and_then(|id| CString::new(id).ok());
            logger(
                level as nng_log_level,
                facility.unsigned_abs(),
                id.as_ref().map_or(null(), |id| id.as_ptr()),
                message.as_ptr(),
            );
        })
    }));
}

/// A logger that discards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_null_logger(
    _level: nng_log_level,
    _facility: nng_log_facility,
    _id: *const c_char,
    _message: *const c_char,
) {
}

unsafe fn joined(id: *const c_char, message: *const c_char) -> CString {
    let part = |s: *const c_char| if s.is_null() { c"" } else { CStr::from_ptr(s) };
    let (id, message) = (part(id).to_bytes(), part(message).to_bytes());
    let separator: &[u8] = if id.is_empty() { b"" } else { b": " };
    CString::new([id, separator, message].concat()).unwrap_or_default()
}

/// A logger that writes lines to the standard error stream, in colours on a terminal unless
/// `NO_COLOR` or `NNG_LOG_NO_COLOR` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_stderr_logger(
    level: nng_log_level,
    _facility: nng_log_facility,
    id: *const c_char,
    message: *const c_char,
) {
    let (name, colour) = match level {
        3 => ("ERROR", "\x1b[31m"),
        4 => ("WARN", "\x1b[33m"),
        5 => ("NOTICE", "\x1b[1m"),
        6 => ("INFO", ""),
        7 => ("DEBUG", "\x1b[36m"),
        _ => ("NONE", ""),
    };
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let plain = ["NNG_LOG_NO_COLOR", "NO_COLOR"].iter().any(|n| std::env::var_os(n).is_some());
    let colours = !plain && set("TERM") && std::io::stderr().is_terminal() && !colour.is_empty();
    let (colour, end) = if colours { (colour, "\x1b[0m") } else { ("", "") };
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let time = syslog::local_time(now.as_secs() as i64);
    let (time, ms) = (time.to_string_lossy(), now.subsec_millis());
    let line = joined(id, message);
    let line = line.to_string_lossy();
    let line = line.trim_end_matches('\n');
    // Nobody is left to tell if that fails.
    let _ = writeln!(std::io::stderr(), "{colour}[{name:<6}]: {time}.{ms:03}: {line}{end}");
}

/// A logger that writes to the system's log.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_system_logger(
    level: nng_log_level,
    facility: nng_log_facility,
    id: *const c_char,
    message: *const c_char,
) {
    let level = if (3..=7).contains(&level) { level } else { 6 };
    let facility = if facility < 24 { facility } else { 1 };
    syslog::write(level as i32, facility as i32, &joined(id, message));
}

/// Exports a name that jumps to a function in C, as that itself cannot be exported from here.
macro_rules! jump {
    ($($name:ident => $target:ident;)*) => {
        unsafe extern "C" {
            $(fn $target();)*
        }
        $(
            #[unsafe(no_mangle)]
            #[unsafe(naked)]
            pub unsafe extern "C" fn $name() {
                #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
                std::arch::naked_asm!("jmp {}", sym $target);
                #[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
                std::arch::naked_asm!("b {}", sym $target);
                #[cfg(any(target_arch = "riscv64", target_arch = "riscv32"))]
                std::arch::naked_asm!("tail {}", sym $target);
            }
        )*
    };
}

jump! {
    nng_log_err => nng_log_err_c;
    nng_log_warn => nng_log_warn_c;
    nng_log_notice => nng_log_notice_c;
    nng_log_info => nng_log_info_c;
    nng_log_debug => nng_log_debug_c;
    nng_log_auth => nng_log_auth_c;
}
