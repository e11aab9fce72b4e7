//! How connections of a dialer or a listener failed, counted by kind.
#![forbid(unsafe_code)]

use crate::base::Error;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[derive(Clone, Copy)]
pub enum Failure {
    Refused,
    Disconnect,
    Canceled,
    Other,
    Timeout,
    Proto,
    Auth,
    NoMemory,
    /// Connected, but no pipe came of it.
    Rejected,
}

const KINDS: usize = Failure::Rejected as usize + 1;

impl From<Error> for Failure {
    fn from(why: Error) -> Failure {
        match why {
            Error::CONNREFUSED => Failure::Refused,
            Error::CONNRESET | Error::CONNSHUT => Failure::Disconnect,
            Error::CLOSED | Error::CANCELED => Failure::Canceled,
            Error::TIMEDOUT => Failure::Timeout,
            Error::PROTO => Failure::Proto,
            Error::PEERAUTH | Error::CRYPTO => Failure::Auth,
            Error::NOMEM => Failure::NoMemory,
            _ => Failure::Other,
        }
    }
}

/// The counters, which most endpoints never need.
#[derive(Default)]
pub struct Failures(OnceLock<Box<[AtomicU64; KINDS]>>);

impl Failures {
    pub fn count(&self, kind: impl Into<Failure>) {
        let counters = self.0.get_or_init(Box::default);
        counters[kind.into() as usize].fetch_add(1, Relaxed);
    }

    pub fn get(&self, kind: Failure) -> u64 {
        self.0.get().map_or(0, |counters| counters[kind as usize].load(Relaxed))
    }
}
