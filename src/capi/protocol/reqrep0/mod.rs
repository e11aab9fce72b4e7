//! `nng/protocol/reqrep0/`.
pub mod rep;
pub mod req;
