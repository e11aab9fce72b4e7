//! Locks, atomics, threads and statics, as all code uses them that several threads run: the real
//! ones, or under `--cfg loom` and `--cfg shuttle` those of the model checker.
#![forbid(unsafe_code)]

#[cfg(not(any(loom, shuttle)))]
mod real {
    pub use parking_lot::{Condvar, Mutex, MutexGuard};
    pub use std::sync::{OnceLock, atomic};
    pub use std::thread_local;
    pub use std::time::Instant;

    pub mod thread {
        pub use crate::sys::thread::{Id, Thread, own_id, spawn};
        pub use std::thread::available_parallelism;
    }

    /// Statics that a model makes anew for each of its runs.
    macro_rules! statics {
        ($($item:item)*) => { $($item)* };
    }
    pub(crate) use statics;
}

#[cfg(not(any(loom, shuttle)))]
pub(crate) use real::statics;
#[cfg(not(any(loom, shuttle)))]
pub use real::*;

#[cfg(any(loom, shuttle))]
pub use super::model::*;
#[cfg(any(loom, shuttle))]
pub(crate) use super::model::{statics, thread_local};
