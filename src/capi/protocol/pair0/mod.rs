//! `nng/protocol/pair0/`.
pub mod pair;
