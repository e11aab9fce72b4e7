//! Every call into the operating system.
pub mod errno;
