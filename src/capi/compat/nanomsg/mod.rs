//! The API of nanomsg.
pub mod nn;
