//! What runs: operations, task threads, timers, the reactor, the resolver.
pub mod aio;
pub mod caller;
pub mod driver;
#[cfg(any(loom, shuttle))]
pub mod model;
pub mod op;
mod poll;
pub mod pollers;
pub mod reactor;
pub mod resolver;
pub mod sleep;
mod spin;
pub mod task;
pub mod timer;

pub use aio::Aio;
pub use op::{Cancel, Op, OpId, Parked, Promise};

/// Starts a polling thread, unless one runs.
pub fn start() -> crate::base::Result<()> {
    pollers::global().map(|_| ())
}

/// Ends the runtime's threads; the next use starts them again.
pub fn shut_down() {
    resolver::shut_down();
    task::shut_down();
    pollers::shut_down();
    timer::shut_down();
    sleep::shut_down();
}
