//! What a TLS engine has to provide, and which engine is in use.
#![forbid(unsafe_code)]

use super::session::Session;
use crate::base::Result;
use parking_lot::Mutex;
use std::ffi::CStr;
use std::sync::Arc;

/// Which side of the handshake a configuration is for; numbered as in the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Client,
    Server,
}

/// What is asked of the peer's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMode {
    /// Not looked at.
    None,
    /// Verified if there, but the connection goes on in any case.
    Optional,
    /// There and valid, or no connection.
    Required,
}

impl AuthMode {
    /// What a configuration begins with.
    pub fn usual(mode: Mode) -> AuthMode {
        match mode {
            Mode::Client => AuthMode::Required,
            Mode::Server => AuthMode::None,
        }
    }
}

/// A protocol version by its number on the wire; 0x303 is TLS 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u16);

impl Version {
    pub const TLS_1_0: Version = Version(0x301);
    pub const TLS_1_1: Version = Version(0x302);
    pub const TLS_1_2: Version = Version(0x303);
    pub const TLS_1_3: Version = Version(0x304);
}

/// An engine's own form of a configuration.
pub trait EngineConfig: Send {
    fn server_name(&mut self, name: &CStr) -> Result<()>;
    fn auth_mode(&mut self, mode: AuthMode) -> Result<()>;
    /// PEM certificates to trust, in addition to earlier ones, and PEM revocation lists.
    fn ca_chain(&mut self, certs: &CStr, crl: Option<&CStr>) -> Result<()>;
    /// A PEM certificate chain and key; further calls add alternatives.
    fn own_cert(&mut self, cert: &CStr, key: &CStr, pass: Option<&CStr>) -> Result<()>;
    fn psk(&mut self, identity: &CStr, key: &[u8]) -> Result<()>;
    fn version(&mut self, min: Version, max: Version) -> Result<()>;
    /// Starts a connection with the settings as they are now.
    fn session(&mut self) -> Result<Box<dyn Session>>;
}

pub trait Engine: Send + Sync {
    fn name(&self) -> &CStr;
    fn description(&self) -> &CStr;
    fn fips_mode(&self) -> bool;
    fn config(&self, mode: Mode) -> Result<Box<dyn EngineConfig>>;
}

static REGISTERED: Mutex<Option<Arc<dyn Engine>>> = Mutex::new(None);

/// Makes `engine` the one for configurations made from now on.
pub fn register(engine: Arc<dyn Engine>) {
    *REGISTERED.lock() = Some(engine);
}

/// The engine in use: the last registered, or the built-in one.
pub fn current() -> Arc<dyn Engine> {
    REGISTERED.lock().get_or_insert_with(built_in).clone()
}

#[cfg(not(feature = "tls-openssl"))]
fn built_in() -> Arc<dyn Engine> {
    Arc::new(super::rustls::Rustls)
}

#[cfg(feature = "tls-openssl")]
fn built_in() -> Arc<dyn Engine> {
    super::openssl::engine()
}
