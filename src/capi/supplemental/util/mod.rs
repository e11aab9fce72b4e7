//! `nng/supplemental/util/`.
pub mod idhash;
pub mod options;
