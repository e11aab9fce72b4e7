//! `nng/supplemental/http/`.
pub mod http;
