//! Scalability protocols: sockets, contexts, pipes, dialers, listeners, and what runs on them.
mod agenda;
mod buffers;
pub mod ctx;
pub mod device;
pub mod dialer;
mod failures;
mod linger;
pub mod listener;
#[cfg(all(test, any(loom, shuttle)))]
mod model;
pub mod notify;
pub mod options;
pub mod pipe;
mod pipes;
mod pollable;
pub mod proto;
pub mod registry;
mod shared_out;
pub mod socket;
pub mod stats;
mod stream_io;
pub mod transport;

pub use ctx::Ctx;
pub use dialer::Dialer;
pub use listener::Listener;
pub use pipe::PipeHandle;
pub use socket::{Socket, Wait};
