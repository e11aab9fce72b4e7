//! Log messages: a level, and a logger that the program chooses.
#![forbid(unsafe_code)]

use parking_lot::RwLock;
use std::fmt::Arguments;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

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

static LEVEL: AtomicU8 = AtomicU8::new(Level::Notice as u8);
static FACILITY: AtomicU8 = AtomicU8::new(1);
static LOGGER: RwLock<Option<Logger>> = RwLock::new(None);

pub fn set_level(level: u8) {
    LEVEL.store(level, Relaxed);
}

pub fn level() -> u8 {
    LEVEL.load(Relaxed)
}

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
    level as u8 <= LEVEL.load(Relaxed) && LOGGER.read().is_some()
}

pub fn write(level: Level, facility: i32, id: Option<&str>, text: &str) {
    if level as u8 > LEVEL.load(Relaxed) {
        return;
    }
    let logger = LOGGER.read().clone();
    if let Some(logger) = logger {
        logger(level, facility, id, text);
    }
}

fn log(level: Level, id: &str, text: Arguments) {
    if enabled(level) {
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
