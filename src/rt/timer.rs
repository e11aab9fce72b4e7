//! Timers: one ordered set, fired by the polling threads.
//!
//! Nothing is called with the lock held, and what fires must not block.
#![forbid(unsafe_code)]

use super::pollers;
use crate::sys::clock;
use crate::sys::sync::{Mutex, statics};
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

/// Names a started timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerId {
    at: u64,
    serial: u64,
}

/// What a timer calls, with the key it was started with.
pub trait Fire: Send + Sync {
    fn fire(self: Arc<Self>, key: u64);
}

struct Timers {
    due: BTreeMap<TimerId, (Weak<dyn Fire>, u64)>,
    serial: u64,
}

statics! {
    static TIMERS: Mutex<Timers> = Mutex::new(Timers { due: BTreeMap::new(), serial: 0 });
}

/// Calls `target.fire(key)` at `at` (monotonic milliseconds) or soon after, if it still exists.
pub fn start(at: u64, target: Weak<dyn Fire>, key: u64) -> TimerId {
    let (id, first) = {
        let mut timers = TIMERS.lock();
        timers.serial += 1;
        let id = TimerId { at, serial: timers.serial };
        timers.due.insert(id, (target, key));
        (id, timers.due.first_key_value().is_some_and(|(first, _)| *first == id))
    };
    if first {
        pollers::wake_before(at);
    }
    id
}

/// Stops a timer; one that fires at this moment may still call.
pub fn stop(id: TimerId) {
    TIMERS.lock().due.remove(&id);
}

/// Gives memory back that an empty set keeps.
pub(super) fn shut_down() {
    let mut timers = TIMERS.lock();
    if timers.due.is_empty() {
        timers.due = BTreeMap::new();
    }
}

/// Whether somebody counts on a timer. Those that nobody does are forgotten: no thread may come
/// for them, and a later one behind them would wait too.
pub(super) fn in_use() -> bool {
    let mut timers = TIMERS.lock();
    timers.due.retain(|_, (target, _)| target.strong_count() > 0);
    !timers.due.is_empty()
}

/// When the first timer is due.
pub(super) fn next() -> Option<u64> {
    TIMERS.lock().due.first_key_value().map(|(id, _)| id.at)
}

/// Fires what is due.
pub(super) fn fire_due() {
    let now = clock::now_ms();
    loop {
        let (target, key) = {
            let mut timers = TIMERS.lock();
            match timers.due.first_entry() {
                Some(first) if first.key().at <= now => first.remove(),
                _ => return,
            }
        };
        if let Some(target) = target.upgrade() {
            target.fire(key);
        }
    }
}
