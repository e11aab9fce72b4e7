//! Word from the other ends of lanes, left for a thread that waits at this socket anyway.
//!
//! A thread that spins at its socket for its operation looks for notes meanwhile, so that the
//! thread at the other end need not do this socket's work. When it stops spinning it looks once
//! more: whoever leaves a note afterwards sees that nobody spins, and carries it out.
#![forbid(unsafe_code)]

use super::super::proto::Pipe;
use super::Socket;
use super::visits::Flush;
use crate::sys::sync::Mutex;
use crate::sys::sync::atomic::{AtomicBool, AtomicU32, Ordering::*};

#[derive(Default)]
pub(super) struct Notes {
    stirred: Mutex<Vec<Pipe>>,
    any: AtomicBool,
    spinners: AtomicU32,
}

impl Socket {
    /// Something has changed in a pipe's lanes, that `can_wait` for a thread which spins, though
    /// such a thread may be kept from running for a while.
    pub(super) fn lane_stirred(&self, pipe: Pipe, can_wait: bool) {
        if !can_wait || self.notes.spinners.load(Relaxed) == 0 {
            return self.attend_to(&[pipe]);
        }
        self.notes.stirred.lock().push(pipe);
        self.notes.any.store(true, SeqCst);
        if self.notes.spinners.load(SeqCst) == 0 {
            self.attend();
        }
    }

    /// Calls `f`, which spins and calls the closure it is given every time around.
    pub(super) fn spin_attending<R>(&self, f: impl FnOnce(&dyn Fn()) -> R) -> R {
        self.notes.spinners.fetch_add(1, SeqCst);
        let r = f(&|| {
            if self.notes.any.load(Relaxed) {
                self.attend();
            }
        });
        self.notes.spinners.fetch_sub(1, SeqCst);
        if self.notes.any.load(SeqCst) {
            self.attend();
        }
        r
    }

    fn attend(&self) {
        if !self.notes.any.swap(false, SeqCst) {
            return;
        }
        let pipes = std::mem::take(&mut *self.notes.stirred.lock());
        self.attend_to(&pipes);
    }

    fn attend_to(&self, pipes: &[Pipe]) {
        let mut core = self.core.lock();
        core.table.new_visit();
        for &pipe in pipes {
            core.tell_writable(pipe);
            core.pump(pipe);
        }
        self.leave(core, Flush::Now);
    }
}
