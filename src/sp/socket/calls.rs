//! Sending and receiving, by callers that wait and by aios.
#![forbid(unsafe_code)]

use super::super::agenda;
use super::super::proto::CtxId;
use super::Socket;
use super::visits::{Flush, failure, received};
use crate::base::{Error, Result, log};
use crate::msg::Message;
use crate::rt::aio::{self, Timeout};
use crate::rt::driver::{self, Driven};
use crate::rt::op::Completion;
use crate::rt::{Aio, Op, Parked, caller};
use crate::sys::sync::Instant;
use std::sync::Arc;
use std::sync::atomic::Ordering::*;
use std::time::Duration;

impl Socket {
    /// Sends, waiting until the protocol takes the message if `wait` allows; the message comes
    /// back with an error.
    pub fn send(&self, ctx: CtxId, msg: Message, wait: Wait) -> Result<(), (Error, Message)> {
        let mut msg = Some(msg);
        let mut refused = None;
        let started = caller::with(|aio| {
            let visited = self.visit_open(Flush::Streak, |proto, cx| {
                let (why, msg) = match proto.send(cx, ctx, msg.take()?) {
                    Ok(()) => return None,
                    Err(refusal) => refusal,
                };
                match (why, wait) {
                    (Error::AGAIN, Wait::Until(_)) => match self.park(aio) {
                        Ok((parked, seq)) => {
                            proto.park_send(cx, ctx, parked, msg);
                            Some(seq)
                        }
                        Err(why) => {
                            refused = Some((why, msg));
                            None
                        }
                    },
                    _ => {
                        refused = Some((wait.translate(why), msg));
                        None
                    }
                }
            });
            let seq = visited.ok()??;
            self.wait(aio, seq, wait);
            Some(aio.take_outcome())
        });
        // Not even tried: the socket is closed.
        if let Some(msg) = msg {
            return Err((Error::CLOSED, msg));
        }
        match (refused, started) {
            (Some(refusal), _) => Err(refusal),
            (None, Some((Some(why), msg))) => Err((why, msg.unwrap_or_default())),
            _ => Ok(()),
        }
    }

    /// Receives, waiting for a message if `wait` allows.
    pub fn recv(&self, ctx: CtxId, wait: Wait) -> Result<Message> {
        agenda::forget_streak();
        caller::with(|aio| {
            let tried = self.visit_open(Flush::Now, |proto, cx| match proto.recv(cx, ctx) {
                Err(Error::AGAIN) if matches!(wait, Wait::Until(_)) => {
                    let (parked, seq) = self.park(aio)?;
                    proto.park_recv(cx, ctx, parked);
                    Ok(Err(seq))
                }
                Err(why) => Err(wait.translate(why)),
                Ok(msg) => Ok(Ok(msg)),
            });
            // Whoever does not wait must not depend on when the polling thread comes.
            if matches!(tried, Ok(Err(Error::AGAIN | Error::TIMEDOUT)))
                && matches!(wait, Wait::No | Wait::Zero)
                && self.driven.get().is_some_and(|driven| driven.glance())
            {
                return self.visit_open(Flush::Now, |proto, cx| {
                    proto.recv(cx, ctx).map_err(|why| wait.translate(why))
                })?;
            }
            match tried?? {
                Ok(msg) => Ok(msg),
                Err(seq) => {
                    self.wait(aio, seq, wait);
                    match aio.take_outcome() {
                        (None, Some(msg)) => Ok(msg),
                        (None, None) => Err(Error::INTERNAL),
                        (Some(why), _) => Err(why),
                    }
                }
            }
        })
    }

    /// Parks the caller's own operation; under the lock.
    fn park(&self, aio: &Arc<Aio>) -> Result<(Parked, u64)> {
        let this = self.open_arc().ok_or(Error::CLOSED)?;
        let op = aio.begin(Timeout::Infinite)?;
        let seq = aio.seq();
        match op.park(this) {
            Ok(parked) => Ok((parked, seq)),
            Err((op, why)) => {
                op.fail(why);
                Err(why)
            }
        }
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
            None => driver::wait_elsewhere(aio, seq, deadline),
        }
        if !aio.has_ended(seq) {
            aio.abort(Error::TIMEDOUT);
            driver::wait_elsewhere(aio, seq, None);
        }
        agenda::forget_streak();
    }

    /// The socket's own poll set, made when a caller first waits for a stream.
    fn drive_with(&self) -> Option<&Arc<Driven>> {
        if self.streams.load(Relaxed) == 0 {
            return None;
        }
        if let Some(driven) = self.driven.get() {
            return Some(driven);
        }
        // Without descriptors for it the polling thread goes on.
        let fresh = Driven::new().ok()?;
        if self.driven.set(fresh).is_ok() {
            let driven = self.driven.get()?;
            let all = self.core.lock().table.all();
            for pipe in all {
                if let Err(why) = self.register(pipe, driven.set()) {
                    log::error("NNG-POLL", format_args!("cannot watch a pipe: {why}"));
                    self.remove_pipe(pipe);
                }
            }
            if self.notify.is_used() {
                driven.lend(true);
            }
        }
        self.driven.get()
    }

    /// Others count on the polling thread from now on.
    pub(in crate::sp) fn needs_polling(&self) {
        if let Some(driven) = self.driven.get() {
            driven.lend(true);
        }
    }

    /// Sends a message, which goes back to the aio if that fails.
    pub fn send_aio(&self, ctx: CtxId, aio: &Arc<Aio>, msg: Option<Message>, default: Timeout) {
        let op = match (aio.begin(default), msg) {
            (Ok(op), None) => return op.fail(Error::INVAL),
            (Ok(op), Some(msg)) => (op, msg),
            (Err(_), msg) => return aio.keep_msg(msg),
        };
        let (op, msg) = op;
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
    pub fn for_timeout(timeout: Timeout) -> Wait {
        match timeout {
            Timeout::Default | Timeout::Infinite => Wait::Until(None),
            Timeout::Ms(0) => Wait::Zero,
            Timeout::Ms(ms) => Wait::Until(Some(Instant::now() + Duration::from_millis(ms.into()))),
            Timeout::At(at) => Wait::Until(Some(Instant::now() + aio::until(at))),
        }
    }

    fn translate(self, why: Error) -> Error {
        match (self, why) {
            (Wait::Zero, Error::AGAIN) => Error::TIMEDOUT,
            (_, why) => why,
        }
    }
}
