//! Tokens for one completion each.
//!
//! An [`Op`] is what starting an aio yields. A provider either ends it at once or parks it,
//! for which it must name the one to ask for cancellation; what it keeps is a [`Parked`].
//! Whoever holds the token ends the operation, so nobody can end it twice, and a token that is
//! dropped ends it with `Error::CANCELED`.
#![forbid(unsafe_code)]

use super::aio::Aio;
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::sys::sync::{Condvar, Mutex};
use std::sync::Arc;

/// Names one operation, for as long as its token lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OpId {
    pub(super) aio: usize,
    pub(super) seq: u64,
}

impl OpId {
    /// The operation's number on its aio.
    pub fn seq(self) -> u64 {
        self.seq
    }
}

/// Whoever keeps parked operations and can be asked to end one early.
pub trait Cancel: Send + Sync {
    /// Ends the operation with `why` if it is still kept here; called with no lock held.
    fn cancel(&self, id: OpId, why: Error);
}

/// What an operation came to.
#[derive(Default)]
pub struct Completion {
    pub error: Option<Error>,
    /// Bytes moved, where that was not known when the operation was parked.
    pub count: Option<usize>,
    /// Replaces the aio's message: what was received, or what could not be sent.
    pub msg: Option<Message>,
    /// Becomes output 0.
    pub output: Option<super::aio::Slot>,
}

impl Completion {
    pub fn error(why: Error) -> Completion {
        Completion { error: Some(why), ..Completion::default() }
    }

    pub fn count(count: usize) -> Completion {
        Completion { count: Some(count), ..Completion::default() }
    }
}

/// A started operation that is neither ended nor parked yet.
#[must_use = "an operation must be finished or parked"]
pub struct Op(Token);

/// An operation that can be cancelled, kept by its provider.
#[must_use = "a parked operation must be finished"]
pub struct Parked(Token);

struct Token {
    aio: Option<Arc<Aio>>,
    seq: u64,
}

impl Token {
    fn id(&self) -> OpId {
        OpId { aio: self.aio.as_ref().map_or(0, |a| Arc::as_ptr(a) as usize), seq: self.seq }
    }

    fn finish(mut self, completion: Completion) {
        if let Some(aio) = self.aio.take() {
            aio.complete(self.seq, completion);
        }
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        if let Some(aio) = self.aio.take() {
            if cfg!(debug_assertions) && !std::thread::panicking() {
                eprintln!("nng: an operation was dropped unfinished: a defect of the library");
            }
            aio.complete(self.seq, Completion::error(Error::CANCELED));
        }
    }
}

impl Op {
    pub(super) fn new(aio: Arc<Aio>, seq: u64) -> Op {
        Op(Token { aio: Some(aio), seq })
    }

    pub fn id(&self) -> OpId {
        self.0.id()
    }

    /// The aio that is to be completed.
    pub fn aio(&self) -> &Aio {
        self.0.aio.as_deref().expect("a token has its aio until it ends")
    }

    pub fn finish(self, completion: Completion) {
        self.0.finish(completion);
    }

    pub fn fail(self, why: Error) {
        self.0.finish(Completion::error(why));
    }

    pub(super) fn into_parked(self) -> Parked {
        Parked(self.0)
    }

    /// Makes the operation cancellable by `cancel`. Refused when it was cancelled before, or
    /// may not wait; the caller then ends it with that error. The provider's lock may be held.
    pub fn park(self, cancel: Arc<dyn Cancel>) -> Result<Parked, (Op, Error)> {
        let Token { aio, seq } = &self.0;
        match aio.as_ref().map(|aio| aio.park(*seq, cancel)) {
            Some(Err(why)) => Err((self, why)),
            _ => Ok(self.into_parked()),
        }
    }
}

impl Parked {
    pub fn id(&self) -> OpId {
        self.0.id()
    }

    pub fn aio(&self) -> &Aio {
        self.0.aio.as_deref().expect("a token has its aio until it ends")
    }

    pub fn finish(self, completion: Completion) {
        self.0.finish(completion);
    }

    pub fn fail(self, why: Error) {
        self.0.finish(Completion::error(why));
    }
}

type Place<T> = (Mutex<Option<Result<T>>>, Condvar);

/// The waiting side of `Promise::awaited`.
pub struct Awaited<T>(Arc<Place<T>>);

impl<T> Awaited<T> {
    /// Waits until the promise is kept, or dropped.
    pub fn wait(self) -> Result<T> {
        let mut place = self.0.0.lock();
        loop {
            match place.take() {
                Some(result) => return result,
                None => self.0.1.wait(&mut place),
            }
        }
    }
}

/// A result that is owed to somebody inside the library: called exactly once, with
/// `Error::CANCELED` if it is dropped.
#[must_use]
pub struct Promise<T>(Option<Box<dyn FnOnce(Result<T>) + Send>>);

impl<T> Promise<T> {
    pub fn new(f: impl FnOnce(Result<T>) + Send + 'static) -> Promise<T> {
        Promise(Some(Box::new(f)))
    }

    /// A promise to the calling thread, which waits for it.
    pub fn awaited() -> (Promise<T>, Awaited<T>)
    where
        T: Send + 'static,
    {
        let place = Arc::new((Mutex::new(None), Condvar::new()));
        let kept = place.clone();
        let promise = Promise::new(move |result| {
            *kept.0.lock() = Some(result);
            kept.1.notify_all();
        });
        (promise, Awaited(place))
    }

    pub fn keep(mut self, result: Result<T>) {
        if let Some(f) = self.0.take() {
            f(result);
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        if let Some(f) = self.0.take() {
            f(Err(Error::CANCELED));
        }
    }
}
