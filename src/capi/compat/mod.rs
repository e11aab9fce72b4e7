//! APIs of other libraries.
pub mod nanomsg;
