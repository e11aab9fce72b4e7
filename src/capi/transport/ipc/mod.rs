//! `nng/transport/ipc/`.
pub mod ipc;
