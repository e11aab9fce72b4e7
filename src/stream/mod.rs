//! Byte streams: connected, non-blocking links over descriptors, and what makes them.
pub mod accept;
pub mod connect;
pub mod fd_link;
pub mod ipc;
pub mod link;
pub mod tcp;

pub use link::{Dial, Link, Listen, Ticket};
