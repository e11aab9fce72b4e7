//! Bursts that a queue has no room for: they wait in their pipes, for a moment at most.
//!
//! A protocol that drops what it has no room for (SUB) would lose most of a burst, though its
//! receiver is about to take it. While the queue is crowded its pipes are set aside, and taken
//! up again as soon as there is room. If that does not come within `PATIENCE_MS`, or the
//! receiver stays behind for `LAG_MS`, everything that is there is read, and dropped as the
//! protocol says: a receiver that is too slow sees what is new, not what has queued up.
#![forbid(unsafe_code)]

use super::super::proto::Pipe;

/// The key of the socket's own timer, beside those of its protocol.
pub const TIMER: u64 = u64::MAX;

const PATIENCE_MS: u64 = 20;
const LAG_MS: u64 = 200;
/// How long everything is read at least, once patience has ended.
const SWEEP_MS: u64 = 5;

#[derive(Default)]
pub struct Burst {
    aside: Vec<Pipe>,
    /// Since when there have been pipes aside.
    since: u64,
    /// Since when the receiver has not caught up.
    behind: Option<u64>,
    alarmed: bool,
    /// Nothing waits until then, and until there is room.
    sweeping: Option<u64>,
}

impl Burst {
    /// Whether a crowded queue is waited for.
    pub fn waits(&self) -> bool {
        self.sweeping.is_none()
    }

    pub fn is_sweeping(&self) -> bool {
        self.sweeping.is_some()
    }

    /// Whether there is something to go on with once there is room.
    pub fn is_busy(&self) -> bool {
        self.behind.is_some() || self.sweeping.is_some()
    }

    /// Notes a pipe down; returns when to look again, if that is news.
    pub fn add(&mut self, pipe: Pipe, now: u64) -> Option<u64> {
        if self.aside.is_empty() {
            self.since = now;
        }
        self.aside.push(pipe);
        self.behind.get_or_insert(now);
        if std::mem::replace(&mut self.alarmed, true) { None } else { Some(now + PATIENCE_MS) }
    }

    pub fn pop(&mut self) -> Option<Pipe> {
        self.aside.pop()
    }

    /// Nothing is left that the receiver has not taken.
    pub fn caught_up(&mut self) {
        if self.aside.is_empty() {
            self.behind = None;
        }
    }

    /// There is room again.
    pub fn relieved(&mut self, now: impl FnOnce() -> u64) {
        if self.sweeping.is_some_and(|until| now() >= until) {
            self.sweeping = None;
        }
    }

    /// The timer fired: returns when it is to fire again, unless patience is at its end.
    pub fn look(&mut self, now: u64) -> Option<u64> {
        self.alarmed = false;
        let lag = self.behind? + LAG_MS;
        let end = if self.aside.is_empty() { lag } else { lag.min(self.since + PATIENCE_MS) };
        if now < end {
            self.alarmed = true;
            return Some(end);
        }
        self.behind = None;
        self.sweeping = Some(now + SWEEP_MS);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPE: Pipe = Pipe { slot: 0, id: 1 };

    #[test]
    fn nobody_receives() {
        let mut burst = Burst::default();
        assert_eq!(burst.add(PIPE, 1000), Some(1000 + PATIENCE_MS));
        assert_eq!(burst.look(1000 + PATIENCE_MS - 1), Some(1000 + PATIENCE_MS));
        assert!(burst.waits());
        assert_eq!(burst.look(1000 + PATIENCE_MS), None);
        assert!(!burst.waits() && burst.pop() == Some(PIPE));
        // Room comes too early for the sweep to be through.
        burst.relieved(|| 1000 + PATIENCE_MS + SWEEP_MS - 1);
        assert!(!burst.waits());
        burst.relieved(|| 1000 + PATIENCE_MS + SWEEP_MS);
        assert!(burst.waits() && !burst.is_busy());
    }

    #[test]
    fn the_receiver_stays_behind() {
        let mut burst = Burst::default();
        let mut alarm = burst.add(PIPE, 0);
        for now in 1..LAG_MS {
            // It makes room all the time, and never catches up.
            burst.pop();
            assert_eq!(burst.add(PIPE, now), None);
            if alarm == Some(now) {
                alarm = burst.look(now);
                assert!(alarm.is_some_and(|at| at > now && at <= LAG_MS));
            }
        }
        assert_eq!(alarm, Some(LAG_MS));
        assert_eq!(burst.look(LAG_MS), None);
        assert!(!burst.waits());
    }

    #[test]
    fn the_receiver_catches_up() {
        let mut burst = Burst::default();
        let alarm = burst.add(PIPE, 0).unwrap();
        burst.pop();
        burst.caught_up();
        assert_eq!(burst.look(alarm), None);
        assert!(burst.waits() && !burst.is_busy());
        assert_eq!(burst.add(PIPE, LAG_MS), Some(LAG_MS + PATIENCE_MS));
    }
}
