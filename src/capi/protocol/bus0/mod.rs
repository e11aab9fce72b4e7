//! `nng/protocol/bus0/`.
pub mod bus;
