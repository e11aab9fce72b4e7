//! `nng/supplemental/`.
pub mod util;
