//! Byte streams: connected, non-blocking links over descriptors, and what makes them.
pub mod accept;
pub mod channel;
pub mod connect;
pub mod fd_link;
pub mod ipc;
pub mod link;
pub mod ops;
pub mod schemes;
pub mod socket;
pub mod tcp;
pub mod tls;
#[cfg(test)]
mod tls_tests;
pub mod udp;

pub use link::{Dial, Link, Listen, Ticket};
