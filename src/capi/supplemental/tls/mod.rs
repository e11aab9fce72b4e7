//! `nng/supplemental/tls/`.
pub mod engine;
pub mod tls;
