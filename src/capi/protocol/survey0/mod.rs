//! `nng/protocol/survey0/`.
pub mod respond;
pub mod survey;
