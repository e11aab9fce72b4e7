//! TLS: configurations, and sessions that do no I/O of their own.
pub mod config;
pub mod engine;
mod keys;
#[cfg(feature = "tls-openssl")]
pub mod openssl;
pub mod rustls;
pub mod session;
mod trust;
pub mod x509;

pub use config::Config;
pub use engine::{AuthMode, Engine, EngineConfig, Mode, Version};
pub use session::Session;

#[cfg(test)]
mod tests;
