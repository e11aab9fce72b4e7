//! `nng/transport/tls/`.
pub mod tls;
