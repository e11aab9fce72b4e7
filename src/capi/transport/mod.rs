//! `nng/transport/`.
pub mod ipc;
pub mod tls;
pub mod ws;
