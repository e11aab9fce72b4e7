//! `nng/protocol/pipeline0/`.
pub mod pull;
pub mod push;
