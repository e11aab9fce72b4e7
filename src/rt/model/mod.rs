//! Model checking: the real code run under every schedule (loom), or under many (shuttle).
//!
//!     RUSTFLAGS='--cfg loom' cargo test --target-dir target/loom --lib model -- --nocapture
//!     RUSTFLAGS='--cfg shuttle' cargo test --target-dir target/shuttle --lib model -- --nocapture
//!
//! A test says what threads do; the checker finds a schedule in which an assertion fails or all
//! that are left wait for ever, which is how a lost wake-up shows. `NNG_MODEL_SECONDS` is how long
//! a test may take (10), `NNG_MODEL_RUNS` how many schedules shuttle tries (unbounded);
//! `NNG_MODEL_SEED` gives shuttle other ones, and `NNG_MODEL_REPLAY` is the schedule of a failure.
#![forbid(unsafe_code)]

pub mod poll;

#[cfg(test)]
mod aio_tests;
#[cfg(test)]
mod driver_tests;
#[cfg(test)]
mod explore;
#[cfg(test)]
mod pollers_tests;
#[cfg(test)]
mod task_tests;

#[cfg(test)]
pub use explore::{explore, explore_bounded, finish, spawn};
