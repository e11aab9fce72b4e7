//! `nng/transport/inproc/`.
pub mod inproc;
