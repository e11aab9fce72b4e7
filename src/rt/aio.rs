//! The asynchronous operation: one completion at a time, a callback or a waiter for each.
//!
//! One lock per aio, taken last: a provider may hold its own lock when it starts or parks an
//! operation. Nothing is called with it held. `wait` waits for this aio's operation and
//! callback only, and returns at once inside that callback.
#![forbid(unsafe_code)]

use super::op::{Cancel, Completion, Op, OpId};
use super::{task, timer};
use crate::base::{Error, Result, log};
use crate::msg::Message;
use crate::sys::sync::atomic::{AtomicU64, Ordering::*};
use crate::sys::sync::{Condvar, Instant, Mutex, MutexGuard, thread_local};
use crate::sys::{clock, fork, iov::IoVec};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

/// An input or output: a pointer that the library only hands through.
pub type Slot = usize;

/// How long an operation may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// As the object says on which the operation is started.
    Default,
    Infinite,
    Ms(u32),
}

impl Timeout {
    /// From a duration as C gives it: −1 infinite, −2 default.
    #[inline]
    pub fn from_ms(ms: i32) -> Timeout {
        match ms {
            -1 => Timeout::Infinite,
            0.. => Timeout::Ms(ms as u32),
            _ => Timeout::Default,
        }
    }
}

/// Something that sleeps for a completion elsewhere than on the aio itself.
pub trait Wake: Send + Sync {
    fn wake(&self);
}

pub type Callback = Box<dyn Fn() + Send + Sync>;

pub struct Aio {
    state: Mutex<State>,
    idle: Condvar,
    /// The number of the last operation that ended.
    ended: AtomicU64,
    callback: Option<Callback>,
    /// The program's own, which keeps what it was shown of messages.
    lends: bool,
}

struct State {
    active: Option<Active>,
    seq: u64,
    stopped: bool,
    run: Run,
    /// Ended again while the callback ran: run it once more.
    again: bool,
    waiters: u32,
    nudged: bool,
    waker: Option<Arc<dyn Wake>>,
    provider: Provider,

    timeout: Timeout,
    /// Until when the next operation may take, if that was said; goes before the timeout.
    expire: Option<u64>,
    result: Option<Error>,
    count: usize,
    msg: Option<Message>,
    /// The message that the program owns, by its address.
    lent: Slot,
    iov: IoVec,
    inputs: [Slot; 4],
    outputs: [Slot; 4],
}

struct Active {
    deadline: Deadline,
    cancel: Option<Arc<dyn Cancel>>,
    aborted: Option<Error>,
    timer: Option<timer::TimerId>,
}

#[derive(Clone, Copy)]
enum Deadline {
    Never,
    Now,
    At(u64),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    Idle,
    Queued,
    Running,
}

/// The part of a provider that is written in C.
#[derive(Default)]
struct Provider {
    begun: Option<Op>,
    parked: Option<super::op::Parked>,
    /// The parked one has no cancel function.
    deaf: bool,
    /// Finishes still to come for operations that the library ended by itself; each keeps the aio.
    owed: Vec<Arc<Aio>>,
}

thread_local! {
    /// The aio whose callback this thread runs.
    static RUNNING: Cell<usize> = const { Cell::new(0) };
}

impl Aio {
    /// An aio that is waited for.
    pub fn new() -> Arc<Aio> {
        Aio::build(None, false)
    }

    /// An aio whose callback runs, on a thread of the library's, after each operation.
    pub fn with_callback(callback: impl Fn() + Send + Sync + 'static) -> Arc<Aio> {
        Aio::build(Some(Box::new(callback)), false)
    }

    /// An aio for a program in C.
    pub fn for_program(callback: Option<Callback>) -> Arc<Aio> {
        Aio::build(callback, true)
    }

    fn build(callback: Option<Callback>, lends: bool) -> Arc<Aio> {
        Arc::new(Aio {
            state: Mutex::new(State {
                active: None,
                seq: 0,
                stopped: false,
                run: Run::Idle,
                again: false,
                waiters: 0,
                nudged: false,
                waker: None,
                provider: Provider::default(),
                timeout: Timeout::Default,
                expire: None,
                result: None,
                count: 0,
                msg: None,
                lent: 0,
                iov: IoVec::new(),
                inputs: [0; 4],
                outputs: [0; 4],
            }),
            idle: Condvar::new(),
            ended: AtomicU64::new(0),
            callback,
            lends,
        })
    }

    pub fn has_callback(&self) -> bool {
        self.callback.is_some()
    }

    /// Starts an operation; `default` is the timeout where the aio has none of its own.
    /// Refused when the aio was stopped (`CANCELED`) or is busy (`BUSY`): then nothing changes,
    /// and no callback comes.
    pub fn begin(self: &Arc<Self>, default: Timeout) -> Result<Op> {
        let mut st = self.state.lock();
        if fork::is_child() {
            st.result = Some(Error::CLOSED);
            return Err(Error::CLOSED);
        }
        if st.active.is_some() || st.run == Run::Queued {
            drop(st);
            log::error("NNG-AIO-BUSY", format_args!("an operation was started on a busy aio"));
            return Err(Error::BUSY);
        }
        if st.stopped {
            st.result = Some(Error::CANCELED);
            st.count = 0;
            return Err(Error::CANCELED);
        }
        st.outputs = [0; 4];
        st.result = None;
        st.count = 0;
        st.seq += 1;
        let own = match st.timeout {
            Timeout::Default => default,
            own => own,
        };
        let deadline = match (st.expire.take(), own) {
            (Some(at), _) => Deadline::At(at),
            (None, Timeout::Default | Timeout::Infinite) => Deadline::Never,
            (None, Timeout::Ms(0)) => Deadline::Now,
            (None, Timeout::Ms(ms)) => Deadline::At(clock::now_ms() + u64::from(ms)),
        };
        st.active = Some(Active { deadline, cancel: None, aborted: None, timer: None });
        Ok(Op::new(self.clone(), st.seq))
    }

    pub(super) fn park(self: &Arc<Self>, seq: u64, cancel: Arc<dyn Cancel>) -> Result<()> {
        self.park_locked(&mut self.state.lock(), seq, cancel)
    }

    fn park_locked(
        self: &Arc<Self>,
        st: &mut State,
        seq: u64,
        cancel: Arc<dyn Cancel>,
    ) -> Result<()> {
        let stopped = st.stopped;
        let Some(active) = st.active.as_mut() else { return Err(Error::INTERNAL) };
        if let Some(why) = active.aborted {
            return Err(why);
        }
        if stopped {
            return Err(Error::CANCELED);
        }
        match active.deadline {
            Deadline::Never => {}
            Deadline::Now => return Err(Error::TIMEDOUT),
            Deadline::At(at) => {
                let fire: std::sync::Weak<Aio> = Arc::downgrade(self);
                active.timer = Some(timer::start(at, fire, seq));
            }
        }
        active.cancel = Some(cancel);
        Ok(())
    }

    pub(super) fn complete(self: Arc<Self>, seq: u64, mut done: Completion) {
        if self.lends && done.error.is_none() {
            // The program will write to it as it likes.
            match done.msg.take().map(Message::into_own).transpose() {
                Ok(msg) => done.msg = msg,
                Err(why) => done.error = Some(why),
            }
        }
        let mut st = self.state.lock();
        debug_assert!(st.active.is_some() && st.seq == seq, "an operation ends once");
        let active = st.active.take();
        st.result = done.error;
        if let Some(count) = done.count {
            st.count = count;
        } else if done.error.is_some() {
            st.count = 0;
        }
        if let Some(msg) = done.msg {
            if self.lends && done.error.is_some() {
                // Not sent: it is the program's again, which may know its address.
                st.lent = Box::into_raw(msg.into_inner()) as Slot;
            } else {
                st.lent = 0;
                st.msg = Some(msg);
            }
        }
        if let Some(output) = done.output {
            st.outputs[0] = output;
        }
        let mut queue = false;
        if self.callback.is_some() {
            match st.run {
                Run::Idle => {
                    st.run = Run::Queued;
                    queue = true;
                }
                _ => st.again = true,
            }
        }
        self.ended.store(seq, Release);
        let waker = st.waker.take();
        let waiting = st.waiters > 0;
        drop(st);
        if let Some(timer) = active.and_then(|active| active.timer) {
            timer::stop(timer);
        }
        if waiting {
            self.idle.notify_all();
        }
        if let Some(waker) = waker {
            waker.wake();
        }
        if queue {
            task::push(task::Task::Callback(self));
        }
    }

    /// Runs the callback.
    pub(super) fn run(self: Arc<Self>) {
        let Some(callback) = &self.callback else { return };
        self.state.lock().run = Run::Running;
        let outer = RUNNING.replace(Arc::as_ptr(&self) as usize);
        callback();
        RUNNING.set(outer);
        let mut st = self.state.lock();
        if st.again {
            st.again = false;
            st.run = Run::Queued;
            drop(st);
            task::push(task::Task::Callback(self));
            return;
        }
        st.run = Run::Idle;
        let waiting = st.waiters > 0;
        drop(st);
        if waiting {
            self.idle.notify_all();
        }
    }

    fn in_own_callback(&self) -> bool {
        RUNNING.get() == self as *const Aio as usize
    }

    /// Ends the running operation early with `why`; nothing happens if there is none.
    pub fn abort(self: &Arc<Self>, why: Error) {
        let st = self.state.lock();
        let seq = st.seq;
        self.abort_locked(st, seq, why);
    }

    fn abort_seq(self: &Arc<Self>, seq: u64, why: Error) {
        let st = self.state.lock();
        if st.seq == seq {
            self.abort_locked(st, seq, why);
        }
    }

    fn abort_locked(self: &Arc<Self>, mut st: MutexGuard<State>, seq: u64, why: Error) {
        let Some(active) = st.active.as_mut() else { return };
        match active.cancel.take() {
            Some(cancel) => {
                drop(st);
                cancel.cancel(OpId { aio: Arc::as_ptr(self) as usize, seq }, why);
            }
            None => {
                active.aborted.get_or_insert(why);
            }
        }
    }

    /// Refuses operations from now on, and ends the running one with `CANCELED`, without waiting.
    pub fn close(self: &Arc<Self>) {
        let mut st = self.state.lock();
        st.stopped = true;
        let seq = st.seq;
        self.abort_locked(st, seq, Error::CANCELED);
        self.give_up_on_provider(Error::CANCELED);
    }

    /// As `close`, then waits for the callback, unless called from it.
    pub fn stop(self: &Arc<Self>) {
        self.close();
        self.wait();
    }

    /// Whether the aio refuses operations.
    pub fn is_stopped(&self) -> bool {
        self.state.lock().stopped
    }

    /// Whether an operation or its callback is under way.
    pub fn busy(&self) -> bool {
        let st = self.state.lock();
        st.active.is_some() || st.run != Run::Idle
    }

    /// Whether an operation is under way.
    pub fn has_operation(&self) -> bool {
        self.state.lock().active.is_some()
    }

    /// Waits until no operation and no callback is under way; at once in the own callback.
    pub fn wait(&self) {
        // In a forked child nobody is there to end anything.
        if self.in_own_callback() || fork::is_child() {
            return;
        }
        let mut st = self.state.lock();
        st.waiters += 1;
        while st.active.is_some() || st.run != Run::Idle {
            self.idle.wait(&mut st);
        }
        st.waiters -= 1;
    }

    /// Whether operation `seq` has ended; lock-free.
    pub fn has_ended(&self, seq: u64) -> bool {
        self.ended.load(Acquire) >= seq
    }

    pub fn seq(&self) -> u64 {
        self.state.lock().seq
    }

    /// Sleeps until operation `seq` has ended, `deadline` has come, or somebody nudges.
    /// Returns whether it was nudged.
    pub fn sleep(&self, seq: u64, deadline: Option<Instant>) -> bool {
        let mut st = self.state.lock();
        st.waiters += 1;
        while !self.has_ended(seq) && !st.nudged {
            match deadline {
                None => self.idle.wait(&mut st),
                Some(at) => {
                    if self.idle.wait_until(&mut st, at).timed_out() {
                        break;
                    }
                }
            }
        }
        st.waiters -= 1;
        std::mem::take(&mut st.nudged)
    }

    /// Ends a `sleep` early, now or the next one.
    pub fn nudge(&self) {
        self.state.lock().nudged = true;
        self.idle.notify_all();
    }

    pub fn clear_nudge(&self) {
        self.state.lock().nudged = false;
    }

    /// Names who is to be woken when the running operation ends; false if it has ended.
    pub fn wake_with(&self, seq: u64, waker: Option<Arc<dyn Wake>>) -> bool {
        let mut st = self.state.lock();
        if self.has_ended(seq) {
            return false;
        }
        st.waker = waker;
        true
    }

    pub fn set_timeout(&self, timeout: Timeout) {
        let mut st = self.state.lock();
        st.timeout = timeout;
        st.expire = None;
    }

    /// The next operation may take until this time of the monotonic clock, in milliseconds;
    /// those after it take the timeout again.
    pub fn set_expire(&self, at: u64) {
        self.state.lock().expire = Some(at);
    }

    pub fn result(&self) -> Option<Error> {
        self.state.lock().result
    }

    /// What became of the last operation, and the message, in one look.
    pub fn take_outcome(&self) -> (Option<Error>, Option<Message>) {
        let mut st = self.state.lock();
        (st.result, st.msg.take())
    }

    /// What the running operation will have moved if it succeeds.
    pub fn set_count(&self, count: usize) {
        self.state.lock().count = count;
    }

    pub fn count(&self) -> usize {
        self.state.lock().count
    }

    /// Sets the message, and returns the one there was.
    pub fn set_msg(&self, msg: Option<Message>) -> Option<Message> {
        std::mem::replace(&mut self.state.lock().msg, msg)
    }

    pub fn take_msg(&self) -> Option<Message> {
        self.set_msg(None)
    }

    /// The message's address, which makes it the program's; zero if there is none.
    pub fn lend_msg(&self) -> Slot {
        let mut st = self.state.lock();
        if let Some(msg) = st.msg.take() {
            st.lent = Box::into_raw(msg.into_inner()) as Slot;
        }
        st.lent
    }

    /// Notes a message of the program's by its address; zero is none.
    pub fn set_lent(&self, msg: Slot) {
        let mut st = self.state.lock();
        st.lent = msg;
        let old = st.msg.take();
        drop(st);
        drop(old);
    }

    /// Takes the address of the program's message, to send it.
    pub fn take_lent(&self) -> Slot {
        std::mem::take(&mut self.state.lock().lent)
    }

    /// Puts a message back that an operation which was not begun did not take.
    pub fn keep_msg(&self, msg: Option<Message>) {
        let Some(msg) = msg else { return };
        if self.lends {
            self.state.lock().lent = Box::into_raw(msg.into_inner()) as Slot;
        } else {
            self.set_msg(Some(msg));
        }
    }

    /// Starts an operation that fails at once.
    pub fn refuse(self: &Arc<Self>, why: Error) {
        if let Ok(op) = self.begin(Timeout::Infinite) {
            op.fail(why);
        }
    }

    pub fn set_iov(&self, iov: IoVec) {
        self.state.lock().iov = iov;
    }

    pub fn iov(&self) -> IoVec {
        self.state.lock().iov.clone()
    }

    pub fn set_input(&self, index: usize, value: Slot) -> Result<()> {
        *self.state.lock().inputs.get_mut(index).ok_or(Error::INVAL)? = value;
        Ok(())
    }

    pub fn input(&self, index: usize) -> Slot {
        self.state.lock().inputs.get(index).copied().unwrap_or(0)
    }

    pub fn set_output(&self, index: usize, value: Slot) -> Result<()> {
        *self.state.lock().outputs.get_mut(index).ok_or(Error::INVAL)? = value;
        Ok(())
    }

    pub fn output(&self, index: usize) -> Slot {
        self.state.lock().outputs.get(index).copied().unwrap_or(0)
    }
}

impl timer::Fire for Aio {
    fn fire(self: Arc<Self>, seq: u64) {
        self.abort_seq(seq, Error::TIMEDOUT);
    }
}

/// A cancel function of a provider written in C, called with the reason.
pub type ForeignCancel = Arc<dyn Fn(Error) + Send + Sync>;

struct ForeignProvider {
    aio: std::sync::Weak<Aio>,
    cancel: Option<ForeignCancel>,
}

impl Cancel for ForeignProvider {
    fn cancel(&self, _: OpId, why: Error) {
        match &self.cancel {
            // From a task thread: the provider may hold the lock that its function takes.
            Some(f) => {
                let f = f.clone();
                task::push(task::Task::Job(Box::new(move || f(why))));
            }
            None => {
                if let Some(aio) = self.aio.upgrade() {
                    aio.give_up_on_provider(why);
                }
            }
        }
    }
}

/// The functions for providers written in C.
impl Aio {
    /// Starts an operation that `provider_finish` ends; false if it must not be started.
    pub fn provider_begin(self: &Arc<Self>) -> bool {
        match self.begin(Timeout::Default) {
            Ok(op) => {
                self.state.lock().provider.begun = Some(op);
                true
            }
            Err(_) => false,
        }
    }

    /// Makes the begun operation cancellable. Without a cancel function the library ends it
    /// by itself when it is cancelled, and swallows the provider's finish.
    pub fn provider_defer(self: &Arc<Self>, cancel: Option<ForeignCancel>) {
        let mut st = self.state.lock();
        let deaf = cancel.is_none();
        let foreign = Arc::new(ForeignProvider { aio: Arc::downgrade(self), cancel });
        let refused = match st.provider.begun.take() {
            Some(op) => {
                let seq = op.id().seq;
                let refused = self.park_locked(&mut st, seq, foreign.clone()).err();
                st.provider.parked = Some(op.into_parked());
                st.provider.deaf = deaf;
                refused
            }
            // Ended by the library since; the provider is told all the same.
            None if !st.provider.owed.is_empty() => Some(Error::CANCELED),
            None => None,
        };
        drop(st);
        if let Some(why) = refused {
            foreign.cancel(OpId { aio: 0, seq: 0 }, why);
        }
    }

    /// Ends the provider's operation; ignored if the library has ended it before.
    pub fn provider_finish(self: &Arc<Self>, error: Option<Error>) {
        let (owed, begun, parked) = {
            let mut st = self.state.lock();
            match st.provider.owed.pop() {
                Some(owed) => (Some(owed), None, None),
                None => (None, st.provider.begun.take(), st.provider.parked.take()),
            }
        };
        drop(owed);
        let done = Completion { error, count: Some(self.count()), ..Completion::default() };
        match (begun, parked) {
            (Some(op), _) => op.finish(done),
            (_, Some(op)) => op.finish(done),
            (None, None) => {}
        }
    }

    /// Ends, in the provider's stead, an operation that has no cancel function.
    fn give_up_on_provider(self: &Arc<Self>, why: Error) {
        let (begun, parked) = {
            let mut st = self.state.lock();
            let provider = &mut st.provider;
            let begun = provider.begun.take();
            let parked = if provider.deaf { provider.parked.take() } else { None };
            if begun.is_some() || parked.is_some() {
                provider.owed.push(self.clone());
            }
            (begun, parked)
        };
        if let Some(op) = begun {
            op.fail(why);
        }
        if let Some(op) = parked {
            op.fail(why);
        }
    }
}

/// How long until `at`, as a duration.
pub fn until(at_ms: u64) -> Duration {
    Duration::from_millis(at_ms.saturating_sub(clock::now_ms()))
}
