//! What runs: operations, task threads, timers, the reactor, the resolver.
pub mod aio;
pub mod caller;
pub mod driver;
mod leaving;
#[cfg(any(loom, shuttle))]
pub mod model;
pub mod op;
mod poll;
pub mod reactor;
pub mod resolver;
pub mod sleep;
pub mod task;
pub mod timer;

pub use aio::Aio;
pub use op::{Cancel, Op, OpId, Parked, Promise};

/// Starts the polling thread, unless it runs; task threads come with the first task.
pub fn start() -> crate::base::Result<()> {
    task::start();
    reactor::global().map(|_| ())
}

/// Ends the runtime's threads; the next use starts them again.
pub fn shut_down() {
    resolver::shut_down();
    task::shut_down();
    reactor::shut_down();
    timer::shut_down();
    sleep::shut_down();
    leaving::shut_down();
}
