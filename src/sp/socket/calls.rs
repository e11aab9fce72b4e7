//! Sending and receiving, by callers that wait and by aios.
#![forbid(unsafe_code)]

use super::super::agenda;
use super::super::proto::CtxId;
use super::Socket;
use super::visits::{Flush, failure, received};
use crate::base::{Error, Result, log};
use crate::msg::Message;
use crate::rt::aio::Timeout;
use crate::rt::driver::{self, Driven};
use crate::rt::op::Completion;
use crate::rt::{Aio, Op, Parked, caller};
use crate::sys::sync::Instant;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering::*};
use std::time::Duration;

impl Socket {
    /// Sends, waiting until the protocol takes the message if `wait` allows; the message comes
    /// back with an error.
    pub fn send(&self, ctx: CtxId, msg: Message, wait: Wait) -> Result<(), (Error, Message)> {
        let mut msg = Some(msg);
        let tried = self.visit_open(Flush::Streak, |proto, cx| {
            let Some(msg) = msg.take() else { return Ok(None) };
            match proto.send(cx, ctx, msg) {
                Ok(()) => Ok(None),
                Err((Error::AGAIN, msg)) if matches!(wait, Wait::Until(_)) => match self.park() {
                    Ok((own, parked)) => {
                        proto.park_send(cx, ctx, parked, msg);
                        Ok(Some(own))
                    }
                    Err(why) => Err((why, msg)),
                },
                Err((why, msg)) => Err((wait.translate(why), msg)),
            }
        });
        match tried {
            Ok(Ok(None)) => Ok(()),
            Ok(Ok(Some(own))) => match self.wait_for(own, wait) {
                (None, _) => Ok(()),
                (Some(why), msg) => Err((why, msg.unwrap_or_default())),
            },
            Ok(Err(refusal)) => Err(refusal),
            // Not even tried: the socket is closed.
            Err(why) => Err((why, msg.unwrap_or_default())),
        }
    }

    /// Receives, waiting for a message if `wait` allows.
    pub fn recv(&self, ctx: CtxId, wait: Wait) -> Result<Message> {
        if self.has_streams() {
            agenda::forget_streak();
        }
        if matches!(wait, Wait::Until(_))
            && let Some(driven) = self.driven.get()
            && driven.looks_ahead()
        {
            let (tried, looked) = self.recv_looking(ctx)?;
            match tried {
                Ok(_) if !looked => driven.served(),
                Ok(_) => driven.looked_ahead(true),
                // Nor where there was nothing to look at: the next visit would be another in vain.
                Err(Error::AGAIN) => driven.looked_ahead(false),
                Err(_) => {}
            }
            if !matches!(tried, Err(Error::AGAIN)) {
                return tried;
            }
        }
        let tried = self.visit_open(Flush::Now, |proto, cx| match proto.recv(cx, ctx) {
            Ok(msg) => Ok(Ok(msg)),
            Err(Error::AGAIN) if matches!(wait, Wait::Until(_)) => {
                let (own, parked) = self.park()?;
                proto.park_recv(cx, ctx, parked);
                Ok(Err(own))
            }
            Err(why) => Err(wait.translate(why)),
        });
        match tried? {
            Ok(Ok(msg)) => {
                if let (Some(driven), Wait::Until(_)) = (self.driven.get(), wait) {
                    driven.served();
                }
                Ok(msg)
            }
            Ok(Err(own)) => match self.wait_for(own, wait) {
                (None, Some(msg)) => Ok(msg),
                (None, None) => Err(Error::INTERNAL),
                (Some(why), _) => Err(why),
            },
            // Whoever does not wait must not depend on when the polling thread comes.
            Err(Error::AGAIN | Error::TIMEDOUT)
                if matches!(wait, Wait::No | Wait::Zero)
                    && self.driven.get().is_some_and(|driven| driven.glance()) =>
            {
                self.visit_open(Flush::Now, |proto, cx| {
                    proto.recv(cx, ctx).map_err(|why| wait.translate(why))
                })?
            }
            Err(why) => Err(why),
        }
    }

    /// Parks the caller's own operation; under the lock.
    fn park(&self) -> Result<(Own, Parked)> {
        let this = self.open_arc().ok_or(Error::CLOSED)?;
        let aio = caller::take();
        let op = aio.begin(Timeout::Infinite)?;
        let seq = op.id().seq();
        match op.park(this) {
            Ok(parked) => Ok((Own { aio, seq }, parked)),
            Err((op, why)) => {
                op.fail(why);
                Err(why)
            }
        }
    }

    fn wait_for(&self, own: Own, wait: Wait) -> (Option<Error>, Option<Message>) {
        self.wait(&own.aio, own.seq, wait);
        let outcome = own.aio.take_outcome();
        caller::give(own.aio);
        outcome
    }

    pub(super) fn wait(&self, aio: &Arc<Aio>, seq: u64, wait: Wait) {
        if aio.has_ended(seq) {
            return;
        }
        if self.called.load(Acquire) {
            self.catch_up();
        }
        let deadline = match wait {
            Wait::Until(deadline) => deadline,
            _ => None,
        };
        match self.drive_with() {
            Some(driven) => driven.wait(aio, seq, deadline),
            None => {
                if !self.spin_attending(|attend| driver::spin_elsewhere(aio, seq, attend)) {
                    driver::sleep_elsewhere(aio, seq, deadline);
                }
            }
        }
        if !aio.has_ended(seq) {
            aio.abort(Error::TIMEDOUT);
            driver::sleep_elsewhere(aio, seq, None);
        }
        agenda::forget_streak();
    }

    /// The socket's own poll set, made when a caller first waits for a stream.
    fn drive_with(&self) -> Option<&Arc<Driven>> {
        if !self.has_streams() {
            return None;
        }
        if let Some(driven) = self.driven.get() {
            return Some(driven);
        }
        // Without descriptors for it the polling thread goes on.
        let fresh = Driven::new().ok()?;
        if self.driven.set(fresh).is_ok() {
            let driven = self.driven.get()?;
            let (all, counted_on) = {
                let core = self.core.lock();
                (core.table.all(), self.counted_on.load(Relaxed))
            };
            for pipe in all {
                if let Err(why) = self.register(pipe, driven.set()) {
                    log::error("NNG-POLL", format_args!("cannot watch a pipe: {why}"));
                    self.remove_pipe(pipe);
                }
            }
            if counted_on {
                self.needs_polling();
            }
        }
        self.driven.get()
    }

    /// Others count on the polling thread from now on.
    pub(in crate::sp) fn needs_polling(&self) {
        if !self.counted_on.load(Relaxed) {
            self.counted_on.store(true, Relaxed);
            // Whoever makes the socket's own set at this moment sees that, or is seen below.
            drop(self.core.lock());
        }
        if let Some(driven) = self.driven.get() {
            self.hold.get_or_init(|| driven.hold());
        }
    }

    /// Sends a message, which goes back to the aio if that fails.
    pub fn send_aio(&self, ctx: CtxId, aio: &Arc<Aio>, msg: Option<Message>, default: Timeout) {
        let (op, msg) = match (aio.begin(default), msg) {
            (Ok(op), None) => return op.fail(Error::INVAL),
            (Ok(op), Some(msg)) => (op, msg),
            (Err(_), msg) => return aio.keep_msg(msg),
        };
        aio.set_count(msg.len());
        let mut taken = Some((op, msg));
        let ended = self.visit_open(Flush::Streak, |proto, cx| {
            let (op, msg) = taken.take()?;
            match proto.send(cx, ctx, msg) {
                Ok(()) => Some((op, Completion::default())),
                Err((Error::AGAIN, msg)) => match self.park_op(op) {
                    Ok(op) => {
                        proto.park_send(cx, ctx, op, msg);
                        None
                    }
                    Err((op, why)) => Some((op, failure(why, msg))),
                },
                Err((why, msg)) => Some((op, failure(why, msg))),
            }
        });
        match (ended, taken) {
            (Err(why), Some((op, msg))) => op.finish(failure(why, msg)),
            (Ok(Some((op, done))), _) => op.finish(done),
            _ => self.needs_polling(),
        }
    }

    /// Receives into the aio.
    pub fn recv_aio(&self, ctx: CtxId, aio: &Arc<Aio>, default: Timeout) {
        let Ok(op) = aio.begin(default) else { return };
        let mut taken = Some(op);
        let ended = self.visit_open(Flush::Now, |proto, cx| {
            let op = taken.take()?;
            match proto.recv(cx, ctx) {
                Ok(msg) => Some((op, received(msg))),
                Err(Error::AGAIN) => match self.park_op(op) {
                    Ok(op) => {
                        proto.park_recv(cx, ctx, op);
                        None
                    }
                    Err((op, why)) => Some((op, Completion::error(why))),
                },
                Err(why) => Some((op, Completion::error(why))),
            }
        });
        match (ended, taken) {
            (Err(why), Some(op)) => op.fail(why),
            (Ok(Some((op, done))), _) => op.finish(done),
            _ => self.needs_polling(),
        }
    }

    fn park_op(&self, op: Op) -> Result<Parked, (Op, Error)> {
        match self.open_arc() {
            Some(this) => op.park(this),
            None => Err((op, Error::CLOSED)),
        }
    }
}

/// The calling thread's own operation.
struct Own {
    aio: Arc<Aio>,
    seq: u64,
}

/// A timeout that is set while others look: infinite at first.
pub struct TimeLimit(AtomicI32);

impl Default for TimeLimit {
    fn default() -> TimeLimit {
        TimeLimit(AtomicI32::new(-1))
    }
}

impl TimeLimit {
    pub fn set(&self, timeout: Timeout) {
        let ms = match timeout {
            Timeout::Ms(ms) => i32::try_from(ms).unwrap_or(i32::MAX),
            Timeout::Default => -2,
            Timeout::Infinite => -1,
        };
        self.0.store(ms, Relaxed);
    }

    pub fn get(&self) -> Timeout {
        Timeout::from_ms(self.0.load(Relaxed))
    }
}

/// How long a call may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all; the caller asked for that.
    No,
    /// Not at all, because its timeout is zero.
    Zero,
    Until(Option<Instant>),
}

impl Wait {
    #[inline]
    pub fn for_timeout(timeout: Timeout) -> Wait {
        match timeout {
            Timeout::Default | Timeout::Infinite => Wait::Until(None),
            Timeout::Ms(0) => Wait::Zero,
            Timeout::Ms(ms) => Wait::up_to(Duration::from_millis(ms.into())),
        }
    }

    fn up_to(left: Duration) -> Wait {
        Wait::Until(Some(Instant::now() + left))
    }

    fn translate(self, why: Error) -> Error {
        match (self, why) {
            (Wait::Zero, Error::AGAIN) => Error::TIMEDOUT,
            (_, why) => why,
        }
    }
}
