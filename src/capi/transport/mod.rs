//! `nng/transport/`.
pub mod inproc;
pub mod ipc;
pub mod tcp;
pub mod tls;
pub mod ws;
