//! Visits: the protocol is called under the lock, what follows is settled and carried out after it.
#![forbid(unsafe_code)]

use super::super::agenda::{self, Job};
use super::super::pipes::{PipeTable, Work};
use super::super::proto::{Cx, Outcome, Pipe, Pipes, Protocol};
use super::super::stream_io;
use super::{Core, Socket, burst};
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::rt::op::Completion;
use crate::rt::{Cancel, OpId, pollers, timer};
use crate::sys::clock;
use crate::sys::sync::MutexGuard;
use std::sync::atomic::Ordering::*;
use std::sync::{Arc, Weak};

/// When what a send queued is to be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flush {
    Now,
    /// Gathered, if the caller is sending in a hot streak.
    Streak,
}

const HOT_NS: u64 = 5_000;

impl Socket {
    /// Calls the protocol with one event.
    pub(super) fn visit<R>(&self, f: impl FnOnce(&mut dyn Protocol, &mut Cx) -> R) -> R {
        self.visit_flushing(Flush::Now, f)
    }

    fn visit_flushing<R>(
        &self,
        flush: Flush,
        f: impl FnOnce(&mut dyn Protocol, &mut Cx) -> R,
    ) -> R {
        let mut core = self.core.lock();
        let Core { proto, table, effects, .. } = &mut *core;
        table.new_visit();
        let r = f(&mut **proto, &mut Cx::new(table, effects));
        self.leave(core, flush);
        r
    }

    /// As `visit_flushing`, unless the socket is closed: nothing may be left with its protocol then.
    pub(super) fn visit_open<R>(
        &self,
        flush: Flush,
        f: impl FnOnce(&mut dyn Protocol, &mut Cx) -> R,
    ) -> Result<R> {
        let mut core = self.core.lock();
        if core.closed {
            return Err(Error::CLOSED);
        }
        let Core { proto, table, effects, .. } = &mut *core;
        table.new_visit();
        let r = f(&mut **proto, &mut Cx::new(table, effects));
        self.leave(core, flush);
        Ok(r)
    }

    /// Settles what follows from the visit, unlocks, and carries the rest out.
    #[inline]
    pub(super) fn leave(&self, mut core: MutexGuard<Core>, flush: Flush) {
        core.settle();
        let loaded = !core.is_quiet() || self.recv_event.is_used() || self.send_event.is_used();
        if loaded {
            self.leave_loaded(core, flush);
        } else {
            drop(core);
        }
        if flush == Flush::Streak && self.has_streams() {
            agenda::sent(self.id, loaded);
        }
    }

    #[inline(never)]
    fn leave_loaded(&self, mut core: MutexGuard<Core>, flush: Flush) {
        // Whoever closes the socket waits until they are buried.
        self.notify.expect(std::mem::take(&mut core.removed));
        if self.recv_event.is_used() {
            self.recv_event.want(core.proto.can_recv());
        }
        if self.send_event.is_used() {
            self.send_event.want(core.proto.can_send());
        }
        if !core.effects.timers.is_empty() {
            self.set_timers(&mut core);
        }
        let kick = core.choose_flushes(self.id, flush);
        let mut work = agenda::take_work();
        std::mem::swap(&mut work, &mut core.table.work);
        let mut done = agenda::take_done();
        std::mem::swap(&mut done, &mut core.effects.done);
        let gone = std::mem::take(&mut core.gone);
        drop(core);

        if kick {
            self.call_catch_up();
        }
        self.hand_over(&mut work);
        agenda::give_work(work);
        for (op, outcome) in done.drain(..) {
            op.finish(completion(outcome));
        }
        agenda::give_done(done);
        self.sync_events();
        for state in gone {
            self.bury(state);
        }
        agenda::run();
    }

    fn hand_over(&self, work: &mut Work) {
        if work.flushes.is_empty() && work.reads.is_empty() && work.stirred.is_empty() {
            return;
        }
        let Some(this) = self.arc() else { return };
        for pipe in work.flushes.drain(..) {
            agenda::add(Job::Flush(this.clone(), pipe));
        }
        for word in work.stirred.drain(..) {
            agenda::add(Job::Tell(word));
        }
        for pipe in work.reads.drain(..) {
            agenda::add(Job::Read(this.clone(), pipe));
        }
    }

    fn sync_events(&self) {
        self.recv_event.sync();
        self.send_event.sync();
    }

    fn set_timers(&self, core: &mut Core) {
        for (key, at) in std::mem::take(&mut core.effects.timers) {
            if let Some(old) = core.timers.remove(&key) {
                timer::stop(old);
            }
            if let Some(at) = at {
                let me: Weak<Socket> = self.me.clone();
                core.timers.insert(key, timer::start(at, me, key));
            }
        }
    }

    pub(super) fn call_catch_up(&self) {
        if !self.called.swap(true, AcqRel)
            && let Some(this) = self.arc()
        {
            pollers::call(this);
        }
    }

    /// Writes what was gathered, and reads where a thread left off.
    pub(in crate::sp) fn catch_up(&self) {
        self.called.store(false, Release);
        let mut core = self.core.lock();
        let PipeTable { staged, left_off, work, .. } = &mut core.table;
        work.flushes.append(staged);
        work.reads.append(left_off);
        self.leave(core, Flush::Now);
    }

    /// Has the polling thread go on with a read.
    pub(in crate::sp) fn read_later(&self, pipe: Pipe) {
        self.core.lock().table.left_off.push(pipe);
        self.call_catch_up();
    }
}

impl Core {
    /// Goes on until nothing follows from what happened any more.
    #[inline]
    pub(super) fn settle(&mut self) {
        if self.table.has_follow_ups() || self.burst.is_busy() {
            self.settle_all();
        }
    }

    fn settle_all(&mut self) {
        if self.burst.is_busy() && self.proto.relieved() {
            let Core { burst, table, .. } = self;
            burst.relieved(|| table.now());
            self.take_up();
        }
        loop {
            if let Some(pipe) = self.table.next_resumed() {
                self.pump(pipe);
            } else if let Some(pipe) = self.table.closing.pop() {
                self.remove(pipe);
            } else if self.table.has_late()
                && !self.proto.can_recv()
                && let Some(pipe) = self.table.next_late()
            {
                self.pump(pipe);
            } else {
                break;
            }
        }
        if self.burst.is_busy() && !self.proto.can_recv() {
            self.burst.caught_up();
        }
    }

    /// Goes on with a burst where there is room, or with all of it when that took too long.
    fn look_after_burst(&mut self) {
        let now = self.table.now();
        match self.burst.look(now) {
            Some(at) => self.effects.timers.push((burst::TIMER, Some(at))),
            None => self.take_up(),
        }
    }

    /// Whether nothing is left to be done.
    fn is_quiet(&self) -> bool {
        self.effects.done.is_empty()
            && self.effects.timers.is_empty()
            && self.gone.is_empty()
            && self.removed == 0
            && !self.table.has_work()
    }

    /// Decides which pipes are written to now; returns whether the polling thread is to come.
    fn choose_flushes(&mut self, socket: u32, flush: Flush) -> bool {
        self.table.collect_flushes();
        let kick = self.stage(socket, flush);
        if !self.table.work.flushes.is_empty() {
            self.table.close_common();
        }
        kick
    }

    /// Leaves what may wait to the polling thread.
    fn stage(&mut self, socket: u32, flush: Flush) -> bool {
        if flush == Flush::Now || self.table.work.flushes.is_empty() {
            return false;
        }
        let mut hot = None;
        let mut kick = false;
        let mut chosen = std::mem::take(&mut self.table.work.flushes);
        // Queueing for many pipes takes its time too.
        let hot_ns = HOT_NS + 500 * self.table.times_written() as u64;
        chosen.retain(|&pipe| {
            let Some(io) = self.table.stream(pipe) else { return false };
            let queued = io.queued();
            if io.goes_anyway(queued) {
                return false;
            }
            if queued >= stream_io::FLUSH_AT {
                return true;
            }
            if *hot.get_or_insert_with(|| agenda::in_streak(socket, clock::now_ns(), hot_ns)) {
                io.kicked = true;
                kick = true;
                self.table.staged.push(pipe);
                return false;
            }
            true
        });
        self.table.work.flushes = chosen;
        kick
    }
}

fn completion(outcome: Outcome) -> Completion {
    match outcome {
        Outcome::Sent => Completion::default(),
        Outcome::Received(msg) => received(msg),
        Outcome::Failed(why, msg) => Completion { error: Some(why), msg, ..Completion::default() },
    }
}

pub(super) fn received(msg: Message) -> Completion {
    Completion { count: Some(msg.len()), msg: Some(msg), ..Completion::default() }
}

pub(super) fn failure(why: Error, msg: Message) -> Completion {
    Completion { error: Some(why), msg: Some(msg), ..Completion::default() }
}

impl Cancel for Socket {
    fn cancel(&self, id: OpId, why: Error) {
        self.visit(|proto, cx| proto.cancel(cx, id, why));
    }
}

impl timer::Fire for Socket {
    fn fire(self: Arc<Self>, key: u64) {
        let mut core = self.core.lock();
        core.timers.remove(&key);
        core.table.new_visit();
        if key == burst::TIMER {
            core.look_after_burst();
        } else {
            let Core { proto, table, effects, .. } = &mut *core;
            proto.timer(&mut Cx::new(table, effects), key);
        }
        self.leave(core, Flush::Now);
    }
}

impl pollers::Call for Socket {
    fn call(self: Arc<Self>) {
        self.catch_up();
    }
}
