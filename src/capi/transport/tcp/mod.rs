//! `nng/transport/tcp/`.
pub mod tcp;
