//! A descriptor that mirrors a condition of a socket: `NNG_OPT_RECVFD`, `NNG_OPT_SENDFD`.
//!
//! The condition is noted under the socket's lock and carried to the descriptor after it; the
//! last to note it carries it last, so the descriptor never stays behind.
#![forbid(unsafe_code)]

use crate::base::Result;
use crate::sys::event::Event;
use crate::sys::sync::atomic::{AtomicBool, Ordering::*};
use crate::sys::sync::{Mutex, OnceLock};
use std::os::fd::{AsRawFd, RawFd};

#[derive(Default)]
pub struct Pollable {
    event: OnceLock<Event>,
    wanted: AtomicBool,
    raised: Mutex<bool>,
}

impl Pollable {
    pub fn is_used(&self) -> bool {
        self.event.get().is_some()
    }

    /// The descriptor, made on first use; it lives as long as the socket.
    pub fn fd(&self) -> Result<RawFd> {
        if let Some(event) = self.event.get() {
            return Ok(event.as_raw_fd());
        }
        let event = Event::new()?;
        Ok(self.event.get_or_init(|| event).as_raw_fd())
    }

    /// Notes the condition; under the socket's lock.
    pub fn want(&self, raised: bool) {
        self.wanted.store(raised, SeqCst);
    }

    /// Makes the descriptor agree with what was noted last.
    pub fn sync(&self) {
        let Some(event) = self.event.get() else { return };
        // Whoever noted the condition last comes here last, or finds it done.
        let mut raised = self.raised.lock();
        let wanted = self.wanted.load(SeqCst);
        if *raised != wanted {
            if wanted {
                event.raise();
            } else {
                event.clear();
            }
            *raised = wanted;
        }
    }
}
