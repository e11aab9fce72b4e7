//! What runs: operations, task threads, timers, the reactor, the resolver.
pub mod aio;
pub mod caller;
pub mod driver;
mod leaving;
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

use crate::sys::clock;

/// Starts a polling thread, unless one runs; task threads come with the first task.
pub fn start() -> crate::base::Result<()> {
    task::start();
    pollers::global().map(|_| ())
}

const MOST_TRIES: u32 = 20;

/// Ends the runtime's threads; the next use starts them again.
pub fn shut_down() {
    resolver::shut_down();
    for _ in 0..MOST_TRIES {
        task::shut_down();
        // The last that a polling thread did may have been a task for a thread to be made anew.
        if pollers::shut_down() && !task::is_running() {
            break;
        }
        // Whoever lets go of the set last tells nobody.
        clock::sleep_ms(1);
    }
    pollers::shut_down_later();
    timer::shut_down();
    sleep::shut_down();
    leaving::shut_down();
}
