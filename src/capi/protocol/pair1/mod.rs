//! `nng/protocol/pair1/`.
pub mod pair;
