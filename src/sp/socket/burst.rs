//! Bursts that a queue has no room for: they wait in their pipes, for a moment at most.
//!
//! A protocol that drops what it has no room for (SUB) would lose most of a burst, though its
//! receiver is about to take it. While the queue is crowded its pipes are set aside, and taken
//! up again as soon as there is room. If that does not come within `PATIENCE_MS`, everything is
//! read and dropped as the protocol says, until a receiver is there again.
#![forbid(unsafe_code)]

use super::super::proto::Pipe;

/// The key of the socket's own timer, beside those of its protocol.
pub const TIMER: u64 = u64::MAX;

const PATIENCE_MS: u64 = 5;

#[derive(Default)]
pub struct Burst {
    aside: Vec<Pipe>,
    since: u64,
    alarmed: bool,
    /// Nobody received in time: nothing waits.
    over: bool,
}

impl Burst {
    /// Whether a crowded queue is waited for.
    pub fn waits(&self) -> bool {
        !self.over
    }

    /// Notes a pipe down; returns when to look again, if that is news.
    pub fn add(&mut self, pipe: Pipe, now: u64) -> Option<u64> {
        if self.aside.is_empty() {
            self.since = now;
        }
        self.aside.push(pipe);
        if std::mem::replace(&mut self.alarmed, true) { None } else { Some(now + PATIENCE_MS) }
    }

    pub fn is_busy(&self) -> bool {
        self.over || !self.aside.is_empty()
    }

    pub fn pop(&mut self) -> Option<Pipe> {
        self.aside.pop()
    }

    /// There is room again.
    pub fn relieve(&mut self) {
        self.over = false;
    }

    /// The timer fired: returns when it is to fire again, unless patience is at its end.
    pub fn look(&mut self, now: u64) -> Option<u64> {
        self.alarmed = false;
        if self.aside.is_empty() {
            return None;
        }
        let end = self.since + PATIENCE_MS;
        if now < end {
            self.alarmed = true;
            return Some(end);
        }
        self.over = true;
        None
    }
}
