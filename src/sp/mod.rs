//! Scalability protocols: sockets, contexts, pipes, dialers, listeners, and what runs on them.
pub mod proto;
