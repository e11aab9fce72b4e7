//! TLS configurations: changeable until their first use, then shared by connections.
#![forbid(unsafe_code)]

use super::engine::{self, AuthMode, Engine, EngineConfig, Mode, Version};
use super::session::Session;
use crate::base::{Error, Result};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::path::Path;
use std::sync::{Arc, Weak};

/// A configuration; counted references to it are `Arc`s.
pub struct Config {
    mode: Mode,
    engine: Arc<dyn Engine>,
    state: Mutex<State>,
}

struct State {
    busy: bool,
    settings: Box<dyn EngineConfig>,
}

/// Configurations by address, so that a pointer from C is looked up rather than trusted.
static LIVE: Mutex<BTreeMap<usize, Weak<Config>>> = Mutex::new(BTreeMap::new());

impl Drop for Config {
    fn drop(&mut self) {
        LIVE.lock().remove(&(self as *const Config as usize));
    }
}

impl Config {
    pub fn new(mode: Mode) -> Result<Arc<Config>> {
        let engine = engine::current();
        let settings = engine.config(mode)?;
        let state = Mutex::new(State { busy: false, settings });
        let config = Arc::new(Config { mode, engine, state });
        LIVE.lock().insert(Arc::as_ptr(&config) as usize, Arc::downgrade(&config));
        Ok(config)
    }

    /// The live configuration at an address, as an option's value gives it.
    pub fn at(address: usize) -> Result<Arc<Config>> {
        LIVE.lock().get(&address).and_then(Weak::upgrade).ok_or(Error::INVAL)
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The engine it was made for.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    fn change(&self, f: impl FnOnce(&mut dyn EngineConfig) -> Result<()>) -> Result<()> {
        let mut st = self.state.lock();
        if st.busy {
            return Err(Error::BUSY);
        }
        f(&mut *st.settings)
    }

    pub fn server_name(&self, name: &CStr) -> Result<()> {
        self.change(|c| c.server_name(name))
    }

    pub fn auth_mode(&self, mode: AuthMode) -> Result<()> {
        self.change(|c| c.auth_mode(mode))
    }

    pub fn ca_chain(&self, certs: &CStr, crl: Option<&CStr>) -> Result<()> {
        self.change(|c| c.ca_chain(certs, crl))
    }

    pub fn own_cert(&self, cert: &CStr, key: &CStr, pass: Option<&CStr>) -> Result<()> {
        self.change(|c| c.own_cert(cert, key, pass))
    }

    pub fn psk(&self, identity: &CStr, key: &[u8]) -> Result<()> {
        self.change(|c| c.psk(identity, key))
    }

    pub fn version(&self, min: Version, max: Version) -> Result<()> {
        self.change(|c| c.version(min, max))
    }

    /// Trusts the certificates in a PEM file, which may also hold revocation lists.
    pub fn ca_file(&self, path: &Path) -> Result<()> {
        let pem = read_pem(path)?;
        let has_crl = pem.to_bytes().windows(CRL.len()).any(|w| w == CRL);
        self.ca_chain(&pem, has_crl.then_some(pem.as_c_str()))
    }

    /// Takes the own certificate and key from one PEM file.
    pub fn cert_key_file(&self, path: &Path, pass: Option<&CStr>) -> Result<()> {
        let pem = read_pem(path)?;
        self.own_cert(&pem, &pem, pass)
    }

    /// Starts a connection; from now on the configuration can not be changed.
    pub fn session(&self) -> Result<Box<dyn Session>> {
        let mut st = self.state.lock();
        st.busy = true;
        st.settings.session()
    }

    /// Ends the time in which it can be changed.
    pub fn mark_busy(&self) {
        self.state.lock().busy = true;
    }
}

const CRL: &[u8] = b"-----BEGIN X509 CRL-----";

fn read_pem(path: &Path) -> Result<CString> {
    let mut data = std::fs::read(path)?;
    if let Some(end) = data.iter().position(|b| *b == 0) {
        data.truncate(end);
    }
    CString::new(data).map_err(|_| Error::INVAL)
}
