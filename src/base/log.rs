//! Log messages: a level, and a logger that the program chooses.
#![forbid(unsafe_code)]

use parking_lot::RwLock;
use std::fmt::Arguments;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering::Relaxed};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    None = 0,
    Error = 3,
    Warn = 4,
    Notice = 5,
    Info = 6,
    Debug = 7,
}

/// Gets level, facility, message id and text.
pub type Logger = Arc<dyn Fn(Level, i32, Option<&str>, &str) + Send + Sync>;

static LEVEL: AtomicU32 = AtomicU32::new(Level::Notice as u32);
static FACILITY: AtomicU8 = AtomicU8::new(1);
static LOGGER: RwLock<Option<Logger>> = RwLock::new(None);

/// As the program gives it, which may be beyond the last of the levels.
pub fn set_level(level: u32) {
    LEVEL.store(level, Relaxed);
}

pub fn level() -> u32 {
    LEVEL.load(Relaxed)
}

/// With 0, messages that have no facility of their own go nowhere.
pub fn set_facility(facility: u8) {
    FACILITY.store(facility, Relaxed);
}

/// Without a logger, messages go nowhere.
pub fn set_logger(logger: Option<Logger>) {
    let old = std::mem::replace(&mut *LOGGER.write(), logger);
    drop(old);
}

/// Whether a message of this level would be seen.
pub fn enabled(level: Level) -> bool {
    level as u32 <= LEVEL.load(Relaxed) && LOGGER.read().is_some()
}

pub fn write(level: Level, facility: i32, id: Option<&str>, text: &str) {
    if level as u32 > LEVEL.load(Relaxed) {
        return;
    }
    let logger = LOGGER.read().clone();
    if let Some(logger) = logger {
        logger(level, facility, id, text);
    }
}

fn log(level: Level, id: &str, text: Arguments) {
    if enabled(level) && FACILITY.load(Relaxed) != 0 {
        write(level, FACILITY.load(Relaxed).into(), Some(id), &text.to_string());
    }
}

/// The facility that messages without one of their own have.
pub fn facility() -> i32 {
    FACILITY.load(Relaxed).into()
}

pub fn error(id: &str, text: Arguments) {
    log(Level::Error, id, text);
}

pub fn warn(id: &str, text: Arguments) {
    log(Level::Warn, id, text);
}

pub fn notice(id: &str, text: Arguments) {
    log(Level::Notice, id, text);
}

pub fn info(id: &str, text: Arguments) {
    log(Level::Info, id, text);
}

pub fn debug(id: &str, text: Arguments) {
    log(Level::Debug, id, text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;

    // One test, as the logger is one for the process; other tests' messages are passed over.
    #[test]
    fn a_logger_gets_what_its_level_lets_through() {
        static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
        set_logger(Some(Arc::new(|level, facility, id, text| {
            if id == Some("LOG-TEST") {
                SEEN.lock().push(format!("{level:?} {facility} {text}"));
            }
        })));
        assert_eq!(level(), Level::Notice as u32);
        assert!(enabled(Level::Warn) && !enabled(Level::Info));
        error("LOG-TEST", format_args!("a"));
        info("LOG-TEST", format_args!("b"));
        notice("LOG-TEST", format_args!("{}", 3));
        set_level(Level::Debug as u32);
        debug("LOG-TEST", format_args!("d"));
        write(Level::Info, 4, Some("LOG-TEST"), "e");
        set_level(Level::None as u32);
        error("LOG-TEST", format_args!("f"));
        set_level(Level::Notice as u32);
        set_logger(None);
        assert!(!enabled(Level::Error));
        warn("LOG-TEST", format_args!("g"));
        assert_eq!(*SEEN.lock(), ["Error 1 a", "Notice 1 3", "Debug 1 d", "Info 4 e"]);
    }
}
