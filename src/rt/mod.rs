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

use crate::sys::clock;

/// Starts the polling thread, unless it runs; task threads come with the first task.
pub fn start() -> crate::base::Result<()> {
    task::start();
    reactor::global().map(|_| ())
}

const MOST_TRIES: u32 = 20;

/// Ends the runtime's threads; the next use starts them again.
pub fn shut_down() {
    resolver::shut_down();
    for _ in 0..MOST_TRIES {
        task::shut_down();
        // The last that the polling thread did may have been a task for a thread to be made anew.
        if reactor::shut_down() && !task::is_running() {
            break;
        }
        // Whoever lets go of the set last tells nobody.
        clock::sleep_ms(1);
    }
    reactor::shut_down_later();
    timer::shut_down();
    sleep::shut_down();
    leaving::shut_down();
}
